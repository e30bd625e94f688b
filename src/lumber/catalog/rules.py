"""Rules that several kinds share. A rule gets source rows, whose times are UTC datetimes."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from lumber.catalog.addresses import address_frame
from lumber.catalog.kind import NOW, Level, Rule

FUTURE_TOLERANCE = timedelta(minutes=5)


def expression_rule(
    id_: str,
    column: str,
    level: Level,
    reason: str,
    expression: pl.Expr,
    value: pl.Expr | None = None,
    byte: bytes | None = None,
) -> Rule:
    """Make a rule from a Polars expression that is true if a row breaks it; null counts as false."""

    breaks = expression.fill_null(False)

    def violations(frame: pl.DataFrame) -> pl.Series:
        return frame.select(breaks).to_series()

    return Rule(id_, column, level, reason, violations, value, breaks, byte)


def no_nul(*columns: str) -> tuple[Rule, ...]:
    """Reject the NUL character, at which many readers end a text."""
    return tuple(
        expression_rule(
            "no_nul",
            column,
            Level.BASIC,
            "holds a NUL character",
            pl.col(column).str.contains("\x00", literal=True),
            byte=b"\x00",
        )
        for column in columns
    )


def not_blank(column: str) -> Rule:
    """Reject a required text that is empty."""
    return expression_rule("required", column, Level.BASIC, "is required, but empty", pl.col(column) == "")


def in_range(column: str, low: float, high: float) -> Rule:
    """Reject a number outside [low, high]; null passes."""
    value = pl.col(column)
    reason = f"is outside the range {low:g} to {high:g}"
    return expression_rule("in_range", column, Level.BASIC, reason, (value < low) | (value > high))


def one_of(column: str, allowed: tuple[str, ...], level: Level) -> Rule:
    """Reject a text that is not one of `allowed`; null passes."""
    reason = f"is not one of {', '.join(allowed)}"
    value = pl.col(column)
    return expression_rule("one_of", column, level, reason, value.is_not_null() & ~value.is_in(list(allowed)))


def is_address(column: str, level: Level) -> Rule:
    """Reject a text that is not an IPv4 or IPv6 address; null passes."""

    def violations(frame: pl.DataFrame) -> pl.Series:
        values = frame[column]
        return values.is_not_null() & address_frame(values)["version"].is_null()

    return Rule("is_address", column, level, "is not an IPv4 or IPv6 address", violations)


def not_future(column: str) -> Rule:
    """Reject a time more than five minutes after the export was created."""
    reason = "is more than five minutes in the future"
    return expression_rule(
        "not_future", column, Level.STRICT, reason, pl.col(column) > pl.col(NOW) + FUTURE_TOLERANCE
    )


def ordered(first: str, last: str) -> Rule:
    """Reject a row whose `first` time is after its `last`."""
    reason = f"is after {last}"
    return expression_rule("ordered_times", first, Level.STRICT, reason, pl.col(first) > pl.col(last))


def refers(column: str, exists: str) -> Rule:
    """Reject a reference to a missing row; `exists` is the column that says so, null passes."""
    reason = "points to a log entry that does not exist"
    return expression_rule(
        "log_entry_exists", column, Level.STRICT, reason, pl.col(column).is_not_null() & ~pl.col(exists)
    )
