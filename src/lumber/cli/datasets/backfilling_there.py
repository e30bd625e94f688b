"""`lumber datasets backfill` at a service: started, followed and cancelled from here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lumber.cli.export_there import interruptible
from lumber.cli.output import Output, printable
from lumber.cli.progress import RowProgress
from lumber.errors import DatasetStateError, ExportError, ServerUnreachable
from lumber.remote import backfills as there
from lumber.schedules.backfills import BackfillState, RunningBackfill

if TYPE_CHECKING:
    from lumber.remote.client import Client

_LOOK_SECONDS = 1.0


def backfill_there(
    client: Client,
    name: str,
    asked: tuple[str, str | None, str],
    out: Output,
    progress: RowProgress,
) -> RunningBackfill | None:
    """Let a service add a range, and wait until it has ended; None if there was nothing to add.

    Ctrl-C and SIGTERM cancel it. Raises ExportError if it failed, and the errors of calls.
    """
    with interruptible():
        started = there.start_backfill(client, name, *asked)
        if started is None:
            return None
        try:
            found = _followed(client, name, started, progress)
        except KeyboardInterrupt:
            return _cancelled(client, name, started)
        except ServerUnreachable:
            out.note(f"The backfill may continue there: see the page of {printable(name)}.")
            raise
    if found.state == BackfillState.FAILED:
        raise ExportError(f"The backfill failed after {found.done:,} of {found.windows:,}: {found.reason}")
    return found


def _followed(client: Client, name: str, found: RunningBackfill, progress: RowProgress) -> RunningBackfill:
    latest: RunningBackfill | None = found
    while latest is not None and latest.state == BackfillState.RUNNING:
        found = latest
        progress.update(found.done, found.windows, printable(found.reason or "windows"))
        time.sleep(_LOOK_SECONDS)
        latest = there.get_backfill(client, name, found.backfill_id)
    return found if latest is None else latest


def _cancelled(client: Client, name: str, found: RunningBackfill) -> RunningBackfill:
    try:
        return there.cancel_backfill(client, name, found.backfill_id)
    except DatasetStateError:
        return there.get_backfill(client, name, found.backfill_id) or found
