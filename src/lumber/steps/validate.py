"""DataValidator: judges every row of a batch and reports every rule that it breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from lumber.catalog.kind import NOW, Kind, Level, Rule
from lumber.steps.cast import CastBatch, Violation
from lumber.steps.step import Form, Redact, Renumber, RunningStep, Step, StepContext

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


@dataclass(frozen=True, slots=True)
class Validate(Step):
    """Checks the rows against the kind's rules up to a level, and rejects those that break one."""

    level: Level = Level.BASIC

    name = "validate"
    takes, gives = Form.CAST, Form.ROWS

    def start(self, context: StepContext) -> RunningStep[CastBatch, pl.DataFrame]:
        """Begin a partition."""
        return _Validating(self.level, context)


class _Validating(RunningStep[CastBatch, pl.DataFrame]):
    def __init__(self, level: Level, context: StepContext) -> None:
        self._validator = DataValidator(context.kind, level, context.now, context.redact, context.renumber)
        self._counts = context.counts
        self._on_rejects = context.on_rejects

    def add(self, rows: CastBatch) -> pl.DataFrame:
        verdict = self._validator.check(rows)
        if not verdict.rejected_rows:
            return rows.frame
        self._counts.rejected += verdict.rejected_rows
        self._counts.rules.update(verdict.rows_by_rule)
        self._on_rejects(verdict.rejects)
        return rows.frame.filter(~verdict.rejected)


class DataValidator:
    """Checks the batches of one partition, in order, against a kind's rules up to a level."""

    def __init__(
        self,
        kind: Kind,
        level: Level,
        now: datetime,
        redact: Redact | None = None,
        renumber: Renumber | None = None,
    ) -> None:
        self._kind = kind
        self._redact, self._renumber = redact, renumber
        self._now = now
        rules = [rule for rule in kind.rules if level.includes(rule.level)]
        self._expressions = [rule for rule in rules if rule.expression is not None]
        self._functions = [rule for rule in rules if rule.expression is None]
        self._checks_ids = level.includes(Level.BASIC)
        self._seen: list[pl.Series] = []

    def check(self, batch: CastBatch) -> Verdict:
        """Judge one batch. Every violation of a row is reported, not only the first."""
        violations = list(batch.violations)
        frame = batch.frame.with_columns(pl.lit(self._now).alias(NOW))
        asked = [
            rule for rule in self._expressions if rule.byte is None or batch.holds(rule.column, rule.byte)
        ]
        for rule in [*_broken(frame, asked), *self._functions]:
            rows = rule.violations(frame)
            if rows.any():
                shown = rule.value if rule.value is not None else pl.col(rule.column)
                values = frame.filter(rows).select(shown.cast(pl.String)).to_series()
                violations.append(Violation(rule.id, rule.column, rule.reason, rows, values))
        if self._checks_ids:
            violations.extend(self._repeated_ids(batch.frame[self._kind.id_column]))
        return self._verdict(batch.frame, violations)

    def _repeated_ids(self, ids: pl.Series) -> Sequence[Violation]:
        """Report ids that came before in this partition. Ids that only rise cost one comparison."""
        known = ids.drop_nulls().sort()
        if known.is_empty():
            return ()
        overlapping = [chunk for chunk in self._seen if chunk[0] <= known[-1] and chunk[-1] >= known[0]]
        self._seen.append(known)
        if not overlapping and known.n_unique() == len(known):
            return ()
        repeated = ids.is_not_null() & ~ids.is_first_distinct()
        for chunk in overlapping:
            repeated = repeated | ids.is_in(chunk.implode()).fill_null(False)
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
        counts: Counter[str] = Counter()
        for violation in violations:
            counts[f"{violation.column}.{violation.rule}"] += int(violation.rows.sum())
        # In the order of the rows, so that the size of batches leaves no trace.
        ordered = pl.concat(lines).sort("row", maintain_order=True).drop("row")
        return Verdict(rejected, ordered, counts)

    def _lines(self, frame: pl.DataFrame, violation: Violation) -> pl.DataFrame:
        ids = frame[self._kind.id_column].filter(violation.rows)
        if self._renumber is not None:
            ids = self._renumber(ids)
        if self._redact is None:
            shown = violation.values.str.slice(0, VALUE_LENGTH)
        else:
            shown = self._redact(violation.values, violation.column, frame.filter(violation.rows))
        return pl.DataFrame({"row": violation.rows.arg_true(), "id": ids, "value": shown}).select(
            "row",
            pl.lit(self._kind.name).alias("kind"),
            "id",
            pl.lit(violation.rule).alias("rule"),
            pl.lit(violation.column).alias("column"),
            "value",
            pl.lit(violation.reason).alias("reason"),
        )


def _broken(frame: pl.DataFrame, rules: Sequence[Rule]) -> list[Rule]:
    """Return those of the expression rules that any row breaks: one query for all of them."""
    asked = [
        rule.expression.any().alias(str(index))
        for index, rule in enumerate(rules)
        if rule.expression is not None
    ]
    if not asked:
        return []
    answers = frame.select(asked).row(0)
    return [rule for rule, is_broken in zip(rules, answers, strict=True) if is_broken]
