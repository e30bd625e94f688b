"""`lumber exports cancel`: cancels an export and waits until it has stopped."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer

from lumber.cli.exit_codes import ExitCode
from lumber.cli.exports.finding import IdArgument, find_export, open_ledger
from lumber.cli.output import Output, printable
from lumber.cli.runtime import DatabaseUrlOption, JsonOption, Runtime, load_runtime
from lumber.errors import ExportStateError
from lumber.exports.control import cancel_export
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.exports.status import ENDED

_LOOK_SECONDS = 0.2


def cancel(
    export_id: IdArgument,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait until the export has stopped, or return at once.")
    ] = True,
    database_url: DatabaseUrlOption = None,
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
    export = asyncio.run(_cancel(load_runtime(database_url), export_id, out, is_waiting=wait))
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
                out.note("The process that runs it doesn't respond. Start `lumber worker` to cancel it.")
            await ledger.fail_lost_commands()
            export = await ledger.get(export_id)
            if export.status == "pending":
                # Its worker stopped before it saw the request.
                try:
                    export = await cancel_export(database, runtime.settings, export_id)
                except ExportStateError:
                    export = await ledger.get(export_id)
        return export
