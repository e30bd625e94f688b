"""`lumber exports cancel`: cancels an export and waits until it has stopped."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, find_there, open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.place import ServerOption, at, load_place
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime
from lumber.errors import ExportStateError
from lumber.exports.control import cancel_export
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.exports.status import ENDED

if TYPE_CHECKING:
    from lumber.remote.client import Client

_LOOK_SECONDS = 0.2
_SILENCE_SECONDS = 30.0
_SILENT = "The process that runs it doesn't respond. Start `lumber worker` to cancel it."


def cancel(
    export_id: IdArgument,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait until the export has stopped, or return at once.")
    ] = True,
    database_url: DatabaseUrlOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Cancel a queued or running export and remove its unfinished files.

    Cancelling an export again has no effect.

    Exit codes: 0 cancelled, 1 the export ended first, 4 no such export.

    Examples:
      lumber exports cancel 3f2a
      lumber exports cancel 3f2a --no-wait
    """
    out = Output(as_json=as_json)
    export = at(
        load_place(database_url, server),
        lambda runtime: _cancel(runtime, export_id, out, is_waiting=wait),
        lambda client: _cancel_there(client, export_id, out, is_waiting=wait),
    )
    out.result(export.model_dump(mode="json"))
    name = printable(export.export_id)
    if export.status == "cancelled":
        out.say(f"Export {name} is cancelled. Run it again: lumber exports retry {name}")
        return ExitCode.OK
    if export.status not in ENDED:
        out.say(f"Export {name} is being cancelled. Follow it: lumber exports watch {name}")
        return ExitCode.OK
    out.note(f"Export {name} ended before it could be cancelled: {export.status}.")
    return ExitCode.FAILURE


async def _cancel(runtime: Runtime, text: str, out: Output, *, is_waiting: bool) -> ExportMetadata:
    async with open_ledger(runtime) as database:
        ledger = ExportStatusManager(database)
        export_id = (await find_export(database, text)).export_id
        export = await cancel_export(database, runtime.settings, export_id)
        warn_at = time.monotonic() + runtime.settings.lease_seconds
        while is_waiting and export.status not in ENDED:
            await asyncio.sleep(_LOOK_SECONDS)
            if time.monotonic() >= warn_at:
                warn_at = float("inf")
                out.note(_SILENT)
            await ledger.fail_lost_commands()
            export = await ledger.get(export_id)
            if export.status == "pending":
                # Its worker stopped before it saw the request.
                try:
                    export = await cancel_export(database, runtime.settings, export_id)
                except ExportStateError:
                    export = await ledger.get(export_id)
        return export


def _cancel_there(client: Client, text: str, out: Output, *, is_waiting: bool) -> ExportMetadata:
    export_id = find_there(client, text).export_id
    export = client.cancel(export_id)
    warn_at = time.monotonic() + _SILENCE_SECONDS
    while is_waiting and export.status not in ENDED:
        time.sleep(_LOOK_SECONDS)
        if time.monotonic() >= warn_at:
            warn_at = float("inf")
            out.note(_SILENT)
        export = client.state(export_id)
        if export.status == "pending":
            with suppress(ExportStateError):
                export = client.cancel(export_id)
    return export
