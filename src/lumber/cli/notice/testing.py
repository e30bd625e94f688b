"""`lumber notice test`."""

from __future__ import annotations

import asyncio

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import open_ledger
from lumber.cli.notice.finding import NoticeArgument, named
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.notices.outbox import DELIVERED, Delivery, queue_test
from lumber.notices.stored import StoredNotice
from lumber.notices.trying import send_now


def send_test(
    name: NoticeArgument, database_url: DatabaseUrlOption = None, as_json_: JsonOption = False
) -> int:
    """Send a test message now, once, and say how it went.

    The command sends it itself, with its own settings: run it with those of the service.

    Exit codes: 0 delivered, 1 not delivered, 4 no such notice.

    Example:
      lumber notice test operations
    """
    notice, delivery = asyncio.run(_test(load_runtime(database_url), name))
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
