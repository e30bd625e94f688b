"""How many rows of a mapped table an export would reject, from some of them, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import Kind, Level, Storage
from lumber.steps.cast import cast_batch
from lumber.steps.validate import DataValidator
from lumber.store.models.base import utc_now

# Rows that a check reads.
MOST_ROWS = 1_000
_ARROW: dict[Storage, pa.DataType] = {
    Storage.INTEGER: pa.int64(),
    Storage.BOOLEAN: pa.int64(),
    Storage.TIME: pa.int64(),
    Storage.REAL: pa.float64(),
    Storage.TEXT: pa.binary(),
    Storage.JSON: pa.binary(),
}


@dataclass(frozen=True, slots=True)
class Rejecting:
    """What validation says about some rows. `reasons` has an example of each rule that a row breaks.

    `rejected` are the rows that a basic validation rejects, `strictly` those of a strict one.
    """

    rows: int
    rejected: int
    strictly: int
    rules: dict[str, int]
    reasons: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "rows": self.rows,
            "rejected": self.rejected,
            "rejected_strictly": self.strictly,
            "by_rule": self.rules,
            "examples": self.reasons,
        }


def rejecting(kind: Kind, rows: Sequence[tuple[Any, ...]]) -> Rejecting:
    """Validate rows of `sample_statement`: the kind's columns in order, then its references."""
    cast = cast_batch(batch_of(kind, rows), kind)
    now = utc_now()
    basic = DataValidator(kind, Level.BASIC, now).check(cast)
    strict = DataValidator(kind, Level.STRICT, now).check(cast)
    reasons: dict[str, str] = {}
    for line in strict.rejects.iter_rows(named=True):
        shown = "" if line["value"] is None else f"{line['value'][:60]!r} "
        reasons.setdefault(
            f"{line['column']}.{line['rule']}", f"row {line['id']}: {line['column']} {shown}{line['reason']}"
        )
    rules = dict(sorted(strict.rows_by_rule.items()))
    return Rejecting(len(rows), basic.rejected_rows, strict.rejected_rows, rules, reasons)


def batch_of(kind: Kind, rows: Sequence[tuple[Any, ...]]) -> pa.RecordBatch:
    """Return such rows as a batch, as an export reads it."""
    names = {column.name: _ARROW[column.storage] for column in kind.columns}
    names |= {reference.name: pa.int64() for reference in kind.references}
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = {}
    for (name, type_), values in zip(names.items(), columns, strict=True):
        array: pa.Array[Any] = pa.array(list(values), type_)
        arrays[name] = array.view(pa.string()) if pa.types.is_binary(array.type) else array
    return pa.RecordBatch.from_pydict(arrays)
