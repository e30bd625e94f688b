"""Sentences about a dataset: how it was made, what it lacks, and what it may reveal.

They follow from the config, the catalog and the counts. The card and Croissant's fields for responsible use
share them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lumber.catalog.kind import TIMESTAMP, Holds, Kind, Level
from lumber.dataset.documents.contents import Contents
from lumber.dataset.documents.sample_text import sample_notes
from lumber.dataset.documents.split_text import split_notes, split_steps
from lumber.dataset.documents.template_text import template_steps
from lumber.dataset.quality import time_text
from lumber.dataset.totals import KindTotals
from lumber.steps.deduplicate import REPEATS, DuplicateMode, has_duplicates
from lumber.steps.labels import LABEL_FIELDS
from lumber.steps.split import TEST_UNSEEN, SplitMode
from lumber.text import counted

RANDOM_LEAKS = (
    "The split is random: neighbours in time, which are nearly the same, are in different splits. A test on "
    "it overstates what a model can do with future rows."
)
_REVEALING = {
    Holds.ADDRESS: "addresses",
    Holds.HOST: "names of devices and machines",
    Holds.TEXT: "free text",
    Holds.JSON: "fields of any kind",
    Holds.PARTS: "parts of texts",
    Holds.TEMPLATE: "texts with slots",
}


def collection(contents: Contents) -> str:
    """Say where the rows come from, and whether they are all of them."""
    kinds = ", ".join(contents.kinds)
    chosen = _choice(contents.config)
    which = [f"those that match {chosen}"] if chosen else []
    counts = [totals for _, totals in contents.kinds.values()]
    # Rejects alone are no selection: they are kept in `rejects/`.
    if any(found.deduplicated or found.sampled_out for found in counts):
        read, written = (sum(getattr(found, name) for found in counts) for name in ("read", "written"))
        left = f"{written:,} of {counted(read, 'row')}, without {_left(contents)}"
        which.append(f"of these {left}" if chosen else left)
    text = "; ".join(which) or "all of them"
    if contents.source is not None:
        return f"{_source(contents.source)}: {kinds}; {text}."
    return f"Rows of an operational database as they were at one moment: {kinds}; {text}."


_MOMENTS = {
    "snapshot": "as they were at one moment",
    "append_only": "to which rows are only added, up to a last one",
    "best_effort": "one after the other, while others may have changed some",
}


def _source(source: Mapping[str, Any]) -> str:
    """Say which tables of other programs the rows come from, and what was promised about them."""
    # JSON, because a name may hold any character.
    tables = ", ".join(json.dumps(each["table"], ensure_ascii=False) for each in source["kinds"].values())
    name = json.dumps(source["name"], ensure_ascii=False)
    moment = _MOMENTS[source["guarantee"]]
    return f"Rows of the tables {tables}, read from the source {name}, {moment}"


def labels(contents: Contents) -> list[str]:
    """Say what the labels are; nothing if none of their columns is written."""
    options = contents.config.get("labels")
    if not options or not any(_has(contents, field.name) for field in LABEL_FIELDS):
        return []
    rest = "are labelled 0" if options.get("assume_normal") else "have no label"
    if options.get("only"):
        rest = f"{rest}; rows without a label were left out"
    return [
        f"Rows of {name} were labelled by the {kind.labels_from.kind} found; rows without any {rest}."
        for name, (kind, _) in contents.kinds.items()
        if kind.labels_from is not None
    ]


def preprocessing(contents: Contents) -> list[str]:
    """Say how the rows were processed, step by step."""
    level = contents.config["validation_level"]
    has_times = any(field.type == TIMESTAMP for kind, _ in contents.kinds.values() for field in kind.schema)
    steps = ["Times were converted to UTC."] if has_times else []
    if _has(contents, "log_level") or _has(contents, "severity_number"):
        steps.append("The severity of each log line was mapped to a level and an OpenTelemetry number.")
    if level == Level.NONE:
        steps.append("Only rows that do not fit their columns' types were rejected.")
    else:
        steps.append(f"Rows that break a rule of the validation level {level} were rejected.")
    steps += labels(contents)
    has_unseen = any(TEST_UNSEEN in totals.splits for _, totals in contents.kinds.values())
    steps += split_steps(contents.config, contents.cuts, contents.kinds, has_unseen=has_unseen)
    steps += _duplicates(contents)
    if contents.config.get("sample"):
        steps.append(_sample(contents.config["sample"]))
    if contents.privacy is not None:
        steps += contents.privacy.described()
    steps += template_steps(contents.config)
    if chosen := [name for name in contents.kinds if name in contents.config.get("fields", {})]:
        steps.append(f"Of {', '.join(chosen)}, only some columns were exported.")
    if contents.config.get("order", {}).get("by") == "shuffle":
        seed = contents.config["order"]["seed"]
        steps.append(f"The rows of every split are in a shuffled order, with the seed {seed}.")
    return [*steps, *_folders(contents)]


def limitations(contents: Contents) -> list[str]:
    """Say what the dataset lacks."""
    found = []
    unlabelled = ", or had no label" if _is_labelled_only(contents) else ""
    for name, (_, totals) in contents.kinds.items():
        missing = [
            f"{counted(rows, 'row')} {text}"
            for rows, text in (
                (totals.rejected, "broke a rule" if totals.rejected == 1 else "broke rules"),
                (totals.deduplicated, "repeated others"),
                (totals.sampled_out, f"fell into no split or sample{unlabelled}"),
            )
            if rows
        ]
        if missing:
            found.append(
                f"Of {counted(totals.read, 'row')} of {name}, some are missing: {', '.join(missing)}."
            )
    if contents.config.get("split", {}).get("mode") == SplitMode.RANDOM:
        found.append(RANDOM_LEAKS)
    found += [text for name, (_, totals) in contents.kinds.items() for text in _far_out(name, totals)]
    totals_by_name = {name: totals for name, (_, totals) in contents.kinds.items()}
    found += sample_notes(contents.config, totals_by_name)
    found += split_notes(contents.config, totals_by_name)
    if contents.format.limitation:
        found.append(contents.format.limitation)
    found.append(
        "Times, severities and texts are as the sources wrote them; whether they are true wasn't checked."
    )
    return found


def sensitivity(contents: Contents) -> list[str]:
    """Say which columns may reveal people and machines, or how they were replaced."""
    if contents.privacy is not None:
        unknown = (
            "A secret that has neither a name nor a known format, or a name that stands alone, may remain."
        )
        return [*contents.privacy.described(), unknown]
    found = []
    for name, (kind, _) in contents.kinds.items():
        for holds, columns in _revealing(kind).items():
            found.append(f"{name}: {', '.join(columns)} may hold {_REVEALING[holds]}.")
    return found


def _revealing(kind: Kind) -> dict[Holds, list[str]]:
    """Return the written text columns by what they hold, without those that have few known values."""
    found: dict[Holds, list[str]] = {}
    for column in kind.columns:
        content = column.content
        if content is not None and column.vocabulary is None and column.name in kind.schema.names:
            found.setdefault(content, []).append(column.name)
    return found


def _choice(config: Mapping[str, Any]) -> str:
    """Name what selects the rows. The exact values are in the config."""
    parts = []
    if config.get("end_before"):
        parts.append(
            f"the dates from {_edge(config, 'start_date')} up to, but not including, {config['end_before']}"
        )
    elif config.get("start_date") or config.get("end_date"):
        parts.append(f"the dates {_edge(config, 'start_date')} to {_edge(config, 'end_date')}")
    filters: Sequence[str] = list(config.get("filters", {}))
    if filters:
        parts.append(f"the filters on {', '.join(filters)}")
    if config.get("processes"):
        parts.append(f"{counted(len(config['processes']), 'process', 'processes')}")
    return " and ".join(parts)


def _edge(config: Mapping[str, Any], name: str) -> str:
    return config.get(name) or "(open)"


def _has(contents: Contents, column: str) -> bool:
    """Say whether any kind is written with a column."""
    return any(column in kind.schema.names for kind, _ in contents.kinds.values())


def _left(contents: Contents) -> str:
    """Name the rows that were read and are missing."""
    unlabelled = ", or without a label" if _is_labelled_only(contents) else ""
    counts = [totals for _, totals in contents.kinds.values()]
    parts = [
        text
        for name, text in (
            ("rejected", "those that broke a rule"),
            ("deduplicated", "those that repeated others"),
            ("sampled_out", f"those in no split or sample{unlabelled}"),
        )
        if any(getattr(found, name) for found in counts)
    ]
    return " and ".join(parts)


def _is_labelled_only(contents: Contents) -> bool:
    return bool((contents.config.get("labels") or {}).get("only"))


def _duplicates(contents: Contents) -> list[str]:
    """Say which rows counted as duplicates; nothing if none could."""
    options = contents.config.get("deduplicate", {})
    mode = options.get("mode", DuplicateMode.OFF)
    kinds = [name for name, (kind, _) in contents.kinds.items() if has_duplicates(kind)]
    if mode == DuplicateMode.OFF or not kinds:
        return []
    rows = f"Of rows of {' and '.join(kinds)}"
    if mode == DuplicateMode.EXACT:
        return [f"{rows} with the same device, time, process and message, the first was kept."]
    count = f"; {REPEATS} says how many there were" if _has(contents, REPEATS) else ""
    return [
        f"{rows} that follow each other on a device with the same process, level and message, the first was "
        f"kept{count}. Any other row of the device ends such a run, and so does each whole step of "
        f"{counted(options['burst_seconds'], 'second')} since 1970 UTC."
    ]


def _far_out(name: str, totals: KindTotals) -> list[str]:
    """Name rows whose times lie far from all others; nothing without any."""
    main = totals.quality.times.main_part()
    sides = [side for side in (main.before, main.after) if side]
    if not sides:
        return []
    times = dict.fromkeys(time_text(at) for side in sides for at in (side[0].first_us, side[-1].last_us))
    rows = sum(each.rows for side in sides for each in side)
    return [
        f"The times of {counted(rows, 'row')} of {name} lie far from all others and may be damaged: "
        f"{', '.join(times)}."
    ]


def _folders(contents: Contents) -> list[str]:
    """Say what the folders of the files stand for; nothing without such folders."""
    if contents.period is None:
        return []
    each = "day" if contents.period == "date" else "month"
    columns = ", ".join(f"{name} by {kind.time_column}" for name, (kind, _) in contents.kinds.items())
    return [
        f"The files of each split are in one folder for each {each} in UTC: {columns}. The {contents.period} "
        "is in the names of the folders only."
    ]


def _sample(options: Mapping[str, Any]) -> str:
    """Say how large the sample is, and which seed chose it."""
    share, rows, strata = options["share"], options["rows"], options["stratify"]
    size = f"about {share * 100:.6g}% of the rows" if rows is None else f"at most {counted(rows, 'row')}"
    by = f", in the proportions of {strata} where a kind has it" if strata else ""
    return f"A sample was taken: {size} of each kind{by}, with the seed {options['seed']}."
