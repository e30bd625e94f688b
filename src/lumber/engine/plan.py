"""The frozen input: which rows an export covers, cut into partitions of about equal size.

A partition is a half-open range of keys `(time, id)`, in the order of the dataset. The cut needs one
pass over the time index (`KeySource.counts`), and further steps only inside crowded moments. With a sample of
the keys instead, all numbers are estimates: cuts are then less even, but a row still is in one partition.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any, Literal, Protocol

from lumber.engine.key_sample import KeySample
from lumber.formats.staged_file import Key
from lumber.steps.split import NO_SPLIT, SplitRule

BUCKETS = 200
# A very large export gets larger partitions rather than thousands of small ones.
MOST_PARTITIONS = 1_000
_SAMPLED_PER_PARTITION = 8
_FIRST_ID = -(2**63)


# Where a partition begins, and the rows before it.
_Cut = tuple[Key, int]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bar of the time histogram: rows with start_us <= time < end_us (the last bar includes its end)."""

    start_us: int
    end_us: int
    rows: int


@dataclass(frozen=True, slots=True)
class PartitionRange:
    """A half-open range of keys; None means: no bound. `rows` is what the plan counted or estimated."""

    ordinal: int
    lower: Key | None
    upper: Key | None
    rows: int


@dataclass(frozen=True, slots=True)
class KindPlan:
    """The plan of one kind: how many rows, when, and in which partitions.

    With `is_estimate` all numbers of rows are estimates, of the `sample` that was taken; the partitions
    contain every row nevertheless.
    """

    kind: str
    schema_hash: str
    rows: int
    first_us: int | None
    last_us: int | None
    buckets: tuple[Bucket, ...]
    partitions: tuple[PartitionRange, ...]
    is_estimate: bool = False
    # Only planning needs it.
    sample: KeySample | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ParentVersion:
    """The version that a new one adds to."""

    number: int
    data_version: str
    export_id: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class VersionPlan:
    """Which version of a dataset an export is, and what it takes from its parent.

    `modes` says for each kind how its rows are read: `append`, only those that are new, or `whole`. `reasons`
    says why a kind of an incremental export is read whole, `reason` why the dataset begins again. `inherited`
    counts the rows of the parent that a kind has read already. `is_major`: the frozen parts changed, or that
    was asked for. `templates_since` is the version that mined the template table, which this one takes from
    its parent; None: it takes none.
    """

    dataset_id: str
    dataset: str
    number: int
    parent: ParentVersion | None
    modes: dict[str, Literal["append", "whole"]]
    is_major: bool = False
    reason: str | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    inherited: dict[str, int] = field(default_factory=dict)
    templates_since: int | None = None

    def is_append(self, kind: str) -> bool:
        """Say whether a kind keeps the files of the parent and adds to them."""
        return self.modes.get(kind) == "append"


@dataclass(frozen=True, slots=True)
class Plan:
    """The frozen input of an export. `cutoff` names the last row or the snapshot that it may see."""

    config_hash: str
    dialect: str
    cutoff: dict[str, Any]
    kinds: tuple[KindPlan, ...]
    split: SplitRule = NO_SPLIT
    # The public name of the key of a private export: what was begun under one is not finished under another.
    privacy_key_id: str | None = None
    version: VersionPlan | None = None
    # The database of somebody else that rows come from: its mappings by hash, and what it guarantees.
    source: dict[str, Any] | None = None

    def planned_rows(self, kind: str) -> int:
        """Return the rows of a kind that the dataset accounts for, also those read for earlier versions."""
        return self.kind(kind).rows + (0 if self.version is None else self.version.inherited.get(kind, 0))

    @property
    def rows(self) -> int:
        """Rows of all kinds together."""
        return sum(kind.rows for kind in self.kinds)

    @property
    def is_estimate(self) -> bool:
        """Whether the rows of a kind are estimated."""
        return any(kind.is_estimate for kind in self.kinds)

    def kind(self, name: str) -> KindPlan:
        """Return the plan of the kind `name`; KeyError when it is not part of this plan."""
        for kind in self.kinds:
            if kind.kind == name:
                return kind
        raise KeyError(name)


