"""What the card says about the version of a named dataset: what it adds, what is frozen, how to check it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lumber.dataset.documents.contents import Contents
from lumber.dataset.manifest import VersionSection
from lumber.dataset.quality import time_text
from lumber.steps.split import SplitMode
from lumber.text import counted


def title(contents: Contents) -> str:
    """Return the heading of the card."""
    version = contents.dataset
    what = "Dataset" if version is None else f"Dataset `{version.name}` v{version.number},"
    return f"# {what} exported by Lumber"


def version_section(contents: Contents) -> list[str]:
    """Describe the version; nothing for an export without a dataset."""
    version = contents.dataset
    if version is None:
        return []
    lines = ["## Version", "", *(f"- {text}" for text in _facts(version, contents)), ""]
    lines += _changes(version)
    lines += ["", f"Frozen in version {_major(version)}.x: {_frozen(contents)}", ""]
    lines += ["```python", "import lumber", "", f'lumber.open("{version.name}@v{version.number}")', "```", ""]
    return [
        *lines,
        f"`lumber verify --chain {version.name}` proves that each row was added by exactly one version, and",
        "that all versions together have the rows of one full export. A later version without any change has",
        "this card too: its `manifest.json` has its own number.",
        "",
    ]


def _facts(version: VersionSection, contents: Contents) -> list[str]:
    created_at = contents.created_at
    made = "" if created_at is None else f", exported on {_day(created_at)}"
    found = [
        f"Dataset `{version.name}`, version v{version.number}, semantic version {version.data_version}{made}."
    ]
    began, parent = version.began, version.parent
    if began is not None and began.number != version.number:
        day = _day(datetime.fromisoformat(began.created_at))
        found.append(f"Version {_major(version)}.x began with v{began.number} on {day}.")
    if parent is None:
        found.append("It is the first version.")
    elif version.is_major:
        found.append(f"It begins the dataset again after v{parent.number} ({parent.data_version}).")
    else:
        found.append(f"It continues v{parent.number} ({parent.data_version}).")
    if version.reason:
        found.append(f"{version.reason[0].upper()}{version.reason[1:]}.")
    found += [
        f"All {kind} were read again: {each.reason}." for kind, each in version.kinds.items() if each.reason
    ]
    for kind, each in version.kinds.items():
        if (fit := each.templates) is not None:
            parts = [
                f"{unmatched:,} of {counted(rows, what)}"
                for unmatched, rows, what in (
                    (fit.unmatched_added, each.added, "new row"),
                    (fit.unmatched, contents.kinds[kind][1].written, "row"),
                )
                if unmatched is not None and rows
            ]
            none = f"; {' and '.join(parts)} match no template" if parts else ""
            found.append(f"The log templates of {kind} were mined by v{fit.since}{none}.")
    return found


def _changes(version: VersionSection) -> list[str]:
    rows = [
        f"| {kind} | {'new rows' if each.mode == 'append' else 'all rows'} | {each.added:,} | "
        f"{each.changed:,} | {each.removed:,} |"
        for kind, each in version.kinds.items()
    ]
    return ["| kind | read | added | changed | removed |", "|---|---|---:|---:|---:|", *rows]


def _frozen(contents: Contents) -> str:
    """Say what later versions with the same major number share with this one."""
    parts = ["columns, filters, format"]
    mode = _split_mode(contents.config)
    has_split = mode not in (None, SplitMode.NONE)
    if contents.cuts:
        moments = [f"{name} begins at {time_text(first_us)}" for name, first_us in contents.cuts]
        parts.append(f"the split ({'; '.join(moments)})")
    elif has_split:
        parts.append("the split")
    parts += [name for name in ("labels", "templates", "sequences") if contents.config.get(name)]
    if contents.privacy is not None:
        parts.append("privacy and its key")
    stays = " No row moves to another split, unless its own values change." if has_split else ""
    return f"{', '.join(parts)}. What changes one of them begins a new major version.{stays}"


def _split_mode(config: Mapping[str, Any]) -> str | None:
    mode: str | None = config.get("split", {}).get("mode")
    return mode


def _major(version: VersionSection) -> str:
    return version.data_version.partition(".")[0]


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
