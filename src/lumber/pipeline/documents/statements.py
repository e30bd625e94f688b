"""What can truly be said of a dataset in sentences: how it came to be, what it lacks, and what it may tell.

Everything follows from the config, the catalog and the counts. The card and Croissant's fields for
responsible use say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lumber.catalog.kind import Holds, Kind, Level
from lumber.pipeline.deduplicate import DuplicateMode
from lumber.pipeline.documents.contents import Contents
from lumber.pipeline.split import SplitMode
from lumber.pipeline.writers import OutputFormat
from lumber.wording import counted

RANDOM_LEAKS = (
    "The split is random: neighbours in time, which are nearly the same, are on both sides of it. A test on "
    "it shows more than a model can do on what is yet to come."
)
_DUPLICATES = {
    DuplicateMode.EXACT: "Of log lines equal in device, time, process and message the first was kept.",
    DuplicateMode.BURST: "Of log lines of a device that say the same, with no other line between them, the "
    "first was kept; repeat_count says how many there were.",
}
_TELLING = {
    Holds.ADDRESS: "addresses",
    Holds.HOST: "names of devices and machines",
    Holds.TEXT: "free text",
    Holds.JSON: "fields of any kind",
}


def collection(contents: Contents) -> str:
    """Say where the rows are from."""
    kinds = ", ".join(contents.kinds)
    chosen = _choice(contents.config)
    which = f"those that match {chosen}" if chosen else "all of them"
    return f"Rows of an operational database as they were at one moment: {kinds}; {which}."


def labels(options: Mapping[str, Any]) -> str:
    """Say what the labels of log lines are."""
    rest = "are labelled 0" if options.get("assume_normal") else "have no label"
    return f"Log lines were labelled by the anomalies found; lines in which nothing was found {rest}."


def preprocessing(contents: Contents) -> list[str]:
    """Say what was done with the rows, step by step."""
    level = contents.config["validation_level"]
    steps = ["Times became UTC."]
    if "logs" in contents.kinds:
        steps.append("The severity of a log line became a level and an OpenTelemetry number.")
    if level == Level.NONE:
        steps.append("Only rows that do not fit their columns' types were rejected.")
    else:
        steps.append(f"Rows that break a rule of the validation level {level} were rejected.")
    if contents.config.get("labels"):
        steps.append(labels(contents.config["labels"]))
    split = contents.config.get("split", {})
    if split.get("mode", SplitMode.NONE) != SplitMode.NONE:
        steps.append(_split(split))
    if text := _DUPLICATES.get(contents.config.get("deduplicate", {}).get("mode")):
        steps.append(text)
    if contents.config.get("sample"):
        steps.append("A sample of the rows was taken.")
    if contents.privacy is not None:
        steps += contents.privacy.described()
    if chosen := [name for name in contents.kinds if name in contents.config.get("fields", {})]:
        steps.append(f"Of {', '.join(chosen)} some columns were chosen.")
    if contents.config.get("order", {}).get("by") == "shuffle":
        steps.append("The rows of every split are in a shuffled order.")
    return steps


def limitations(contents: Contents) -> list[str]:
    """Say what the dataset lacks."""
    found = []
    for name, (_, totals) in contents.kinds.items():
        missing = [
            f"{counted(rows, 'row')} {text}"
            for rows, text in (
                (totals.rejected, "broke a rule" if totals.rejected == 1 else "broke rules"),
                (totals.deduplicated, "repeated others"),
                (totals.sampled_out, "fell into no split or sample"),
            )
            if rows
        ]
        if missing:
            found.append(f"Of {counted(totals.read, 'row')} of {name} are not here: {', '.join(missing)}.")
    if contents.config.get("split", {}).get("mode") == SplitMode.RANDOM:
        found.append(RANDOM_LEAKS)
    if contents.output_format is OutputFormat.CSV:
        found.append("CSV has no types, and does not tell an empty text from a missing one for most readers.")
    found.append("Times, severities and texts are as the sources wrote them; nobody has checked their truth.")
    return found


def sensitivity(contents: Contents) -> list[str]:
    """Say which columns may tell about people and machines, or what was done about it."""
    if contents.privacy is not None:
        unknown = (
            "A secret without a name and a known format, or a name that stands alone, may still be here."
        )
        return [*contents.privacy.described(), unknown]
    found = []
    for name, (kind, _) in contents.kinds.items():
        for holds, columns in _telling(kind).items():
            found.append(f"{name}: {', '.join(columns)} may hold {_TELLING[holds]}.")
    return found


def _telling(kind: Kind) -> dict[Holds, list[str]]:
    """Return the written columns of texts by what they hold; what has few known values tells nothing."""
    found: dict[Holds, list[str]] = {}
    for column in kind.columns:
        content = column.content
        if content is not None and column.vocabulary is None and column.name in kind.schema.names:
            found.setdefault(content, []).append(column.name)
    return found


def _choice(config: Mapping[str, Any]) -> str:
    """Name what narrows the rows; the values stay in the config, where they can be read exactly."""
    parts = []
    if config.get("start_date") or config.get("end_date"):
        parts.append(f"the dates {_edge(config, 'start_date')} to {_edge(config, 'end_date')}")
    filters: Sequence[str] = list(config.get("filters", {}))
    if filters:
        parts.append(f"the filters on {', '.join(filters)}")
    if config.get("processes"):
        parts.append(f"{counted(len(config['processes']), 'process', 'processes')}")
    return " and ".join(parts)


def _edge(config: Mapping[str, Any], name: str) -> str:
    return config.get(name) or "(open)"


def _split(split: Mapping[str, Any]) -> str:
    by = {
        SplitMode.TIME: "by time",
        SplitMode.GROUP: f"by {split.get('by')}, all rows of one value together",
        SplitMode.TIME_GROUP: f"by time, with some values of {split.get('by')} kept for the test only",
        SplitMode.RANDOM: "at random",
    }[SplitMode(split["mode"])]
    return f"The rows were split {by}."
