"""`lumber exports list`: the history."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from lumber.catalog.registry import get_kind
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.rows import print_rows
from lumber.cli.output import Output
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.cli.units import bytes_text, duration_text, time_text
from lumber.exports.history import HistoryQuery, Order, find_exports
from lumber.exports.ledger import Status
from lumber.exports.metadata import ExportMetadata

STYLES = {"completed": "green", "failed": "red", "cancelled": "yellow", "running": "cyan", "pending": "blue"}
_NAMES = ("id", "status", "kinds", "format", "rows", "size", "made (UTC)", "took")
_RIGHT = ("rows", "size", "took")


def list_exports(
    status: Annotated[
        list[Status] | None,
        typer.Option("--status", help="Only exports of this status. Repeatable.", show_default=False),
    ] = None,
    data_type: Annotated[
        str | None, typer.Option("--data-type", metavar="KIND", help="Only exports of this kind of records.")
    ] = None,
    search: Annotated[
        str | None,
        typer.Option("--search", metavar="TEXT", help="Text in the id, the folder, the error or the config."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Made at or after 2026-01-31 or 2026-01-31T12:00:00Z; UTC if unsaid.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Most exports to list.")] = 20,
    offset: Annotated[int, typer.Option("--offset", min=0, help="Exports to pass over, the first ones.")] = 0,
    order: Annotated[
        Order, typer.Option("--order", help="What comes first; exports without such a value come last.")
    ] = Order.NEWEST,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """List exports, newest first or in another order, whoever made and whoever ran them.

    With `--json`: `{"exports": [...], "total": n}`, where total counts those on all pages.

    Example: `lumber exports list --status failed --since 2026-01-01 --search sshd`
    """
    query = HistoryQuery(
        statuses=[each.value for each in status or ()],
        kind=None if data_type is None else get_kind(data_type).name,
        text=search,
        created_from=_moment(since),
        limit=limit,
        offset=offset,
        order=order,
    )
    found, total = asyncio.run(_find(load_runtime(database_url), query))
    out = Output(as_json=as_json)
    out.result({"exports": [export.model_dump(mode="json") for export in found], "total": total})
    if found:
        print_rows(out, _NAMES, [_row(export) for export in found], right=_RIGHT, styles=STYLES)
    rest = "" if len(found) == total else f"; those from {offset + 1:,} on are shown"
    out.say(f"{total:,} {'export' if total == 1 else 'exports'}{rest if found else ''}.")
    return ExitCode.OK


async def _find(runtime: Runtime, query: HistoryQuery) -> tuple[Sequence[ExportMetadata], int]:
    async with open_ledger(runtime) as database:
        return await find_exports(database, query)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no time: write 2026-01-31 or 2026-01-31T12:00:00Z.", param_hint="--since"
        ) from None


def _row(export: ExportMetadata) -> tuple[str, ...]:
    return (
        export.export_id[:8],
        export.status,
        ",".join(map(str, export.export_config.get("data_types", ()))),
        str(export.export_config.get("output_format", "")),
        f"{export.record_count:,}",
        bytes_text(export.file_size),
        time_text(export.created_at),
        duration_text(took_seconds(export)),
    )


def took_seconds(export: ExportMetadata) -> float | None:
    """Return the seconds from its first attempt's beginning to its end; None before the end."""
    if export.started_at is None or export.finished_at is None:
        return None
    return (export.finished_at - export.started_at).total_seconds()
