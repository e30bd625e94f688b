"""Compares two datasets: their configs, their records, and their rows by id."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from lumber.catalog.registry import all_kinds
from lumber.dataset.diff.columns import columns_difference, compared_columns
from lumber.dataset.diff.compare import Changes
from lumber.dataset.diff.difference import Change, ColumnsDifference, Difference, KindDifference
from lumber.dataset.diff.keys import MOST_IN_MEMORY
from lumber.dataset.diff.opened import Opened
from lumber.dataset.diff.rows import RowComparison, Told
from lumber.dataset.diff.settings import comparison_notes, config_difference
from lumber.dataset.files import DatasetFiles
from lumber.dataset.layout import output_errors
from lumber.files.expansion import DEFAULT_LIMITS, ReadLimits

# Called with the rows done, the rows of both datasets, and the path of the current file.
OnProgress = Callable[[int, int, str], None]
# Called with the kind, the rows that differ by ascending id, and the names of the splits.
OnChanges = Callable[[str, Changes, list[str]], None]


def diff_datasets(
    a: Path | DatasetFiles,
    b: Path | DatasetFiles,
    *,
    limit: int = 10,
    on_progress: OnProgress = lambda _done, _total, _path: None,
    on_changes: OnChanges = lambda _kind, _changes, _splits: None,
    most_in_memory: int = MOST_IN_MEMORY,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> Difference:
    """Compare two datasets; `limit` is the number of examples of each change of a kind.

    Rows are matched by id, whatever the formats. A row changed if columns that both records have differ.
    Memory is bounded: beyond `most_in_memory` rows, 17 bytes of each go to a temporary file. Raises
    DatasetMissing, DatasetDamaged, or an OutputError if the disk is full.
    """
    sides = Opened(a, limits), Opened(b, limits)
    total = sum(each.rows(kind) for each in sides for kind in each.manifest.kinds)
    done = 0

    def on_rows(rows: int, path: str) -> None:
        nonlocal done
        done += rows
        on_progress(done, total, path)

    kinds_a, kinds_b = (each.manifest.kinds for each in sides)
    found = Difference(
        a=sides[0].files.name,
        b=sides[1].files.name,
        kinds_added=tuple(name for name in kinds_b if name not in kinds_a),
        kinds_removed=tuple(name for name in kinds_a if name not in kinds_b),
        config=config_difference(sides[0].manifest.config, sides[1].manifest.config),
        notes=comparison_notes(*sides),
    )
    with output_errors(Path(tempfile.gettempdir())):
        for name in dict.fromkeys((*kinds_a, *kinds_b)):
            found.kinds[name] = _kind(
                name, sides, found.notes, limit, most_in_memory, Told(on_rows, on_changes)
            )
    return found


def _kind(
    name: str,
    sides: tuple[Opened, Opened],
    notes: list[str],
    limit: int,
    most_in_memory: int,
    told: Told,
) -> KindDifference:
    fields = sides[0].fields(name), sides[1].fields(name)
    is_in_both = all(fields)
    rows = sides[0].rows(name), sides[1].rows(name)
    differing = columns_difference(*fields) if is_in_both else ColumnsDifference()
    known = all_kinds().get(name)
    id_ = known.id_column if known else "id"
    if not all(any(field.name == id_ and field.type == "int64" for field in each) for each in fields if each):
        notes.append(f"{name}: without {id_} in both datasets, rows cannot be compared one by one.")
        return KindDifference(rows, columns=differing)
    if differing.retyped:
        notes.append(f"{name}: columns of another type were not compared row by row.")
    columns = compared_columns(*fields, id_) if is_in_both else []
    json_columns = [field.name for field in fields[0] if field.is_json and field.name in columns]
    comparison = RowComparison(name, sides, id_, columns, json_columns)
    counts, examples = comparison.run(limit, most_in_memory, told)
    return KindDifference(
        rows,
        added=counts[Change.ADDED],
        removed=counts[Change.REMOVED],
        changed=counts[Change.CHANGED],
        moved=counts[Change.MOVED],
        columns=differing,
        examples=examples,
    )
