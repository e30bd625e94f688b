"""DataExporter creates an export and runs it in this process, for the command line and programs.

The service only records an export; a worker runs it, with the same `ExportRun`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lumber.errors import LumberError, NothingMatched, SourceConflict
from lumber.exports.attempt import ExportRun
from lumber.exports.config import ExportConfig
from lumber.exports.guests import sourced
from lumber.exports.lease import StopReason
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.ledger.rows import Claim
from lumber.exports.lost_commands import fail_lost_commands
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import UNNAMED, Naming
from lumber.exports.privacy import privacy_rule
from lumber.exports.progress import ExportProgress
from lumber.paths import require_local
from lumber.settings import Settings, load_settings
from lumber.store.database import Database, open_database
from lumber.store.migrate import require_schema
from lumber.store.shielded import shielded
from lumber.store.url import DatabaseUrl

NO_ROWS = (
    "No rows matched, so no dataset was written. Check the dates, filters and processes with `lumber "
    "preview`, or add --allow-empty to write a dataset without rows."
)


def owner_name(role: str) -> str:
    """Return the name under which this process claims exports."""
    return f"{role}@{socket.gethostname()}:{os.getpid()}"


class DataExporter:
    """Export rows of the database as a dataset.

    `output` is the dataset's folder (new or empty; default: a folder in the data folder named after the
    export's id). `on_progress` is called a few times a second. Without `allow_empty`, an export that no row
    matches fails with NothingMatched and leaves no files. Raises ConfigError if `output` is an address.
    """

    def __init__(
        self,
        config: ExportConfig | None = None,
        *,
        settings: Settings | None = None,
        database: Database | None = None,
        output: Path | None = None,
        on_progress: Callable[[ExportProgress], None] | None = None,
        allow_empty: bool = True,
        naming: Naming = UNNAMED,
    ) -> None:
        require_local("output", output)
        self._config = config
        self._settings = settings or load_settings()
        self._database = database
        self._output = output
        self._on_progress = on_progress
        self._allow_empty = allow_empty
        self._naming = naming

    async def export_data(self, config: ExportConfig | None = None) -> ExportMetadata:
        """Run the export and return its completed record.

        Raises a LumberError if the export fails. The ledger then records it as failed, and the output folder
        contains none of its files. Cancelling the call cancels the export, unless its commit has started.
        """
        chosen = config or self._config
        if chosen is None:
            raise TypeError("pass an ExportConfig to export_data() or to DataExporter()")
        if self._database is not None:
            return await self._export(chosen, self._database)
        url = DatabaseUrl.parse(self._settings.effective_database_url)
        database = open_database(url, busy_timeout_seconds=self._settings.busy_timeout_seconds)
        try:
            return await self._export(chosen, database)
        finally:
            await database.close()

    async def _export(self, config: ExportConfig, database: Database) -> ExportMetadata:
        privacy_rule(config.privacy, self._settings)
        await require_schema(database)
        ledger = ExportStatusManager(database)
        if config.destination is not None:
            # Exports without a destination don't need it.
            from lumber.exports.publishing import address_of

            async with database.session() as session:
                await address_of(session, config)
        async with sourced(config, database):
            return await self._created(config, database, ledger)

    async def _created(
        self, config: ExportConfig, database: Database, ledger: ExportStatusManager
    ) -> ExportMetadata:
        """Create the export and run it."""
        await fail_lost_commands(database, self._settings)
        interruption = threading.Event()
        created = await shielded(
            ledger.create(config, executor="command", naming=self._naming), interruption.set
        )
        if interruption.is_set():
            with suppress(LumberError):
                await shielded(ledger.request_cancel(created.export_id))
            raise asyncio.CancelledError
        claiming = ledger.claim(created.export_id, owner_name("command"), self._settings.lease_seconds)
        claim = await shielded(claiming, interruption.set)
        output = self._output or self._settings.effective_exports_dir / created.export_id
        with _no_new_folder(output):
            done = await self._run(claim, database, output, interruption)
        if config.dataset is not None:
            await _commit_to_tables(database, self._settings, config.dataset)
        return done

    async def _run(
        self, claim: Claim, database: Database, output: Path, interruption: threading.Event
    ) -> ExportMetadata:
        """Run attempts, until one of them completes the export or no other should follow."""
        while True:
            run = ExportRun(
                claim,
                database,
                self._settings,
                output=output,
                on_progress=self._on_progress,
                on_planned=None if self._allow_empty else _require_rows,
            )
            if interruption.is_set():
                run.stop(StopReason.CANCELLED)
            try:
                return await run.run()
            except SourceConflict:
                if run.next_claim is None:
                    raise
                claim = run.next_claim


@contextmanager
def _no_new_folder(path: Path) -> Iterator[None]:
    """Remove a folder that an error leaves empty and that wasn't there before.

    An attempt removes the folder that it has made, but not that of the attempt before it.
    """
    was_there = path.exists()
    try:
        yield
    except BaseException:
        if not was_there:
            with suppress(OSError):
                path.rmdir()
        raise


async def _commit_to_tables(database: Database, settings: Settings, dataset: str) -> None:
    """Commit the new version to the tables of its dataset. The export is complete in any case."""
    # Other exports don't need it.
    from lumber.exports.versions.committing import commit_due

    with suppress(LumberError):
        await commit_due(database, settings, dataset)


def _require_rows(rows: int) -> None:
    """Raise NothingMatched if the plan has no rows."""
    if not rows:
        raise NothingMatched(NO_ROWS)
