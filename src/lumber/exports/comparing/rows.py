"""The rows that differ between two datasets, with examples, within a deadline."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lumber.dataset.diff import Difference, RowChange, diff_datasets
from lumber.exports.comparing.deadline import OutOfTime
from lumber.exports.comparing.report import ChangedRow, KindRows, RowReport, ValueChange
from lumber.files.expansion import ReadLimits

# Beyond them, 17 bytes of each row go to a temporary file: a comparison takes less than 40 MB for them.
_ROWS_IN_MEMORY = 1_000_000
_LONGEST = 200


def compare_rows(
    a: Path, b: Path, examples: int, limits: ReadLimits, on_batch: Callable[[], None]
) -> RowReport:
    """Compare rows by their ids; `examples` is the number of examples of each change of a data type.

    `on_batch` is called often, and may raise OutOfTime. Raises DatasetMissing, DatasetDamaged or OutputError.
    """
    try:
        found = diff_datasets(
            a,
            b,
            limit=examples,
            on_progress=lambda _done, _total, _path: on_batch(),
            most_in_memory=_ROWS_IN_MEMORY,
            limits=limits,
        )
    except OutOfTime as error:
        return RowReport(is_same=None, kinds=[], examples=[], is_complete=False, notes=[str(error)])
    return RowReport(
        is_same=found.is_same,
        kinds=_kinds(found),
        examples=[_row(row) for kind in found.kinds.values() for row in kind.examples],
        is_complete=True,
        notes=found.notes,
    )


def _kinds(found: Difference) -> list[KindRows]:
    return [
        KindRows(
            kind=name,
            rows_a=kind.rows_a,
            rows_b=kind.rows_b,
            added=kind.added,
            removed=kind.removed,
            changed=kind.changed,
            moved=kind.moved,
        )
        for name, kind in found.kinds.items()
    ]


def _row(row: RowChange) -> ChangedRow:
    return ChangedRow(
        kind=row.kind,
        id=row.id,
        changes=[change.value for change in row.changes],
        split_a=row.split_a,
        split_b=row.split_b,
        columns=[
            ValueChange(column=name, a=_value(a), b=_value(b)) for name, (a, b) in (row.columns or {}).items()
        ],
    )


def _value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
