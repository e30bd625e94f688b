"""`lumber notice list`, `lumber notice show` and `lumber notice deliveries`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.exports.printing import print_rows, time_text
from lumber.cli.notice.finding import NoticeArgument, named, the_one
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.notices.outbox import Delivery, list_deliveries
from lumber.notices.stored import StoredNotice, list_notices
from lumber.remote import notices as there
from lumber.text import counted

_STYLES = {
    "enabled": "green",
    "disabled": "yellow",
    "delivered": "green",
    "pending": "yellow",
    "failed": "red",
}
_NAMES = ("name", "to", "events", "datasets", "owner", "status")
_DELIVERY_NAMES = ("created (UTC)", "event", "status", "attempts", "next (UTC)", "answer", "error")


def list_all(
    database_url: DatabaseUrlOption = None, server: ServerOption = None, as_json_: JsonOption = False
) -> int:
    """List the notices by name.

    With --json it prints `{"notices": [...]}`. The table doesn't show the paths of webhooks, which may be
    secret.

    Example:
      lumber notice list
    """
    found = at(
        load_place(database_url, server),
        _list,
        there.list_notices,
    )
    out = Output(as_json=as_json_)
    out.result({"notices": [notice.as_json() for notice in found]})
    if found:
        print_rows(out, _NAMES, [_row(notice) for notice in found], styles=_STYLES)
    rest = "" if found else " Create one: lumber notice add NAME --url URL"
    out.say(f"{counted(len(found), 'notice')}.{rest}")
    return ExitCode.OK


def show(
    name: NoticeArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Show a notice, without its secret.

    Exit codes: 0 shown, 4 no such notice.

    Example:
      lumber notice show operations
    """
    notice = at(
        load_place(database_url, server),
        lambda runtime: _find(runtime, name),
        lambda client: the_one(there.list_notices(client), name),
    )
    out = Output(as_json=as_json_)
    out.result(notice.as_json())
    shown = {
        "id": notice.notice_id,
        "name": notice.document.name,
        "url": notice.document.url,
        "to": ", ".join(notice.document.to or ()),
        "events": ", ".join(notice.document.events),
        "datasets": ", ".join(notice.document.datasets or ()) or "all",
        "owner": notice.owner or "this machine",
        "status": "enabled" if notice.document.is_enabled else "disabled",
        "secret": _secret_text(notice),
        "created": f"{time_text(notice.created_at)} UTC",
    }
    for key, value in shown.items():
        if value:
            out.say(f"[bold]{key}[/]: {printable(value)}")
    return ExitCode.OK


def deliveries(
    name: NoticeArgument,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, metavar="NUMBER", help="Deliveries to show.")
    ] = 20,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """List what was sent to a notice, what waits and what failed, newest first.

    With --json it prints `{"deliveries": [...]}`. Lumber forgets deliveries after LUMBER_NOTICE_DAYS.

    Exit codes: 0 shown, 4 no such notice.

    Example:
      lumber notice deliveries operations --limit 5
    """
    found = at(
        load_place(database_url, server),
        lambda runtime: _deliveries(runtime, name, limit),
        lambda client: there.deliveries_of(client, the_one(there.list_notices(client), name), limit),
    )
    out = Output(as_json=as_json_)
    out.result({"deliveries": [delivery.as_json() for delivery in found]})
    if found:
        rows = [_delivery_row(delivery) for delivery in found]
        print_rows(out, _DELIVERY_NAMES, rows, right=("attempts",), styles=_STYLES)
    out.say(f"{counted(len(found), 'delivery', 'deliveries')}.")
    return ExitCode.OK


async def _list(runtime: Runtime) -> Sequence[StoredNotice]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await list_notices(session)


async def _find(runtime: Runtime, name: str) -> StoredNotice:
    async with open_ledger(runtime) as database, database.session() as session:
        return await named(session, name)


async def _deliveries(runtime: Runtime, name: str, limit: int) -> Sequence[Delivery]:
    async with open_ledger(runtime) as database, database.session() as session:
        return await list_deliveries(session, (await named(session, name)).notice_id, limit=limit)


def _row(notice: StoredNotice) -> tuple[str, ...]:
    document = notice.document
    return (
        document.name,
        document.place,
        ", ".join(document.events),
        ", ".join(document.datasets or ()) or "all",
        notice.owner or "-",
        "enabled" if document.is_enabled else "disabled",
    )


def _delivery_row(delivery: Delivery) -> tuple[str, ...]:
    return (
        time_text(delivery.created_at),
        delivery.event,
        delivery.status,
        f"{delivery.attempts:,}",
        time_text(delivery.next_attempt_at),
        "-" if delivery.response_status is None else str(delivery.response_status),
        delivery.error or "",
    )


def _secret_text(notice: StoredNotice) -> str:
    if notice.secret_source is not None:
        return notice.secret_source
    return "in the database" if notice.has_secret else ""
