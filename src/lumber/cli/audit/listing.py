"""`lumber audit list`: lists lines of the audit trail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from lumber.audit.actions import Action
from lumber.audit.line import Line, Result
from lumber.audit.reading import AuditPage, AuditQuery, find_lines
from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows
from lumber.cli.moments import moment_of
from lumber.cli.output import Output
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.text import counted

_NAMES = ("line", "at (UTC)", "actor", "from", "action", "target", "result", "details")
_STYLES = {"ok": "green", "refused": "yellow", "failed": "red"}
# In the table only: --json has all.
_LONGEST_VALUE = 60


def list_lines(
    actor: Annotated[
        str | None,
        typer.Option(
            "--actor", metavar="NAME", help="Only what this user, key or worker did: a name or an id."
        ),
    ] = None,
    action: Annotated[
        list[Action] | None,
        typer.Option(
            "--action",
            metavar="ACTION",
            help="Only this action, such as download or export_created. Repeat for several.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="ID",
            help="Only lines about this: an id or its beginning, also with its kind, such as export:3f2a.",
        ),
    ] = None,
    result: Annotated[
        Result | None,
        typer.Option(
            "--result", metavar="RESULT", help="Only lines with this result: ok, refused or failed."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Only lines from this time on: 2026-01-31."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="TIME", help="Only lines up to this time. A date includes the whole day."
        ),
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
    """List lines of the audit trail, newest first.

    With --json it prints `{"lines": [...], "next_before": LINE}`. `next_before` is null on the last page.

    Examples:
      lumber audit list --actor anna --since 2026-11-01
      lumber audit list --action download --target export:3f2a
      lumber audit list --result refused --limit 100 --json
    """
    query = AuditQuery(
        actor=actor,
        action=action or (),
        target=target,
        result=result,
        since=moment_of(since, "--since"),
        until=moment_of(until, "--until", is_end=True),
        before=before,
        limit=limit,
    )
    page = asyncio.run(_find(load_runtime(database_url), query))
    out = Output(as_json=as_json)
    out.result({"lines": [line.as_json() for line in page.lines], "next_before": page.next_before})
    if page.lines:
        print_rows(out, _NAMES, [_row(line) for line in page.lines], right=("line",), styles=_STYLES)
    out.say(f"{counted(len(page.lines), 'line')}.")
    if page.next_before is not None:
        out.say(f"Next page: add --before {page.next_before}")
    return ExitCode.OK


async def _find(runtime: Runtime, query: AuditQuery) -> AuditPage:
    async with open_ledger(runtime) as database:
        return await find_lines(database, query)


def _row(line: Line) -> tuple[str, ...]:
    found = line.members
    actor = found["actor_name"] if found["key_id"] is None else f"{found['actor_name']} ({found['key_id']})"
    target = "-" if found["target_kind"] is None else f"{found['target_kind']}:{found['target_id']}"
    details = found["details"] if isinstance(found["details"], dict) else {}
    reason = "" if found["reason"] is None else f"{found['reason']} "
    return (
        str(line.seq),
        found["at"][:19].replace("T", " "),
        actor,
        found["address"] or found["actor_kind"],
        found["action"],
        target,
        found["result"],
        reason + _text(details),
    )


def _text(details: Mapping[str, Any]) -> str:
    """Return details as `name=value`, without hashes."""
    shown = {name: value for name, value in details.items() if not name.endswith(("sha256", "hash"))}
    return " ".join(f"{name}={_short(value)}" for name, value in shown.items())


def _short(value: Any) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
