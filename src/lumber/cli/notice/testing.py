"""`lumber notice test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.notice.finding import NoticeArgument, named, the_one
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.notices.outbox import DELIVERED, Delivery, queue_test
from lumber.notices.stored import StoredNotice
from lumber.notices.trying import send_now
from lumber.remote import notices as there

if TYPE_CHECKING:
    from lumber.remote.client import Client


def send_test(
    name: NoticeArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json_: JsonOption = False,
) -> int:
    """Send a test message now, once, and say how it went.

    On a database, the command sends it itself, with its own settings: run it with those of the service. With
    --server, the service sends it.

    Exit codes: 0 delivered, 1 not delivered, 4 no such notice.

    Example:
      lumber notice test operations
    """
    notice, delivery = at(
        load_place(database_url, server),
        lambda runtime: _test(runtime, name),
        lambda client: _test_there(client, name),
    )
    out = Output(as_json=as_json_)
    out.result(delivery.as_json())
    is_delivered = delivery.status == DELIVERED
    if is_delivered:
        out.say(f"[green]Delivered[/] to {printable(notice.document.place)}.")
    else:
        out.say(f"[red]Not delivered[/]: {printable(delivery.error or delivery.status)}.")
    return ExitCode.OK if is_delivered else ExitCode.FAILURE


async def _test(runtime: Runtime, name: str) -> tuple[StoredNotice, Delivery]:
    async with open_ledger(runtime) as database:
        async with database.session() as session:
            notice = await named(session, name)
            delivery_id = await queue_test(session, notice)
        return notice, await send_now(database, runtime.settings, delivery_id)


def _test_there(client: Client, name: str) -> tuple[StoredNotice, Delivery]:
    notice = the_one(there.list_notices(client), name)
    return notice, there.send_test(client, notice)
