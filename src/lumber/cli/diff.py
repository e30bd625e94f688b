"""`lumber diff`: the difference between two datasets."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from lumber.cli.exit_codes import ExitCode, exit_code_for
from lumber.cli.output import Output, printable
from lumber.cli.progress import row_progress
from lumber.cli.runtime import JsonOption
from lumber.dataset.diff import Change, Difference, RowChange, diff_datasets
from lumber.dataset.diff.compare import Changes
from lumber.dataset.diff.listing import ChangeList
from lumber.errors import LumberError
from lumber.exports.places import dataset_at
from lumber.paths import require_local
from lumber.settings import load_settings
from lumber.text import counted

# Like diff(1): 1 only means a difference.
_TROUBLE = 2
_VALUE_LENGTH = 60

AArgument = Annotated[
    str,
    typer.Argument(
        metavar="A",
        help="A dataset: the folder with manifest.json, a version such as plant@v3, or one in a destination: "
        "NAME:DATASET@v3, NAME:EXPORT_ID, s3://BUCKET/PREFIX/DATASET@latest.",
    ),
]
BArgument = Annotated[str, typer.Argument(metavar="B", help="The dataset to compare with A.")]
LimitOption = Annotated[
    int, typer.Option("--limit", min=0, metavar="N", help="Maximum examples to show of each change.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Write all rows that differ to this JSON Lines file."),
]


def diff(
    a: AArgument,
    b: BArgument,
    limit: LimitOption = 5,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two datasets: rows added, removed, changed or moved.

    Rows with the same id are compared, whatever the file formats. A row changed if a column that both
    datasets have differs. It moved if its split differs. Columns and configs are compared too. Settings
    such as another format make no difference. Only names of datasets and
    destinations need the database.

    Exit codes: 0 no difference, 1 a difference, 2 an error, 4 there is no dataset.

    Examples:
      lumber diff ./monday ./tuesday
      lumber diff ./as-parquet ./as-jsonl --limit 0 && echo the same rows
      lumber diff ./monday ./tuesday --output rows.jsonl --json
      lumber diff lake:plant@v2 lake:plant@v3
    """
    out = Output(as_json=as_json)
    try:
        require_local("--output", output)
        settings = load_settings()
        of_a, of_b = (dataset_at(each, settings) for each in (a, b))
        with ExitStack() as stack:
            progress = stack.enter_context(row_progress(out.errors, is_quiet=as_json))
            changes = None if output is None else stack.enter_context(ChangeList(output))
            found = diff_datasets(
                of_a,
                of_b,
                limit=limit,
                on_progress=lambda done, total, path: progress.update(done, total, printable(path)),
                on_changes=_nobody if changes is None else changes.add,
                limits=settings.read_limits,
            )
    except LumberError as error:
        out.error(error)
        code = exit_code_for(error)
        raise typer.Exit(_TROUBLE if code == ExitCode.FAILURE else code) from None
    out.result(found.as_json())
    _say(out, found)
    if not found.is_same:
        raise typer.Exit(ExitCode.FAILURE)


def _nobody(kind: str, changes: Changes, splits: list[str]) -> None:
    """Ignore rows: nobody asked for a list."""


def _say(output: Output, found: Difference) -> None:
    for note in found.notes:
        output.note(f"[yellow]note:[/] {printable(note)}")
    if found.is_same:
        rows = ", ".join(f"{counted(kind.rows_a, 'row')} of {name}" for name, kind in found.kinds.items())
        output.say(f"[green]same:[/] both datasets contain {printable(rows or 'no rows')}.")
    else:
        output.table(_table(found))
    for sentence in _sentences(found):
        output.say(printable(sentence))
    for kind in found.kinds.values():
        for example in kind.examples:
            output.say(_example(example))


def _table(found: Difference) -> Table:
    table = Table("kind", "rows of A", "rows of B", *(change.value for change in Change), box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, kind in found.kinds.items():
        counts = ["?" if kind.counts is None else f"{kind.counts[change]:,}" for change in Change]
        table.add_row(printable(name), f"{kind.rows_a:,}", f"{kind.rows_b:,}", *counts)
    return table


def _sentences(found: Difference) -> list[str]:
    """Return the differences that aren't rows: data types, columns and configs."""
    lines = [f"{name} is only in B." for name in found.kinds_added]
    lines += [f"{name} is only in A." for name in found.kinds_removed]
    for name, kind in found.kinds.items():
        columns = kind.columns
        lines += [f"{name}: only B has the column {column}." for column in columns.added]
        lines += [f"{name}: only A has the column {column}." for column in columns.removed]
        lines += [
            f"{name}: the column {column} is {of_a} in A and {of_b} in B."
            for column, (of_a, of_b) in columns.retyped.items()
        ]
    config = found.config.items()
    return [*lines, *(f"config: {name} is {_shown(a)} in A and {_shown(b)} in B." for name, (a, b) in config)]


def _example(row: RowChange) -> str:
    what = " and ".join(row.changes)
    moved = f" from {row.split_a} to {row.split_b}" if Change.MOVED in row.changes else ""
    text = f"{row.kind} {row.id}: {what}{moved}"
    values = [f"{name}: {_shown(a)} -> {_shown(b)}" for name, (a, b) in (row.columns or {}).items()]
    return printable("\n    ".join([text, *values]))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _VALUE_LENGTH else text[: _VALUE_LENGTH - 1] + "…"
