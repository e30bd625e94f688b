"""The split in words: how the rows were divided, and what of it is not as it was asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from lumber.catalog.registry import timing_kind
from lumber.dataset.quality import time_text
from lumber.steps.cast import TIME_MAX_US
from lumber.steps.split import SPLITS, TEST_UNSEEN, TRAIN, SplitMode

# A share is far from the one asked for when it differs from it by more than this part of it.
_FAR = 0.5


def split_steps(
    config: Mapping[str, Any], cuts: Sequence[tuple[str, int]], kinds: Collection[str], *, has_unseen: bool
) -> list[str]:
    """Say how the rows of `kinds` were divided; nothing where they were not.

    `cuts` are the first moments of the splits after train, in microseconds since 1970 UTC. `has_unseen`
    says whether any row is in the split of the held-out groups.
    """
    split = config.get("split", {})
    mode = SplitMode(split.get("mode", SplitMode.NONE))
    if mode is SplitMode.NONE:
        return []
    shares = ", ".join(f"{name} {share:.6g}" for name, share in _shares(split).items())
    if mode is SplitMode.RANDOM:
        return [f"The rows were split at random with the seed {split['seed']}, for the shares {shares}."]
    if mode is SplitMode.GROUP:
        return [
            f"The rows were split by {split['by']}, all rows of one value together, with the seed "
            f"{split['seed']}, for the shares {shares}."
        ]
    begins = "; ".join(f"{name} {_begin(at)}" for name, at in cuts)
    steps = [f"The rows were split by time{f': {begins}' if begins else ''}."]
    if split.get("dates"):
        steps.append("The dates of the cuts were given.")
    else:
        steps.append(f"The cuts are where {timing_kind(kinds)} should give the shares {shares}.")
    if split.get("embargo_seconds"):
        steps.append(_embargo(split))
    if has_unseen:
        steps.append(
            f"A share of {split['unseen']:g} of the values of {split['by']}, chosen with the seed "
            f"{split['seed']}, was to be kept for the test only: rows of these in the time of the test are "
            f"{TEST_UNSEEN}, and their earlier rows are in no split."
        )
    return steps


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
            f"{part} has {share:.1%} of the rows where {wanted:.1%} was asked for"
            for part, share, wanted in _far(split, rows)
        ]
        if found:
            notes.append(f"{name}: {'; '.join(found)}.")
    if notes:
        notes.append(f"Why splits may be other than asked for: {' '.join(_reasons(config, kinds))}")
    return notes


def _asked(split: Mapping[str, Any]) -> list[str]:
    """Return the splits that rows may fall into, in their order; none where rows are not divided."""
    mode = SplitMode(split.get("mode", SplitMode.NONE))
    if mode is SplitMode.NONE:
        return []
    named = {TRAIN, *split["dates"]} if split.get("dates") else set(_shares(split))
    if mode is SplitMode.TIME_GROUP and split["unseen"]:
        named.add(TEST_UNSEEN)
    return [name for name in SPLITS if name in named]


def _shares(split: Mapping[str, Any]) -> dict[str, float]:
    """Return the shares asked for, in the order of the splits."""
    return {name: split["ratios"][name] for name in SPLITS if split["ratios"].get(name)}


def _far(split: Mapping[str, Any], rows: Mapping[str, int]) -> list[tuple[str, float, float]]:
    """Return name, share and asked share of the splits with rows that are far from what was asked for."""
    # Held-out groups have no share of the rows: theirs is one of the groups.
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
        return f"the split {names[0]} was asked for and has no rows"
    return f"the splits {', '.join(names[:-1])} and {names[-1]} were asked for and have no rows"


def _reasons(config: Mapping[str, Any], kinds: Collection[str]) -> list[str]:
    """Say what may have made the splits other than asked for."""
    split = config["split"]
    mode = SplitMode(split["mode"])
    found = []
    if mode is SplitMode.RANDOM:
        found.append("Each row falls by chance: few rows need not have the shares asked for.")
    elif mode is SplitMode.GROUP:
        found.append(
            f"All rows of one value of {split['by']} are in one split: few values, or one that most rows "
            "have, cannot be divided as asked for."
        )
    elif split.get("dates"):
        found.append("The dates of the cuts were given, whatever rows there are between them.")
    else:
        found.append(
            f"The cuts are made in the times of {timing_kind(kinds)}, before any row is left out, and rows "
            "of one moment stay together."
        )
    if mode.is_in_time and split.get("embargo_seconds"):
        found.append(_embargo(split))
    if mode is SplitMode.TIME_GROUP and split["unseen"]:
        found.append(
            f"A share of {split['unseen']:g} of the values of {split['by']} is held out by chance: of few "
            "values it may be none, or such as have no rows in the time of the test. Their earlier rows are "
            "in no split."
        )
    if config.get("sample"):
        found.append("The sample was taken of all splits together.")
    return found


def _embargo(split: Mapping[str, Any]) -> str:
    seconds = split["embargo_seconds"]
    shown = int(seconds) if seconds == int(seconds) else seconds
    return f"Rows less than {shown:,} second{'' if seconds == 1 else 's'} after a cut are in no split."


def _begin(at: int) -> str:
    return "would begin after the last row" if at > TIME_MAX_US else f"begins at {time_text(at)}"