class KeySource(Protocol):
    """Answers the planner's questions about the selected rows of one kind, all at one moment."""

    async def span(self) -> tuple[int, int] | None:
        """Return the least and the greatest time in microseconds, or bounds around them; None: no rows."""

    async def counts(self, edges: Sequence[int]) -> list[int]:
        """Count the rows between each two neighbouring edges; the last range includes its end."""

    async def key_at(self, lower: Key | None, offset: int) -> Key | None:
        """Return the key of the row `offset` rows after the first one that is not below `lower`."""


def as_read(plan: Plan, rows: Mapping[tuple[str, int], int]) -> Plan:
    """Return a plan with the numbers of rows that were read, by kind and ordinal, in place of estimates."""
    kinds = []
    for kind in plan.kinds:
        if kind.is_estimate:
            parts = tuple(replace(part, rows=rows[kind.kind, part.ordinal]) for part in kind.partitions)
            kind = replace(kind, rows=sum(part.rows for part in parts), partitions=parts)
        kinds.append(kind)
    return replace(plan, kinds=tuple(kinds))


async def time_at(source: KeySource, plan: KindPlan, place: int) -> int | None:
    """Return the time of the row at `place` (from 0), in the order of keys; None past the last one."""
    before = 0
    for bucket in plan.buckets:
        if place < before + bucket.rows:
            key = await source.key_at(Key(bucket.start_us, _FIRST_ID), place - before)
            return None if key is None else key.time_us
        before += bucket.rows
    return None


async def keys_at(source: KeySource, plan: KindPlan, places: Sequence[int]) -> list[Key]:
    """Return the keys of the rows at these places (from 0, ascending); none for those past the last row."""
    ends = list(accumulate(bucket.rows for bucket in plan.buckets))
    found: list[_Cut] = []
    for place in places:
        at = bisect_right(ends, place)
        if at == len(ends):
            break
        before = ends[at] - plan.buckets[at].rows
        # No row is stepped over twice: on from the last key, where that lies in the same bucket.
        lower, done = max([(Key(plan.buckets[at].start_us, _FIRST_ID), before), *found[-1:]])
        key = await source.key_at(lower, place - done)
        if key is None:
            break
        found.append((key, place))
    return [key for key, _ in found]


async def rows_before(source: KeySource, plan: KindPlan, time_us: int) -> int:
    """Count the rows whose time is before `time_us`; only one bucket is counted anew."""
    before = 0
    for bucket in plan.buckets:
        if time_us <= bucket.start_us:
            break
        if time_us <= bucket.end_us:
            return before + (await source.counts([bucket.start_us, time_us - 1]))[0]
        before += bucket.rows
    return before


