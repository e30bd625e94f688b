"""`lumber loads list`: lists what was loaded."""

from __future__ import annotations

from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.loads.printing import as_json as load_json
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.ingest.loads import Load, LoadPage, list_loads
from lumber.text import counted

_NAMES = ("source id", "kind", "lines", "loaded", "rejected", "begun (UTC)", "name")
_RIGHT = ("lines", "loaded", "rejected")


def list_all(
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, metavar="N", help="Maximum loads to list.")
    ] = 20,
    after: Annotated[
        str | None,
        typer.Option(
            "--after",
            metavar="ID",
            help="Continue behind the load with this source id: the last one of the page before.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """List what was loaded, newest first.

    With --json it prints `{"loads": [...], "total": n, "next_after": ID}`. The total counts the loads on all
    pages, and `next_after` is null on the last page.

    Examples:
      lumber loads list
      lumber loads list --limit 100 --after logs-5c1f0f2f7a90 --json
    """
    place = load_place(database_url, server)
    page = at(place, lambda runtime: _find(runtime, limit, after), lambda client: client.loads(limit, after))
    out = Output(as_json=as_json)
    out.result(
        {"loads": [load_json(load) for load in page.loads], "total": page.total}
        | {"next_after": page.next_after}
    )
    if page.loads:
        print_rows(out, _NAMES, [_row(load) for load in page.loads], right=_RIGHT)
    out.say(f"{counted(page.total, 'load')}.")
    if page.next_after is not None:
        out.say(f"Next page: lumber loads list --after {printable(page.next_after)}")
    return ExitCode.OK


async def _find(runtime: Runtime, limit: int, after: str | None) -> LoadPage:
    async with open_ledger(runtime) as database:
        return await list_loads(database, limit, after)


def _row(load: Load) -> tuple[str, ...]:
    source = load.source
    counts = (f"{source.lines:,}", f"{source.loaded:,}", f"{source.rejected:,}")
    name = source.name if source.is_complete else f"{source.name} (incomplete)"
    return (source.source_id, source.kind, *counts, time_text(source.created_at), name)
