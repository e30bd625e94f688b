"""Check `partition_by`: folders for the periods of the rows."""

from __future__ import annotations

from collections.abc import Sequence

from lumber.catalog.kind import Kind
from lumber.errors import FieldProblem
from lumber.exports.options.order import OrderOptions
from lumber.formats.periods import Period


def partition_problems(
    period: Period | None, order: OrderOptions, kinds: Sequence[Kind]
) -> list[FieldProblem]:
    """Return what keeps rows from folders for their periods. `kinds` have all columns of their records."""
    if period is None:
        return []
    found = []
    if order.rule() is not None:
        message = "can't be used with order shuffle: folders for periods follow the order of time"
        found.append(FieldProblem("partition_by", period, message))
    for kind in kinds:
        if period in kind.schema.names:
            message = (
                f"can't be used with {kind.name}: it has a column of this name, which readers would confuse"
            )
            found.append(FieldProblem("partition_by", period, message))
    return found