async def plan_kind(
    source: KeySource,
    *,
    kind: str,
    schema_hash: str,
    partition_rows: int,
    is_divisible: bool,
    whole_us: int | None = None,
    sample: KeySample | None = None,
) -> KindPlan:
    """Count the rows of one kind and cut them into partitions of about `partition_rows` rows.

    With `is_divisible` false there is one partition: rows of the kind may change, so that only one
    transaction sees them all. With `whole_us` no cut lies within so many microseconds, counted in whole
    steps since 1970 UTC; 1: rows of one moment stay together. `sample` is the source if that estimates.
    """
    span = await source.span()
    if span is None:
        return KindPlan(kind, schema_hash, 0, None, None, (), ())
    edges = even_edges(*span)
    counts = await source.counts(edges)
    buckets = tuple(Bucket(edges[i], edges[i + 1], count) for i, count in enumerate(counts))
    total = sum(counts)
    if total == 0:
        return KindPlan(kind, schema_hash, 0, None, None, (), ())
    if is_divisible:
        least = -(-total // MOST_PARTITIONS)
        if sample is not None:
            # Fewer would leave it to chance how large a partition is.
            least = max(least, total * _SAMPLED_PER_PARTITION // len(sample.keys))
        cuts = await _cut(source, buckets, total, max(partition_rows, least))
        if whole_us is not None and cuts:
            cuts = await _moved_back(source, cuts, span, whole_us)
        partitions = _ranges(cuts, total)
    else:
        partitions = (PartitionRange(0, None, None, total),)
    return KindPlan(
        kind, schema_hash, total, span[0], span[1], buckets, partitions, sample is not None, sample
    )


def even_edges(first: int, last: int) -> list[int]:
    """Return the borders of at most BUCKETS equal ranges from `first` to `last`."""
    width = max(1, -(-(last - first + 1) // BUCKETS))
    edges = list(range(first, last, width)) or [first]
    return [*edges, last]


async def _cut(source: KeySource, buckets: Sequence[Bucket], total: int, partition_rows: int) -> list[_Cut]:
    """Cut at bucket borders where they fall well, and inside a bucket where they do not.

    The cuts lie at equal steps through all rows, each up to an eighth of a partition off: whatever the
    rows' times, a partition is then at most a quarter larger or smaller than the others.
    """
    parts = -(-total // partition_rows)
    slack = total // parts // 8
    targets = [total * part // parts for part in range(1, parts)]
    cuts: list[_Cut] = []
    before = 0
    for bucket in buckets:
        upto = before + bucket.rows
        while len(cuts) < len(targets) and targets[len(cuts)] <= upto + slack:
            target = targets[len(cuts)]
            lower, done = cuts[-1] if cuts else (None, 0)
            if upto <= target + slack:
                cuts.append((Key(bucket.end_us, _FIRST_ID), upto))
                break
            key = await source.key_at(lower, target - done)
            if key is None:
                break
            cuts.append((key, target))
        before = upto
    return cuts


async def _moved_back(
    source: KeySource, cuts: Sequence[_Cut], span: tuple[int, int], whole_us: int
) -> list[_Cut]:
    """Move every cut back to a whole step of `whole_us`, and count the rows before it anew.

    Cuts that meet become one, and so do cuts with no row between them.
    """
    first, last = span
    known = {key.time_us: before for key, before in cuts if key.id == _FIRST_ID}
    borders = sorted({key.time_us - key.time_us % whole_us for key, _ in cuts})
    borders = [border for border in borders if border > first]
    if not all(border in known for border in borders):
        counts = await counts_between(source, [first, *borders, last])
        known = dict(zip(borders, accumulate(counts), strict=False))
    moved: list[_Cut] = []
    for border in borders:
        if known[border] > (moved[-1][1] if moved else 0):
            moved.append((Key(border, _FIRST_ID), known[border]))
    return moved


async def counts_between(source: KeySource, edges: Sequence[int]) -> list[int]:
    """Count as `source` does, between any number of edges: no statement asks for more than BUCKETS."""
    found: list[int] = []
    for start in range(0, len(edges) - 1, BUCKETS):
        part = list(edges[start : start + BUCKETS + 1])
        if start + BUCKETS + 1 < len(edges):
            part[-1] -= 1  # the end is counted too, and here it belongs to the next part
        found += await source.counts(part)
    return found


def _ranges(cuts: Sequence[_Cut], total: int) -> tuple[PartitionRange, ...]:
    lowers: list[Key | None] = [None, *(key for key, _ in cuts)]
    uppers: list[Key | None] = [*(key for key, _ in cuts), None]
    starts = [0, *(before for _, before in cuts)]
    ends = [*(before for _, before in cuts), total]
    return tuple(
        PartitionRange(ordinal, lower, upper, end - start)
        for ordinal, (lower, upper, start, end) in enumerate(zip(lowers, uppers, starts, ends, strict=True))
    )
