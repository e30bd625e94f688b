"""`lumber audit outgoing`: lists what left."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from lumber.audit.outgoing import OutgoingPage, find_outgoing
from lumber.audit.reading import AuditQuery
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import bytes_text, print_rows
from lumber.cli.moments import moment_of
from lumber.cli.output import Output
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.text import counted

_NAMES = ("line", "at (UTC)", "actor", "from", "target", "file", "sent", "kinds", "private", "complete")


def outgoing(
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="NAME", help="Only what this user or key got.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="ID", help="Only this export: its id or the beginning of it."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only from this time on: 2026-01-31.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Only up to this time. A date includes the whole day."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, metavar="N", help="Maximum lines to list.")
    ] = 20,
    before: Annotated[
        int | None,
        typer.Option(
            "--before", min=1, metavar="LINE", help="Only older lines than this one: the next page."
        ),
    ] = None,
    database_url: DatabaseUrlOption = None,
    as_json: JsonOption = False,
) -> int:
    """List downloads, and datasets that commands wrote, newest first: who got what.

    With --json it prints `{"outgoing": [...], "next_before": LINE}`, with the data types, columns, filters
    and privacy of each export. `is_complete` is null if a download has not ended, or its service was killed.

    Examples:
      lumber audit outgoing --since 2026-11-01
      lumber audit outgoing --actor anna --json
    """
    query = AuditQuery(
        actor=actor,
        target=target,
        since=moment_of(since, "--since"),
        until=moment_of(until, "--until", is_end=True),
        before=before,
        limit=limit,
    )
    page = asyncio.run(_find(load_runtime(database_url), query))
    found = [item.as_json() for item in page.items]
    out = Output(as_json=as_json)
    out.result({"outgoing": found, "next_before": page.next_before})
    if found:
        print_rows(out, _NAMES, [_row(item) for item in found], right=("line", "sent"))
    out.say(f"{counted(len(found), 'line')}.")
    if page.next_before is not None:
        out.say(f"Next page: add --before {page.next_before}")
    return ExitCode.OK


async def _find(runtime: Runtime, query: AuditQuery) -> OutgoingPage:
    async with open_ledger(runtime) as database:
        return await find_outgoing(database, query)


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    actor = item["actor_name"] if item["key_id"] is None else f"{item['actor_name']} ({item['key_id']})"
    sent = item["bytes_sent"]
    return (
        str(item["seq"]),
        item["at"][:19].replace("T", " "),
        actor,
        item["address"] or item["actor_kind"],
        f"{item['target_kind']}:{str(item['target_id'])[:8]}",
        item["file"] or "-",
        "-" if sent is None else bytes_text(sent),
        ",".join(item["kinds"] or ()) or "-",
        _word(item["is_private"]),
        _word(item["is_complete"]),
    )


def _word(value: bool | None) -> str:
    return "-" if value is None else "yes" if value else "no"
