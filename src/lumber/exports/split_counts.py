"""Counts or estimates the rows of each split for a preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from lumber.catalog.kind import Kind
from lumber.catalog.selection import Selection
from lumber.engine.plan import KindPlan, rows_before
from lumber.exports.planner import keys_of
from lumber.exports.snapshot import Snapshot
from lumber.steps.split import TEST_UNSEEN, SplitMode, SplitRule

_AFTER_ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SplitCounts:
    """Rows per split, before rejects, deduplication and sampling; empty without a split."""

    rows: Mapping[str, int] = field(default_factory=dict)
    # Estimated from a sample instead of counted.
    is_estimate: bool = False


async def count_splits(
    rule: SplitRule, selection: Selection, plan: KindPlan, snapshot: Snapshot, looked_at: pl.DataFrame
) -> SplitCounts:
    """Count the rows between cut times. Estimate splits by group or at random.

    `looked_at`: valid sample rows from the whole selection, in the kind's types, with the columns of their
    leaders.
    """
    kind = selection.kind
    if rule.mode is SplitMode.NONE or plan.rows == 0:
        return SplitCounts()
    if rule.mode is SplitMode.TIME:
        return SplitCounts(await _counted(rule, selection, plan, snapshot), is_estimate=plan.is_estimate)
    are_all_seen = looked_at.height == plan.rows and not plan.is_estimate
    if rule.mode is SplitMode.TIME_GROUP and not are_all_seen:
        in_time = await _counted(rule, selection, plan, snapshot)
        return SplitCounts(_parted(rule, in_time, looked_at, kind), is_estimate=True)
    if looked_at.is_empty():
        return SplitCounts()
    places = Counter(rule.of(looked_at, kind).drop_nulls().to_list())
    rows = {name: round(plan.rows * places[at] / looked_at.height) for at, name in enumerate(rule.names)}
    return SplitCounts(rows, is_estimate=not are_all_seen)


async def _counted(
    rule: SplitRule, selection: Selection, plan: KindPlan, snapshot: Snapshot
) -> dict[str, int]:
    """Count the rows between the end of each embargo and the next cut."""
    cuts = [cut for _, cut in rule.cuts]
    begins = [min(cut + rule.embargo_us, _AFTER_ALL) for cut in cuts]
    times = sorted({*cuts, *begins})
    keys = keys_of(selection, snapshot, plan)
    kind = selection.kind
    if kind.leader is None and kind.late_column is None:
        before = [await rows_before(keys, plan, time) for time in times]
    else:
        before = await keys.rows_split_before(times)
    known = dict(zip(times, before, strict=True))
    lows = [0, *(known[begin] for begin in begins)]
    highs = [*(known[cut] for cut in cuts), plan.rows]
    names = (name for name, _ in rule.shares)
    return {name: max(0, high - low) for name, low, high in zip(names, lows, highs, strict=True)}


def _parted(rule: SplitRule, counts: dict[str, int], looked_at: pl.DataFrame, kind: Kind) -> dict[str, int]:
    """Move the share of held-out groups in the sample out of the splits by time."""
    if not rule.unseen_share or looked_at.is_empty():
        return counts
    # With all rows at the test's time, index 1 is the split of held-out groups.
    timeless = replace(rule, shares=rule.shares[-1:], cuts=(), embargo_us=0)
    unseen = int((timeless.of(looked_at, kind) == 1).sum()) / looked_at.height
    last = counts[rule.shares[-1][0]]
    seen = {name: round(count * (1 - unseen)) for name, count in counts.items()}
    return {**seen, TEST_UNSEEN: round(last * unseen)}
