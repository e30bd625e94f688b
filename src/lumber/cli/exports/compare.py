"""`lumber exports compare`: what two completed exports differ in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.audit.actor import local_actor
from lumber.cli.audited import record_before
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.exports.printing import bytes_text, print_rows
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.audited import compared_lines
from lumber.exports.comparing.report import ComparedExport, Differences, KindComparison, RowReport
from lumber.exports.ledger import ExportStatusManager
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client

# Columns of which the drift is shown.
_SHOWN = 10


def compare(
    export_id: IdArgument,
    other_id: Annotated[str, typer.Argument(metavar="OTHER", help="The export to compare with.")],
    has_rows: Annotated[
        bool, typer.Option("--rows", help="Match the rows by their ids, too, and count those that differ.")
    ] = False,
    examples: Annotated[
        int,
        typer.Option("--examples", min=0, max=20, metavar="N", help="Maximum rows to show of each change."),
    ] = 0,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show what two completed exports differ in: counts, splits, times, columns, config and values.

    The first export is A, the other one B. Drift is how far the values of a column moved, from 0 (the same)
    to 1. Reading ends after LUMBER_PREVIEW_SECONDS; `lumber diff` compares folders without a limit.

    Exit codes: 0 compared, 1 failed, 4 no such export.

    Examples:
      lumber exports compare 3f2a 77c0
      lumber exports compare 3f2a 77c0 --rows --examples 3
    """
    # Who wants examples wants rows.
    number = examples if has_rows or examples else None
    found = at(
        load_place(database_url, server),
        lambda runtime: _compare(runtime, export_id, other_id, number),
        lambda client: _ask(client, export_id, other_id, number),
    )
    out = Output(as_json=as_json)
    out.result(found.model_dump(mode="json"))
    _show(out, found)
    return ExitCode.OK


async def _compare(runtime: Runtime, text: str, other: str, examples: int | None) -> Differences:
    from lumber.exports.comparing.comparisons import Comparisons  # loads Polars and pyarrow

    async with open_ledger(runtime) as database:
        a, b = [(await find_export(database, each)).export_id for each in (text, other)]
        comparisons = Comparisons(runtime.settings, ExportStatusManager(database))
        try:
            found = await comparisons.differences(a, b, examples)
        finally:
            comparisons.close()
        shown = 0 if found.rows is None else len(found.rows.examples)
        # What can't be recorded isn't shown.
        for line in compared_lines(local_actor(), a, b, None if found.rows is None else shown):
            await record_before(database, line)
        return found


def _ask(client: Client, text: str, other: str, examples: int | None) -> Differences:
    a, b = (find_there(client, each).export_id for each in (text, other))
    return client.compare(a, b, examples=examples)


def _show(out: Output, found: Differences) -> None:
    documents = found.documents
    for letter, side in (("A", documents.a), ("B", documents.b)):
        out.say(printable(f"{letter}: {_side(side)}"))
    for kind in documents.kinds:
        _show_kind(out, kind)
    for change in documents.config:
        out.say(printable(f"config: {change.field} is {_value(change.a)} in A and {_value(change.b)} in B."))
    moved = [each for each in found.drift.columns if each.distance]
    if moved:
        lines = [(each.kind, each.column, f"{each.distance:.2f}") for each in moved[:_SHOWN]]
        print_rows(out, ("data type", "column", "drift"), lines, right=("drift",))
        if len(moved) > _SHOWN:
            out.say(f"{counted(len(moved) - _SHOWN, 'column')} more moved less.")
    elif found.drift.is_complete:
        out.say("The values of no column moved.")
    if found.rows is not None:
        _show_rows(out, found.rows)
    notes = [*documents.notes, *found.drift.notes, *(() if found.rows is None else found.rows.notes)]
    for note in dict.fromkeys(notes):
        out.note(f"[yellow]note:[/] {printable(note)}")


def _show_kind(out: Output, kind: KindComparison) -> None:
    splits = [(f"split {each.what}", each.a, each.b) for each in kind.splits]
    counts = [*((each.what, each.a, each.b) for each in kind.counts), *splits]
    lines = [(kind.kind, what, _number(a), _number(b)) for what, a, b in counts]
    lines += [(kind.kind, f"{each.what} time", each.a or "-", each.b or "-") for each in kind.times]
    print_rows(out, ("data type", "what", "A", "B"), lines, right=("A", "B"))
    for column in kind.columns:
        of_a, of_b = (each or "missing" for each in (column.a, column.b))
        out.say(printable(f"{kind.kind}: the column {column.name} is {of_a} in A and {of_b} in B."))


def _show_rows(out: Output, report: RowReport) -> None:
    changes = ("added", "removed", "changed", "moved")
    lines = [(kind.kind, *(_number(getattr(kind, change)) for change in changes)) for kind in report.kinds]
    if lines:
        print_rows(out, ("data type", *changes), lines, right=changes)
    for row in report.examples:
        values = "".join(f"\n    {each.column}: {each.a} -> {each.b}" for each in row.columns)
        out.say(printable(f"{row.kind} {row.id}: {' and '.join(row.changes)}{values}"))
    if report.is_same:
        out.say("No row differs.")


def _side(side: ComparedExport) -> str:
    size = f"{counted(side.rows, 'row')}, {bytes_text(side.bytes)}"
    return f"{side.name or side.export_id} ({side.what}; {size})"


def _number(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _value(value: object) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)
