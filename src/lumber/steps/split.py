"""Assigns rows to splits: a pure function of the row, independent of batches and partitions.

`time` cuts at moments: the model is tested on rows that are later than its training rows. `group` keeps all
rows of a device (or of another column's value) together, and may keep strata even. `time_group` does both:
groups held out of training are tested separately, as `test_unseen`. `random` uses the row's id only, or its
time and device if duplicates are removed: rows that may be duplicates are then in one split. It leaks for
rows in time, because neighbours with nearly the same content fall into different splits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from lumber.catalog.kind import LEADER_GROUP, LEADER_TIME, Kind
from lumber.catalog.registry import get_kind
from lumber.steps.step import PLACE, Counts, Form, RunningStep, Step, StepContext, Unfitted

if TYPE_CHECKING:
    from lumber.steps.strata import StrataCounts

TRAIN, VALIDATION, TEST, TEST_UNSEEN = "train", "validation", "test", "test_unseen"
SPLITS = (TRAIN, VALIDATION, TEST, TEST_UNSEEN)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class SplitMode(StrEnum):
    """What the split of a row depends on."""

    NONE = "none"
    TIME = "time"
    GROUP = "group"
    TIME_GROUP = "time_group"
    RANDOM = "random"

    @property
    def is_in_time(self) -> bool:
        """Say whether the splits follow each other in time."""
        return self in (SplitMode.TIME, SplitMode.TIME_GROUP)

    @property
    def has_groups(self) -> bool:
        """Say whether the rows of a group stay together."""
        return self in (SplitMode.GROUP, SplitMode.TIME_GROUP)


@dataclass(frozen=True, slots=True)
class SplitRule(Step):
    """How rows are split, with all cuts resolved.

    `shares`: name and share of each split, in order; they add up to 1. `cuts`: name and first moment
    (microseconds since 1970 UTC) of each split after the first, in modes that are in time. Rows less than
    `embargo_us` after a cut belong to no split. `by` names the column of the groups. In `time_group`, the
    share `unseen_share` of the groups is held out of training. With `block_us`, `random` keeps the rows of a
    device together that are in the same interval of so many microseconds since 1970 UTC.

    With `stratify`, a column, `group` gives each of its values the same shares. A first pass finds the split
    of every group: `groups` has its place in `shares`. Other groups are divided by chance.
    """

    name = "split"
    takes, gives = Form.ROWS, Form.ROWS
    shares_fit = True

    mode: SplitMode
    shares: tuple[tuple[str, float], ...]
    cuts: tuple[tuple[str, int], ...] = ()
    embargo_us: int = 0
    by: str | None = None
    unseen_share: float = 0.0
    seed: int = 0
    block_us: int | None = None
    stratify: str | None = None
    groups: tuple[tuple[str | None, int], ...] | None = field(default=None, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The splits that rows can be assigned to, in order."""
        if self.mode is SplitMode.NONE:
            return (TRAIN,)
        unseen = (TEST_UNSEEN,) if self.mode is SplitMode.TIME_GROUP and self.unseen_share else ()
        return (*(name for name, _ in self.shares), *unseen)

    def applies_to(self, kind: Kind) -> bool:
        """Say whether there is more than one split."""
        return len(self.names) > 1

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that rows can be assigned to, in order."""
        return self.names

    def group_column(self, kind: Kind) -> str | None:
        """Return the column whose values keep rows of a kind together; None: the split has no such column."""
        return self.by if self.block_us is None else kind.device_column

    def fit(self, record: Kind) -> SplitFit | None:
        """Return what counts the strata of groups, until the splits of groups are known."""
        if self.stratify is None or self.groups is not None:
            return None
        # Loaded only here: few exports have strata.
        from lumber.steps.strata import StrataCounts

        return SplitFit(self, StrataCounts(self.stratify, record.name))

    def fitted(self, found: SplitFit) -> SplitRule:
        """Return the rule with the split of every group."""
        return replace(self, groups=found.counts.places([share for _, share in self.shares], self.seed))

    def start(self, context: StepContext) -> RunningStep[pl.DataFrame, pl.DataFrame]:
        """Begin a partition."""
        if self.stratify is not None and self.groups is None:
            raise Unfitted(self.name)
        return _Splitting(self, context.kind, context.counts)

    def of(self, frame: pl.DataFrame, kind: Kind) -> pl.Series:
        """Return the split of every row of a kind's source rows, as `assign` does.

        A row with a leader goes to the split of the leader. A row that covers a span
        of time counts at its end.
        """
        times = [name for name in (kind.late_column, kind.time_column) if name]
        time, id_ = pl.max_horizontal(times), pl.col(kind.id_column)
        if kind.leader is not None and LEADER_TIME in frame.columns:
            has_leader = pl.col(LEADER_TIME).is_not_null()
            time = pl.coalesce(LEADER_TIME, time)
            id_ = pl.when(has_leader).then(kind.leader.column).otherwise(kind.id_column)
        group = self._group(frame, kind)
        facts = frame.select(time.dt.epoch("us").alias("time"), group.alias("group"), id_.alias("id"))
        return self.assign(facts["time"], facts["group"], facts["id"])

    def groups_of(self, frame: pl.DataFrame, kind: Kind) -> pl.Series:
        """Return the group of every row, a text or null; that of its leader, if it has one."""
        return frame.select(self._group(frame, kind).alias("group")).to_series()

    def _group(self, frame: pl.DataFrame, kind: Kind) -> pl.Expr:
        by = self.group_column(kind)
        own = pl.col(by) if by in frame.columns else pl.lit(None, pl.String)
        if kind.leader is None or LEADER_TIME not in frame.columns:
            return own
        return pl.when(pl.col(LEADER_TIME).is_not_null()).then(LEADER_GROUP).otherwise(own)

    def assign(self, times_us: pl.Series, groups: pl.Series, ids: pl.Series) -> pl.Series:
        """Return the index in `names` of every row's split as UInt8; null for a row that belongs to no split.

        `times_us` (microseconds since 1970 UTC), `groups` (texts) and `ids` (integers) have the same length.
        """
        match self.mode:
            case SplitMode.NONE:
                return pl.repeat(0, len(ids), dtype=pl.UInt8, eager=True)
            case SplitMode.RANDOM:
                return self._by_share(self._random_units(times_us, groups, ids))
            case SplitMode.GROUP:
                by_chance = self._by_share(unit_of_texts(groups, self.seed, "split"))
                return by_chance if not self.groups else self._placed(groups, by_chance)
            case SplitMode.TIME:
                return self._by_time(times_us)
            case SplitMode.TIME_GROUP:
                return self._by_time_and_group(times_us, groups)

    def _random_units(
        self, times_us: pl.Series, groups: pl.Series, ids: pl.Series
    ) -> npt.NDArray[np.float64]:
        """Map rows to uniform numbers in [0, 1), with one number for all rows of a block."""
        if self.block_us is None:
            return unit_of_ids(ids, self.seed, "split")
        of_blocks = unit_of_ids(times_us // self.block_us, self.seed, "split")
        # Each device moves the numbers of its blocks by its own distance, around the circle.
        units: npt.NDArray[np.float64] = (of_blocks + unit_of_texts(groups, self.seed, "split")) % 1.0
        return units

    def _by_share(self, units: npt.NDArray[np.float64]) -> pl.Series:
        bounds = np.cumsum([share for _, share in self.shares])[:-1]
        return pl.Series(np.searchsorted(bounds, units, side="right").astype(np.uint8))

    def _placed(self, groups: pl.Series, otherwise: pl.Series) -> pl.Series:
        """Return the places that a first pass found for groups, and `otherwise` for those that it didn't."""
        table = pl.DataFrame(self.groups, schema={"group": pl.String, "place": pl.UInt8}, orient="row")
        asked = groups.cast(pl.String).alias("group").to_frame()
        found = asked.join(table, "group", "left", nulls_equal=True, maintain_order="left")["place"]
        return found.zip_with(found.is_not_null(), otherwise)

    def _by_time(self, times_us: pl.Series) -> pl.Series:
        starts = np.array([start for _, start in self.cuts], dtype=np.int64)
        places = np.searchsorted(starts, times_us.to_numpy(), side="right")
        since = times_us.to_numpy() - np.concatenate([[np.int64(0)], starts])[places]
        is_embargoed = (places > 0) & (since < self.embargo_us)
        return pl.Series(places.astype(np.uint8)).set(pl.Series(is_embargoed), None)

    def _by_time_and_group(self, times_us: pl.Series, groups: pl.Series) -> pl.Series:
        """Put test rows of held-out groups into a separate split; their earlier rows belong to no split."""
        places = self._by_time(times_us)
        if not self.unseen_share:
            return places
        is_unseen = pl.Series(unit_of_texts(groups, self.seed, "unseen") < self.unseen_share)
        last = len(self.shares) - 1
        is_tested = (places == last).fill_null(False)
        return places.set(is_unseen & is_tested, len(self.shares)).set(is_unseen & ~is_tested, None)


