"""The leakage certificate in the dataset card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lumber.dataset.manifest import PairSection, SharedRows
from lumber.steps.split import TRAIN

Certificate = Sequence[PairSection]

_HEAD = [
    "| kind | split | compared with | exact | near | template | groups | time apart |",
    "|---|---|---|---:|---:|---:|---:|---:|",
]
_LEGEND = (
    "Share of rows that also occur in the earlier split: unchanged (exact), ignoring numbers and addresses "
    "(near), by log template, and by group. Last, the time between the two splits. `manifest.json` has the "
    "counts, and `lumber verify` counts them again."
)


def leakage_section(certificates: Mapping[str, Certificate]) -> list[str]:
    """Return the card's lines about what splits share; none if no kind has two splits."""
    rows = [_row(kind, pair) for kind, pairs in certificates.items() for pair in pairs]
    if not rows:
        return []
    pairs = [(kind, pair) for kind, pairs in certificates.items() for pair in pairs]
    found = [f"- {line}" for kind, pair in pairs for line in _sentences(kind, pair)]
    told = found or ["By these measures, nothing of train is found in another split."]
    return ["## What the splits share", "", _LEGEND, "", *_HEAD, *rows, "", *told, ""]


def _row(kind: str, pair: PairSection) -> str:
    measures = (pair.exact, pair.near, pair.template, pair.groups)
    shares = ["-" if measure is None else _percent(measure) for measure in measures]
    time = pair.time
    apart = "-" if time is None else "they overlap" if time.overlap else _duration(time.gap_seconds)
    return f"| {' | '.join([kind, pair.b, pair.a, *shares, apart])} |"


def _sentences(kind: str, pair: PairSection) -> list[str]:
    """Say in one sentence what the later split shares with train; none if nothing."""
    if pair.a != TRAIN:
        return []
    exact, near, groups, time = pair.exact, pair.near, pair.groups, pair.time
    parts = []
    if exact is not None and exact.rows:
        content = " and ".join(exact.columns)
        parts.append(f"{_percent(exact)} of the rows have the {content} of a row of train")
    if near is not None and near.rows:
        of_rows = "" if parts else " of the rows have the content of a row of train"
        parts.append(f"{_percent(near)}{of_rows} when numbers and addresses are ignored")
    if groups is not None and groups.rows:
        parts.append(f"{_percent(groups)} have a {groups.columns[0]} of train")
    if time is not None and time.overlap:
        parts.append("their times overlap with those of train")
    return [f"{kind}, {pair.b}: {'; '.join(parts)}."] if parts else []


def _percent(measure: SharedRows) -> str:
    """Write a share with one decimal; never 0.0% for some rows nor 100.0% for not all."""
    share = measure.share
    text = f"{share:.1%}"
    if text == "0.0%" and measure.rows:
        return "<0.1%"
    return ">99.9%" if text == "100.0%" and share < 1 else text


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return "<1 s"
