"""`lumber explain`: says what became of a row in an export."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.audit.actor import local_actor
from lumber.cli.audited import record_before
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.audited import viewed_line
from lumber.exports.ledger import ExportStatusManager

if TYPE_CHECKING:
    from lumber.exports.explaining.explanation import Explanation


def explain(
    export_id: IdArgument,
    row: Annotated[
        int,
        typer.Argument(metavar="ROW", help="Id of the row in the database.", min=-(2**63), max=2**63 - 1),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--data-type",
            "-d",
            metavar="TYPE",
            help="Data type of the row. [default: the first of the export]",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Say what became of a row in a completed export.

    It names split, file and place of a written row. Of others it says why: rejected by which rule, a
    duplicate of which row, outside of range, filters or sample, in the embargo of a split, or added later.

    Exit codes: 0 explained, 1 failed, 3 no such row or data type, 4 no such export.

    Examples:
      lumber explain 3f2a 4711
      lumber explain 3f2a 12 --data-type anomalies --json
    """
    found = at(
        load_place(database_url, server),
        lambda runtime: _read(runtime, export_id, row, kind),
        lambda client: client.explain(find_there(client, export_id).export_id, row, kind),
    )
    out = Output(as_json=as_json)
    out.result(found.model_dump(mode="json"))
    out.say(f"[bold]{printable(found.kind)} {found.row}[/]: {printable(found.text)}")
    for rule in found.rules:
        if rule.value is not None:
            out.say(f"  {printable(rule.column)}.{printable(rule.rule)}: {printable(repr(rule.value))}")
    return ExitCode.OK


async def _read(runtime: Runtime, text: str, row: int, kind: str | None) -> Explanation:
    # They load Polars and pyarrow.
    from lumber.exports.explaining.in_database import PastExport, find_in_database
    from lumber.exports.explaining.in_dataset import find_in_dataset
    from lumber.exports.viewing import find_viewed

    async with open_ledger(runtime) as database:
        export_id = (await find_export(database, text)).export_id
        ledger = ExportStatusManager(database)
        viewed = await find_viewed(ledger, export_id)
        name = viewed.kind(kind)
        limits = runtime.settings.read_limits
        found = find_in_dataset(viewed, name, row, 0, limits=limits, seconds=math.inf)
        if found is None:
            past = await PastExport.of(ledger, export_id)
            past.require_ids()
            found = await find_in_database(past, name, row, database)
        await record_before(database, viewed_line(local_actor(), export_id, name))
        return found