@dataclass(slots=True)
class SplitFit:
    """Counts the strata of the groups of a kind."""

    rule: SplitRule
    counts: StrataCounts

    def add(self, rows: pl.DataFrame, /) -> None:
        """Count valid rows."""
        self.counts.add(self.rule.groups_of(rows, get_kind(self.counts.kind)), rows)

    def merge(self, other: SplitFit, /) -> None:
        """Add what was counted in another partition, or of another kind."""
        self.counts.merge(other.counts)


class _Splitting(RunningStep[pl.DataFrame, pl.DataFrame]):
    def __init__(self, rule: SplitRule, kind: Kind, counts: Counts) -> None:
        self._rule = rule
        self._kind = kind
        self._counts = counts

    def add(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that belong to a split, with its index in a column."""
        placed = rows.with_columns(self._rule.of(rows, self._kind).alias(PLACE))
        kept = placed.filter(pl.col(PLACE).is_not_null())
        self._counts.sampled_out += placed.height - kept.height
        return kept


def mixed_ids(ids: pl.Series, seed: int, purpose: str) -> npt.NDArray[np.uint64]:
    """Map integers to pseudo-random integers, one to one (splitmix64)."""
    start = np.uint64(int.from_bytes(_digest(str(seed), purpose), "little"))
    mixed = ids.to_numpy().astype(np.int64).view(np.uint64) * _GOLDEN + start
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    return mixed ^ (mixed >> np.uint64(31))


def unit_of_ids(ids: pl.Series, seed: int, purpose: str) -> npt.NDArray[np.float64]:
    """Map integers to uniform numbers in [0, 1), reproducible for a seed and purpose."""
    return ((mixed_ids(ids, seed, purpose) >> np.uint64(11)) * 2.0**-53).astype(np.float64)


def unit_of_texts(texts: pl.Series, seed: int, purpose: str) -> npt.NDArray[np.float64]:
    """Map texts to uniform numbers in [0, 1). All nulls are one text. Each unique text is hashed once."""
    unique = texts.unique()
    units = [
        int.from_bytes(_digest(str(seed), purpose, text), "little") * 2.0**-64 for text in unique.to_list()
    ]
    # Rounded up, the largest number would be 1.
    table = pl.DataFrame({"text": unique, "unit": pl.Series(units, dtype=pl.Float64).clip(0, 1 - 2.0**-53)})
    asked = texts.alias("text").to_frame()
    return asked.join(table, "text", "left", nulls_equal=True, maintain_order="left")["unit"].to_numpy()


def _digest(*parts: str | None) -> bytes:
    """Return an eight-byte hash of the parts."""
    hashed = hashlib.blake2b(digest_size=8)
    for part in parts:
        raw = b"\x00" if part is None else b"\x01" + part.encode()
        hashed.update(len(raw).to_bytes(8, "little") + raw)
    return hashed.digest()


NO_SPLIT = SplitRule(SplitMode.NONE, ((TRAIN, 1.0),))
