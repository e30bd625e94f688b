"""Sentences about the split: how rows were split, and where the result differs from the request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from lumber.catalog.registry import timing_kind
from lumber.dataset.quality import time_text
from lumber.steps.cast import TIME_MAX_US
from lumber.steps.split import SPLITS, TEST_UNSEEN, TRAIN, SplitMode
from lumber.text import counted

# A share is far from the requested one if it differs by more than this part of it.
_FAR = 0.5


def split_steps(
    config: Mapping[str, Any], cuts: Sequence[tuple[str, int]], kinds: Collection[str], *, has_unseen: bool
) -> list[str]:
    """Say how the rows of `kinds` were split; nothing without a split.

    `cuts` are the first moments of the splits after train, in microseconds since 1970 UTC. `has_unseen`
    says whether the split of the held-out groups has any row.
    """
    split = config.get("split", {})
    mode = SplitMode(split.get("mode", SplitMode.NONE))
    if mode is SplitMode.NONE:
        return []
    shares = ", ".join(f"{name} {share:.6g}" for name, share in _shares(split).items())
    if mode is SplitMode.RANDOM:
        return [
            f"The rows were split at random with the seed {split['seed']}, for the shares {shares}.",
            *_blocks(config),
        ]
    if mode is SplitMode.GROUP:
        steps = [
            f"The rows were split by {split['by']}, all rows of one value together, with the seed "
            f"{split['seed']}, for the shares {shares}."
        ]
        if split.get("stratify"):
            steps.append(f"Each value of {split['stratify']} has these shares, as far as whole groups allow.")
        return steps
    begins = "; ".join(f"{name} {_begin(at)}" for name, at in cuts)
    steps = [f"The rows were split by time{f': {begins}' if begins else ''}."]
    if split.get("dates"):
        steps.append("The dates of the cuts were given.")
    else:
        steps.append(f"The cuts were chosen so that {timing_kind(kinds)} give the shares {shares}.")
    if split.get("embargo_seconds"):
        steps.append(_embargo(split))
    if has_unseen:
        steps.append(
            f"A share of {split['unseen']:g} of the values of {split['by']}, chosen with the seed "
            f"{split['seed']}, was held out for the test: their rows in the test period are in "
            f"{TEST_UNSEEN}, and their earlier rows are in no split."
        )
    return steps


def _blocks(config: Mapping[str, Any]) -> list[str]:
    """Say which rows a random split keeps together, because duplicates are removed."""
    options = config.get("deduplicate", {})
    match options.get("mode"):
        case "exact":
            return ["Rows of one device and moment are in one split."]
        case "burst":
            seconds = counted(options["burst_seconds"], "second")
            return [f"Rows of one device in the same step of {seconds} are in one split."]
    return []


class HasRows(Protocol):
    """A split with its rows."""

    @property
    def rows(self) -> int:
        """The rows of the split."""


class HasSplits(Protocol):
    """A kind with its splits: a section of the manifest, or totals before there is one."""

    @property
    def written(self) -> int:
        """The rows in the files."""

    @property
    def sampled_out(self) -> int:
        """The rows that are not in the sample, or in no split."""

    @property
    def splits(self) -> Mapping[str, HasRows]:
        """The splits that have rows."""


def split_notes(config: Mapping[str, Any], kinds: Mapping[str, HasSplits]) -> list[str]:
    """Name the requested splits without rows, and shares far from the requested ones; then say why.

    A kind without rows to split has no note.
    """
    split = config.get("split", {})
    asked = _asked(split)
    notes = []
    for name, section in kinds.items():
        if not asked or not section.written + section.sampled_out:
            continue
        rows = {part: found.rows for part, found in section.splits.items()}
        missing = [part for part in asked if not rows.get(part)]
        found = [_missing(missing)] if missing else []
        found += [
            f"{part} has {share:.1%} of the rows, {wanted:.1%} was requested"
            for part, share, wanted in _far(split, rows)
        ]
        if found:
            notes.append(f"{name}: {'; '.join(found)}.")
    if notes:
        notes.append(f"Possible reasons: {' '.join(_reasons(config, kinds))}")
    return notes


def _asked(split: Mapping[str, Any]) -> list[str]:
    """Return the requested splits in their order; none without a split."""
    mode = SplitMode(split.get("mode", SplitMode.NONE))
    if mode is SplitMode.NONE:
        return []
    named = {TRAIN, *split["dates"]} if split.get("dates") else set(_shares(split))
    if mode is SplitMode.TIME_GROUP and split["unseen"]:
        named.add(TEST_UNSEEN)
    return [name for name in SPLITS if name in named]


def _shares(split: Mapping[str, Any]) -> dict[str, float]:
    """Return the requested shares, in the order of the splits."""
    return {name: split["ratios"][name] for name in SPLITS if split["ratios"].get(name)}


def _far(split: Mapping[str, Any], rows: Mapping[str, int]) -> list[tuple[str, float, float]]:
    """Return name, share and requested share of the splits with rows that are far from the request."""
    # The share of held-out groups counts groups, not rows.
    total = sum(count for name, count in rows.items() if name != TEST_UNSEEN)
    if split.get("dates") or not total:
        return []
    return [
        (name, rows[name] / total, wanted)
        for name, wanted in _shares(split).items()
        if rows.get(name) and abs(rows[name] / total - wanted) > wanted * _FAR
    ]


def _missing(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"the requested split {names[0]} has no rows"
    return f"the requested splits {', '.join(names[:-1])} and {names[-1]} have no rows"


def _reasons(config: Mapping[str, Any], kinds: Collection[str]) -> list[str]:
    """Say why the splits may differ from the request."""
    split = config["split"]
    mode = SplitMode(split["mode"])
    found = []
    if mode is SplitMode.RANDOM:
        found.append("Each row is assigned at random: with few rows the shares may differ.")
    elif mode is SplitMode.GROUP:
        found.append(
            f"All rows of one value of {split['by']} are in one split: few values, or one that most rows "
            "have, can't give the requested shares."
        )
    elif split.get("dates"):
        found.append("The dates of the cuts were given, regardless of the rows between them.")
    else:
        found.append(
            f"The cuts follow the times of {timing_kind(kinds)} before any row is left out, and rows of one "
            "moment stay together."
        )
    if mode.is_in_time and split.get("embargo_seconds"):
        found.append(_embargo(split))
    if mode is SplitMode.TIME_GROUP and split["unseen"]:
        found.append(
            f"A share of {split['unseen']:g} of the values of {split['by']} is held out at random: with few "
            "values it may be none, or values without rows in the test period. Their earlier rows are in no "
            "split."
        )
    if config.get("sample"):
        found.append("The sample was drawn from all splits together.")
    return found


def _embargo(split: Mapping[str, Any]) -> str:
    seconds = split["embargo_seconds"]
    shown = int(seconds) if seconds == int(seconds) else seconds
    return f"Rows less than {shown:,} second{'' if seconds == 1 else 's'} after a cut are in no split."


def _begin(at: int) -> str:
    return "would begin after the last row" if at > TIME_MAX_US else f"begins at {time_text(at)}"
