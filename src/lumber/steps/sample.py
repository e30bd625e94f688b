"""The sample of an export: which rows stay is a function of each row's id and a seed.

Every id has a number that looks random; the rows with the smallest numbers stay. A share is a limit on that
number, known beforehand. A number of rows, and any sample of strata, needs one pass over the rows first: it
counts them and finds the limits (`SampleCounts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.steps.split import mixed_ids
from lumber.steps.step import Filter, Records, Step, StepContext

Numbers = npt.NDArray[np.uint64]
_RANGE = 2**64


@dataclass(frozen=True, slots=True)
class SampleRule(Step):
    """Which rows stay: of each stratum those whose number is at most its limit.

    `limits` are pairs of a stratum (the text of the column `by`; None for null, and where there is no `by`)
    and its limit, -1 for none of its rows. Rows with a leader have the number of that, where `follows`.
    """

    seed: int
    limits: tuple[tuple[str | None, int], ...]
    by: str | None = None
    follows: bool = False

    name = "sample"

    @classmethod
    def of_share(cls, share: float, seed: int) -> SampleRule:
        """Return the rule that keeps about this share of the rows, and what follows a kept row."""
        return cls(seed, ((None, min(_RANGE - 1, round(share * _RANGE) - 1)),), follows=True)

    def start(self, context: StepContext) -> Filter:
        """Begin a partition."""
        return _Sampling(self, context)

    def kept(self, records: pa.RecordBatch, kind: Kind) -> pl.Series:
        """Say for each record whether it stays."""
        numbers = pl.Series(mixed_ids(_leading(records, kind, follows=self.follows), self.seed, "sample"))
        limits = dict(self.limits)
        strata = strata_of(records, self.by)
        if strata is None:
            limit = limits.get(None, -1)
            return numbers <= limit if limit >= 0 else numbers.is_null()
        open_ = {stratum: limit for stratum, limit in limits.items() if limit >= 0}
        table = pl.DataFrame(
            {"stratum": list(open_), "limit": list(open_.values())},
            schema={"stratum": pl.String, "limit": pl.UInt64},
        )
        joined = strata.alias("stratum").to_frame()
        found = joined.join(table, "stratum", "left", nulls_equal=True, maintain_order="left")["limit"]
        return (numbers <= found).fill_null(False)


class _Sampling(Filter):
    def __init__(self, rule: SampleRule, context: StepContext) -> None:
        super().__init__(context)
        self._rule = rule

    def kept(self, records: Records) -> pl.Series:
        return self._rule.kept(records.batch, self.context.record)


@dataclass(frozen=True, slots=True)
class SampleRequest(Step):
    """A sample whose limits are to be found: `rows` of them, or a `share`, of all strata in proportion."""

    seed: int
    rows: int | None
    share: float | None
    by: str | None

    name = "sample"

    def fit(self, record: Kind) -> SampleCounts:
        """Return the counts, empty, that a first pass fills."""
        return SampleCounts(self, record.id_column)

    def fitted(self, found: SampleCounts) -> SampleRule:
        """Return the rule, after a pass over all rows. Of every stratum at least one row stays, if it may."""
        quotas = self._quotas(found.rows)
        limits = []
        for stratum, quota in sorted(quotas.items(), key=lambda item: _order(item[0])):
            smallest = np.sort(found.smallest[stratum])
            limits.append((stratum, int(smallest[quota - 1]) if quota else -1))
        return SampleRule(self.seed, tuple(limits), self.by)

    def _quotas(self, rows: Mapping[str | None, int]) -> dict[str | None, int]:
        """Return how many rows of each stratum stay: whole numbers, the largest fractions rounded up."""
        total = sum(rows.values())
        wanted = min(total, round(total * self.share) if self.rows is None and self.share else self.rows or 0)
        if not total:
            return dict.fromkeys(rows, 0)
        exact = {stratum: wanted * count / total for stratum, count in rows.items()}
        quotas = {stratum: int(value) for stratum, value in exact.items()}
        if wanted >= len(rows):
            quotas = {stratum: max(1, quota) for stratum, quota in quotas.items()}
        order = sorted(rows, key=lambda stratum: (quotas[stratum] - exact[stratum], _order(stratum)))
        missing = wanted - sum(quotas.values())
        while missing > 0:
            for stratum in order:
                if missing and quotas[stratum] < rows[stratum]:
                    quotas[stratum] += 1
                    missing -= 1
        while missing < 0:
            largest = max(rows, key=lambda stratum: (quotas[stratum], _order(stratum)))
            quotas[largest] -= 1
            missing += 1
        return quotas


@dataclass(slots=True)
class SampleCounts:
    """The rows of every stratum, and the smallest numbers among them; of a share all numbers."""

    request: SampleRequest
    id_column: str = "id"
    rows: dict[str | None, int] = field(default_factory=dict)
    smallest: dict[str | None, Numbers] = field(default_factory=dict)

    def add(self, records: Records, /) -> None:
        """Count records."""
        numbers = pl.Series("number", mixed_ids(records.column(self.id_column), self.request.seed, "sample"))
        strata = strata_of(records.batch, self.request.by)
        if strata is None:
            self._take(None, len(numbers), numbers.to_numpy())
            return
        for (stratum,), part in pl.DataFrame([strata.alias("stratum"), numbers]).group_by("stratum"):
            self._take(stratum, part.height, part["number"].to_numpy())

    def merge(self, other: SampleCounts, /) -> None:
        """Add what was counted in another partition."""
        for stratum, numbers in other.smallest.items():
            self._take(stratum, other.rows[stratum], numbers)

    def _take(self, stratum: str | None, rows: int, numbers: Numbers) -> None:
        most = self.request.rows
        self.rows[stratum] = self.rows.get(stratum, 0) + rows
        known = np.concatenate([self.smallest.get(stratum, np.empty(0, np.uint64)), numbers])
        if most is not None and len(known) > most:
            known = np.partition(known, most - 1)[:most]
        self.smallest[stratum] = known


def _order(stratum: str | None) -> tuple[bool, str]:
    """Return the place of a stratum among others, which doesn't depend on the order of rows."""
    return stratum is not None, stratum or ""


def _leading(records: pa.RecordBatch, kind: Kind, *, follows: bool) -> pl.Series:
    """Return the ids that decide about the records; with `follows`, those of their leaders."""
    ids = pl.Series(pl.from_arrow(records.column(kind.id_column)))
    if follows and kind.leader is not None and kind.leader.column in records.schema.names:
        leaders = pl.Series(pl.from_arrow(records.column(kind.leader.column)))
        return pl.select(pl.coalesce(leaders, ids)).to_series()
    return ids


def strata_of(records: pa.RecordBatch, by: str | None) -> pl.Series | None:
    """Return the stratum of each record as text; None where there are none."""
    if by is None or by not in records.schema.names:
        return None
    return pl.Series(pl.from_arrow(records.column(by))).cast(pl.String)
