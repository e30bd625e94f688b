"""`lumber exports list`: lists the history of exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.matching import (
    DataTypeOption,
    SearchOption,
    SinceOption,
    StatusOption,
    UntilOption,
    WithTagOption,
    filters_of,
    require_known_kind,
)
from lumber.cli.exports.printing import bytes_text, duration_text, print_rows, time_text
from lumber.cli.output import Output
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.history import HistoryQuery, Order, find_exports
from lumber.exports.metadata import ExportMetadata

STYLES = {"completed": "green", "failed": "red", "cancelled": "yellow", "running": "cyan", "pending": "blue"}
_NAMES = ("id", "status", "name", "rows", "size", "made (UTC)", "took", "what")
_RIGHT = ("rows", "size", "took")


def list_exports(
    status: StatusOption = None,
    data_type: DataTypeOption = None,
    search: SearchOption = None,
    tag: WithTagOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, metavar="N", help="Maximum exports to list.")
    ] = 20,
    offset: Annotated[int, typer.Option("--offset", min=0, metavar="N", help="Skip this many exports.")] = 0,
    order: Annotated[
        Order,
        typer.Option(
            "--order",
            metavar="ORDER",
            help=f"Sort order: {', '.join(Order)}. Exports without a value come last.",
        ),
    ] = Order.NEWEST,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """List exports, newest first by default, including those of other users and workers.

    A service lists those that your account may see.

    With --json it prints `{"exports": [...], "total": n}`. The total counts the exports on all pages.

    Examples:
      lumber exports list
      lumber exports list --status failed --since 2026-01-01 --search sshd
      lumber exports list --server https://lumber.example.org
    """
    filters = filters_of(status=status, data_type=data_type, search=search, tag=tag, since=since, until=until)
    query = replace(filters, limit=limit, offset=offset, order=order)
    place = load_place(database_url, server)
    found, total = at(place, lambda runtime: _find(runtime, query), lambda client: client.exports(query))
    out = Output(as_json=as_json)
    out.result({"exports": [export.model_dump(mode="json") for export in found], "total": total})
    if found:
        print_rows(out, _NAMES, [_row(export) for export in found], right=_RIGHT, styles=STYLES)
    rest = "" if len(found) == total else f"; showing {offset + 1:,} to {offset + len(found):,}"
    out.say(f"{total:,} {'export' if total == 1 else 'exports'}{rest if found else ''}.")
    return ExitCode.OK


async def _find(runtime: Runtime, query: HistoryQuery) -> tuple[Sequence[ExportMetadata], int]:
    require_known_kind(query)
    async with open_ledger(runtime) as database:
        return await find_exports(database, query)


def _row(export: ExportMetadata) -> tuple[str, ...]:
    return (
        export.export_id[:8],
        export.status,
        export.name or "-",
        f"{export.record_count:,}",
        bytes_text(export.file_size),
        time_text(export.created_at),
        duration_text(took_seconds(export)),
        " ".join([export.what, *(f"#{tag}" for tag in export.tags)]),
    )


def took_seconds(export: ExportMetadata) -> float | None:
    """Return the seconds from the start of the first attempt to the end; None before the end."""
    if export.started_at is None or export.finished_at is None:
        return None
    return (export.finished_at - export.started_at).total_seconds()
