"""The loader of commands that run for a long time: it waits for a database that is away."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import Callable
from threading import Event

from lumber.cli.output import Output, printable
from lumber.cli.runtime import Runtime
from lumber.errors import DatabaseUnreachable
from lumber.ingest.loader import Loader, Progress
from lumber.ingest.options import IngestOptions
from lumber.ingest.patient_loader import PatientLoader
from lumber.store.bulk import BulkConnection
from lumber.store.migrate import require_schema


def allow_many_files() -> None:
    """Let this process open as many files and connections as the system allows it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def ready_database(runtime: Runtime) -> bool:
    """Create the tables of an empty database. Return false if it is away. Raises DatabaseError."""
    try:
        asyncio.run(_prepare(runtime))
    except DatabaseUnreachable:
        return False
    return True


def live_loader(
    runtime: Runtime, options: IngestOptions, stop: Event, tell: Callable[[str], None], progress: Progress
) -> PatientLoader:
    """Return a loader whose commits survive a loss of power: what was loaded is removed elsewhere."""
    settings = runtime.settings

    def connect() -> BulkConnection:
        timeout = settings.busy_timeout_seconds
        return BulkConnection(runtime.url, busy_timeout_seconds=timeout, is_synced=True)

    return PatientLoader(
        connect, lambda connection: Loader(connection, options, settings.data_dir, progress), stop, tell
    )


def teller(output: Output) -> Callable[[str], None]:
    """Return what prints notes."""
    return lambda text: output.note(printable(text))


async def _prepare(runtime: Runtime) -> None:
    # The file must be closed before the bulk connection opens it.
    database = runtime.database()
    try:
        await require_schema(database, create=True)
    finally:
        await database.close()
