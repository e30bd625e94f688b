"""How far the values of each column moved between two datasets, from sketches of their rows.

Versions of datasets may have their sketches. Others are sketched now, batch by batch, so memory is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from lumber.dataset.diff.columns import compared_columns
from lumber.dataset.diff.opened import Opened
from lumber.dataset.sketches.columns import ColumnSketcher, is_sketched
from lumber.dataset.sketches.distance import column_distance, shares
from lumber.dataset.sketches.document import ColumnSketch, KindSketch, read_sketches
from lumber.errors import DatasetDamaged
from lumber.exports.comparing.deadline import OutOfTime
from lumber.exports.comparing.report import ColumnDrift, CountPair, DriftReport, SharePair
from lumber.files.expansion import ReadLimits

_DIGITS = 6
_LONGEST = 200
_MEDIAN = "q50"


def compare_drift(a: Path, b: Path, limits: ReadLimits, on_batch: Callable[[], None]) -> DriftReport:
    """Compare the columns that both datasets have. `on_batch` is called often, and may raise OutOfTime.

    Raises DatasetMissing or DatasetDamaged.
    """
    sides = Opened(a, limits), Opened(b, limits)
    known = _kept(a), _kept(b)
    found: list[ColumnDrift] = []
    notes: list[str] = []
    is_complete = True
    for kind in sides[0].manifest.kinds:
        if kind not in sides[1].manifest.kinds:
            continue
        columns = _columns(kind, sides)
        try:
            sketches = [
                kept[kind] if _has(kept, kind, columns) else _sketch(side, kind, columns, on_batch)
                for side, kept in zip(sides, known, strict=True)
            ]
        except OutOfTime as error:
            notes.append(f"{kind}: {error}")
            is_complete = False
            continue
        empty = [letter for letter, each in zip("AB", sketches, strict=True) if not each.rows]
        if empty:
            notes.append(f"{kind} has no rows in {' and '.join(empty)}.")
            continue
        found += [_drift(kind, name, *sketches) for name in columns]
    order = sorted(found, key=lambda each: -(each.distance if each.distance is not None else -1.0))
    return DriftReport(columns=order, is_complete=is_complete, notes=notes)


def _kept(folder: Path) -> Mapping[str, KindSketch]:
    """Return the sketches that a version of a dataset has of all its rows."""
    try:
        found = read_sketches(folder)
    except DatasetDamaged:
        return {}
    return {} if found is None else found.kinds


def _has(kept: Mapping[str, KindSketch], kind: str, columns: Mapping[str, str]) -> bool:
    sketch = kept.get(kind)
    return sketch is not None and all(
        name in sketch.columns and sketch.columns[name].type == type_ for name, type_ in columns.items()
    )


def _columns(kind: str, sides: tuple[Opened, Opened]) -> dict[str, str]:
    """Return the types of the columns that both have and that can be sketched."""
    fields = sides[0].fields(kind), sides[1].fields(kind)
    same = set(compared_columns(*fields, "id"))
    return {
        field.name: field.type
        for field in fields[0]
        if field.name in same and not field.is_json and is_sketched(field.name, field.type)
    }


def _sketch(side: Opened, kind: str, columns: Mapping[str, str], on_batch: Callable[[], None]) -> KindSketch:
    sketchers = {name: ColumnSketcher(name, type_) for name, type_ in columns.items()}
    rows = 0
    for shard in side.shards(kind):
        for batch in side.batches(shard, list(columns)):
            on_batch()
            rows += batch.num_rows
            for name, sketcher in sketchers.items():
                sketcher.add(batch.column(name))
    return KindSketch(rows=rows, columns={name: each.finish() for name, each in sketchers.items()})


def _drift(kind: str, name: str, a: KindSketch, b: KindSketch) -> ColumnDrift:
    of_a, of_b = a.columns[name], b.columns[name]
    distance = column_distance(of_a, a.rows, of_b, b.rows)
    return ColumnDrift(
        kind=kind,
        column=name,
        type=of_a.type,
        distance=None if distance is None else round(distance.value, _DIGITS),
        measure=None if distance is None else distance.measure,
        nulls=SharePair(value=name, a=_null_share(of_a, a.rows), b=_null_share(of_b, b.rows)),
        distinct=CountPair(what=name, a=_distinct(of_a), b=_distinct(of_b)),
        most=_most(of_a, of_b),
        median_a=_median(of_a),
        median_b=_median(of_b),
    )


def _null_share(column: ColumnSketch, rows: int) -> float | None:
    return round(column.nulls / rows, _DIGITS) if rows else None


def _distinct(column: ColumnSketch) -> int | None:
    return None if column.distinct is None else column.distinct.estimate


def _median(column: ColumnSketch) -> float | None:
    return None if column.quantiles is None else column.quantiles.at.get(_MEDIAN)


def _most(a: ColumnSketch, b: ColumnSketch) -> SharePair | None:
    """Return the frequent value whose share among the values changed most."""
    of_a, of_b = shares(a), shares(b)
    changes = {value: (of_a.get(value, 0.0), of_b.get(value, 0.0)) for value in dict.fromkeys((*of_a, *of_b))}
    if not changes:
        return None
    value, (before, after) = max(changes.items(), key=lambda item: abs(item[1][0] - item[1][1]))
    if before == after:
        return None
    return SharePair(value=value[:_LONGEST], a=round(before, _DIGITS), b=round(after, _DIGITS))
