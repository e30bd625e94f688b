"""Finds the split of every group so that each stratum, such as a log level, gets its share of every split.

A first pass counts the rows of every stratum in every group. Then the groups are placed, those with the
largest parts of strata first, each in the split where the shares stay most even. It is the method of
scikit-learn's `StratifiedGroupKFold`, for splits of unequal size. Whole groups can't always meet the shares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from lumber.catalog.registry import get_kind
from lumber.errors import ConfigError, FieldProblem

# Every partition is told the split of every group, so their number is bounded.
MOST_GROUPS = 100_000
_SCHEMA = {"group": pl.String, "stratum": pl.String, "rows": pl.Int64}


@dataclass(slots=True)
class StrataCounts:
    """The rows of every stratum in every group; of all kinds together, which share the groups.

    `column` names the strata. A kind without it has no strata, and adds nothing. A kind can't be pickled, so
    this has the name of one.
    """

    column: str
    kind: str
    counts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_SCHEMA))

    def add(self, groups: pl.Series, frame: pl.DataFrame) -> None:
        """Count valid rows in the kind's types; `groups` are theirs. Raises ConfigError for too many."""
        kind = get_kind(self.kind)
        if self.column not in kind.schema.names and self.column not in frame.columns:
            return
        # Levels have many spellings, and the record has one.
        derived = kind.transform(frame).columns
        strata = derived[self.column] if self.column in derived else frame[self.column]
        rows = pl.DataFrame([groups.alias("group"), strata.cast(pl.String).alias("stratum")])
        self._take(rows.group_by("group", "stratum").agg(pl.len().cast(pl.Int64).alias("rows")))

    def merge(self, other: StrataCounts) -> None:
        """Add what was counted elsewhere. Raises ConfigError for too many groups."""
        self._take(other.counts)

    def _take(self, counts: pl.DataFrame) -> None:
        both = pl.concat([self.counts, counts]).group_by("group", "stratum").agg(pl.sum("rows"))
        if (groups := both["group"].n_unique()) > MOST_GROUPS:
            message = f"needs at most {MOST_GROUPS:,} groups, and there are {groups:,} or more"
            raise ConfigError([FieldProblem("split.stratify", self.column, message)])
        self.counts = both

    def places(self, shares: Sequence[float], seed: int) -> tuple[tuple[str | None, int], ...]:
        """Return every group with the index of its split in `shares`, which add up to 1."""
        if self.counts.is_empty():
            return ()
        names: list[str | None] = self.counts["group"].unique().to_list()
        strata: list[str | None] = sorted(self.counts["stratum"].unique().to_list(), key=_order)
        row, column = ({each: at for at, each in enumerate(known)} for known in (names, strata))
        rows = np.zeros((len(names), len(strata)))
        for group, stratum, count in self.counts.iter_rows():
            rows[row[group], column[stratum]] = count
        # Each stratum weighs as much as any other, however rare it is.
        parts = rows / rows.sum(axis=0)
        order = sorted(
            range(len(names)),
            key=lambda place: (-float((parts[place] ** 2).sum()), _chance(names[place], seed)),
        )
        wanted = np.array(shares)
        given = np.zeros((len(shares), len(strata)))
        found: list[tuple[str | None, int]] = []
        for place in order:
            # How far from even the shares become: the sum over splits of given ** 2 / wanted grows by this.
            cost = ((2 * given + parts[place]) * parts[place]).sum(axis=1) / wanted
            split = int(cost.argmin())
            given[split] += parts[place]
            found.append((names[place], split))
        return tuple(sorted(found, key=lambda each: _order(each[0])))


def _order(name: str | None) -> tuple[bool, str]:
    return name is not None, name or ""


def _chance(group: str | None, seed: int) -> bytes:
    """Return what decides between groups that count alike."""
    raw = b"" if group is None else b"\x01" + group.encode()
    return hashlib.blake2b(raw, digest_size=16, salt=seed.to_bytes(16, "little")).digest()
