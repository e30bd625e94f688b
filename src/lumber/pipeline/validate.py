"""DataValidator: judges every row of a batch and reports every rule that it breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lumber.catalog.kind import Kind, Level
from lumber.pipeline.cast import CastBatch, Violation

VALUE_LENGTH = 256

REJECT_SCHEMA = {
    "kind": pl.String,
    "id": pl.Int64,
    "rule": pl.String,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What validation says of a batch: `rejected` per row, and one line per broken rule and row."""

    rejected: pl.Series
    rejects: pl.DataFrame
    rows_by_rule: Counter[str]  # "column.rule" -> rows

    @property
    def rejected_rows(self) -> int:
        """How many rows are rejected."""
        return int(self.rejected.sum())


class DataValidator:
    """Checks the batches of one partition, in order, against a kind's rules up to a level."""

    def __init__(self, kind: Kind, level: Level) -> None:
        self._kind = kind
        self._rules = tuple(rule for rule in kind.rules if level.includes(rule.level))
        self._checks_ids = level.includes(Level.BASIC)
        self._seen: list[pl.Series] = []

    def check(self, batch: CastBatch) -> Verdict:
        """Judge one batch. Every violation of a row is reported, not only the first."""
        violations = list(batch.violations)
        for rule in self._rules:
            rows = rule.violations(batch.frame)
            if rows.any():
                shown = rule.value if rule.value is not None else pl.col(rule.column)
                values = batch.frame.filter(rows).select(shown.cast(pl.String)).to_series()
                violations.append(Violation(rule.id, rule.column, rule.reason, rows, values))
        if self._checks_ids:
            violations.extend(self._repeated_ids(batch.frame[self._kind.id_column]))
        return self._verdict(batch.frame, violations)

    def _repeated_ids(self, ids: pl.Series) -> Sequence[Violation]:
        """Report ids that came before in this partition. Ids that only rise cost one comparison."""
        known = ids.drop_nulls()
        repeated = ids.is_not_null() & ~ids.is_first_distinct()
        if len(known):
            low, high = known.min(), known.max()
            for chunk in self._seen:
                if chunk[0] <= high and chunk[-1] >= low:
                    repeated = repeated | ids.is_in(chunk.implode()).fill_null(False)
            self._seen.append(known.sort())
        if not repeated.any():
            return ()
        values = ids.filter(repeated).cast(pl.String)
        return [Violation("unique_id", self._kind.id_column, "came before", repeated, values)]

    def _verdict(self, frame: pl.DataFrame, violations: Sequence[Violation]) -> Verdict:
        if not violations:
            nothing = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
            return Verdict(nothing, pl.DataFrame(schema=REJECT_SCHEMA), Counter())
        rejected = violations[0].rows
        for violation in violations[1:]:
            rejected = rejected | violation.rows
        lines = [self._lines(frame, violation) for violation in violations]
        counts = Counter({f"{v.column}.{v.rule}": int(v.rows.sum()) for v in violations})
        return Verdict(rejected, pl.concat(lines).sort("id", maintain_order=True), counts)

    def _lines(self, frame: pl.DataFrame, violation: Violation) -> pl.DataFrame:
        ids = frame[self._kind.id_column].filter(violation.rows)
        return pl.DataFrame({"id": ids, "value": violation.values.str.slice(0, VALUE_LENGTH)}).select(
            pl.lit(self._kind.name).alias("kind"),
            "id",
            pl.lit(violation.rule).alias("rule"),
            pl.lit(violation.column).alias("column"),
            "value",
            pl.lit(violation.reason).alias("reason"),
        )
