"""`lumber exports retry`: puts a failed or cancelled export back into the queue."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.exports.control import retry_export
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata

if TYPE_CHECKING:
    from lumber.remote.client import Client

# A worker with a free place checks the queue more often than this.
_PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 0.1


def retry(
    export_id: IdArgument,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Put a failed or cancelled export back into the queue.

    A worker runs it. It resumes from the finished partitions, if there are any.

    Exit codes: 0 queued, 1 the export can't be retried, 4 no such export.

    Examples:
      lumber exports retry 3f2a
      lumber exports retry 3f2a && lumber exports watch 3f2a
    """
    export = at(
        load_place(database_url, server),
        lambda runtime: _retry(runtime, export_id),
        lambda client: _retry_there(client, export_id),
    )
    out = Output(as_json=as_json)
    out.result(export.model_dump(mode="json"))
    name = printable(export.export_id)
    if export.status == "pending":
        out.say(f"Export {name} is queued.")
        out.note("[yellow]No worker has taken it yet.[/] Is `lumber worker` or `lumber serve` running?")
    else:
        out.say(f"Export {name} is queued, and a worker has taken it.")
    out.say(f"Follow it: lumber exports watch {name}")
    return ExitCode.OK


async def _retry(runtime: Runtime, text: str) -> ExportMetadata:
    """Queue the export, and wait a moment for a worker to take it."""
    async with open_ledger(runtime) as database:
        ledger = ExportStatusManager(database)
        export_id = (await find_export(database, text)).export_id
        export = await retry_export(database, export_id)
        until = time.monotonic() + _PATIENCE_SECONDS
        while export.status == "pending" and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)
            export = await ledger.get(export_id)
        return export


def _retry_there(client: Client, text: str) -> ExportMetadata:
    export = client.retry(find_there(client, text).export_id)
    until = time.monotonic() + _PATIENCE_SECONDS
    while export.status == "pending" and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        export = client.state(export.export_id)
    return export
