"""DataExporter: one export from its config to a committed dataset.

    freeze the input -> plan -> run the partitions -> check the balance -> pack and commit

The ledger records each step; the manifest is the commit; whatever fails leaves no dataset behind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lumber.errors import ExportCancelled, LumberError, WorkerDied
from lumber.exports.config import ExportConfig
from lumber.exports.freeze import freeze_input, source_spec
from lumber.exports.metadata import ExportMetadata
from lumber.exports.package import ExportFacts, check_balance, pack
from lumber.exports.planner import plan_export, plan_json
from lumber.exports.running import Results, partition_specs, run_partitions
from lumber.exports.status import DATA_VERSION, ExportStatusManager
from lumber.pipeline.manifest import KindTotals
from lumber.pipeline.partition import PartitionResult, iter_results
from lumber.pipeline.plan import Plan
from lumber.pipeline.pool import WorkerPool
from lumber.pipeline.staging import OutputFolder
from lumber.settings import Settings, load_settings
from lumber.store.database import Database, open_database
from lumber.store.migrate import require_schema
from lumber.store.models.base import utc_now
from lumber.store.uninterrupted import uninterrupted
from lumber.store.url import DatabaseUrl

_PROGRESS_SECONDS = 0.2
_SIGNAL_SECONDS = 0.5
_ATTEMPT = 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """How far an export is: its phase, and rows done of rows planned (None until the plan is made)."""

    phase: str
    rows_done: int
    rows_total: int | None


class DataExporter:
    """Exports rows of the database as a dataset.

    `output` is the folder that becomes the dataset (new or empty; default: one named by the export's id
    in the data folder). `on_progress` is called a few times a second.
    """

    def __init__(
        self,
        config: ExportConfig | None = None,
        *,
        settings: Settings | None = None,
        database: Database | None = None,
        output: Path | None = None,
        on_progress: Callable[[ExportProgress], None] | None = None,
    ) -> None:
        self._config = config
        self._settings = settings or load_settings()
        self._database = database
        self._output = output
        self._on_progress = on_progress or (lambda _progress: None)

    async def export_data(self, config: ExportConfig | None = None) -> ExportMetadata:
        """Run the export and return its record, completed.

        Raises a LumberError that says what went wrong; the ledger then has the export as failed, and the
        output folder holds nothing of it. Cancelled, it has it as cancelled; once the dataset is being
        committed it is too late for that, and the export completes.
        """
        chosen = config or self._config
        if chosen is None:
            raise TypeError("an ExportConfig is needed, here or when the exporter is made")
        if self._database is not None:
            return await self._export(chosen, self._database)
        url = DatabaseUrl.parse(self._settings.effective_database_url)
        database = open_database(url, busy_timeout_seconds=self._settings.busy_timeout_seconds)
        try:
            return await self._export(chosen, database)
        finally:
            await database.close()

    async def _export(self, config: ExportConfig, database: Database) -> ExportMetadata:
        await require_schema(database)
        ledger = ExportStatusManager(database)
        interruption = threading.Event()
        created = await uninterrupted(ledger.create(config), interruption.set)
        run = _ExportRun(config, database, ledger, created, self._settings, self._on_progress)
        default = self._settings.data_dir.expanduser().absolute() / "exports" / created.export_id
        folder = OutputFolder((self._output or default).absolute())
        try:
            if interruption.is_set():
                raise asyncio.CancelledError
            folder.open()
            return await run.into(folder)
        except (asyncio.CancelledError, ExportCancelled):
            folder.discard()
            with suppress(LumberError):
                await uninterrupted(ledger.cancel(created.export_id))
            raise
        except BaseException as error:
            folder.discard()
            code = error.code if isinstance(error, LumberError) else "unexpected"
            with suppress(LumberError):
                await uninterrupted(ledger.fail(created.export_id, code, str(error)))
            raise


class _ExportRun:
    """One run of one export."""

    def __init__(
        self,
        config: ExportConfig,
        database: Database,
        ledger: ExportStatusManager,
        created: ExportMetadata,
        settings: Settings,
        on_progress: Callable[[ExportProgress], None],
    ) -> None:
        self._config = config
        self._database = database
        self._ledger = ledger
        self._created = created
        self._id = created.export_id
        self._settings = settings
        self._on_progress = on_progress
        self._is_cancelled = threading.Event()

    async def into(self, folder: OutputFolder) -> ExportMetadata:
        """Export into an open output folder and commit."""
        started_at = utc_now()
        await uninterrupted(self._ledger.start(self._id, str(folder.path)))
        self._on_progress(ExportProgress("planning", 0, None))
        pool = WorkerPool(self._settings.workers)
        try:
            pool.start(source_spec(self._database) if self._database.is_sqlite else None)
            plan, results, version = await self._read(pool, folder)
        except WorkerDied:
            # Whoever ended the worker may have told this process too: then it is no death, but the end.
            await asyncio.sleep(_SIGNAL_SECONDS)
            raise
        finally:
            await self._in_thread(pool.close)
        totals = _totals(plan, results)
        check_balance(self._config, plan, totals)
        self._on_progress(ExportProgress("packing", plan.rows, plan.rows))
        facts = ExportFacts(self._id, DATA_VERSION, self._created.created_at, started_at, utc_now(), version)
        packed = await self._in_thread(
            lambda: pack(folder, self._config, plan, totals, facts, is_cancelled=self._is_cancelled.is_set)
        )
        completed = self._ledger.complete(self._id, packed.counts, packed.files)
        return await uninterrupted(completed, self._is_cancelled.set)

    async def _read(self, pool: WorkerPool, folder: OutputFolder) -> tuple[Plan, Results, str]:
        """Freeze the input, plan it and run every partition over it."""
        async with freeze_input(self._database, pool, self._config.kinds) as frozen:
            plan = await plan_export(self._config, frozen, partition_rows=self._settings.partition_rows)
            await uninterrupted(self._ledger.planned(self._id, plan_json(plan)))
            document = {
                "export_id": self._id,
                "created_at": self._created.created_at.isoformat(),
                "data_version": DATA_VERSION,
                "validation_level": self._config.validation_level.value,
            }
            specs = partition_specs(
                self._config,
                plan,
                frozen,
                self._settings,
                folder,
                document=document,
                now=self._created.created_at,
                attempt=_ATTEMPT,
            )
            reporter = asyncio.create_task(self._report(pool, plan.rows))
            try:
                results = await run_partitions(pool, specs, self._record)
            finally:
                reporter.cancel()
            return plan, results, frozen.database_version

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread to its end; a cancellation meanwhile is noted for the next step."""
        # No task, which would end without its thread when the event loop cancels everything.
        future = asyncio.get_running_loop().run_in_executor(None, work)
        return await uninterrupted(future, self._is_cancelled.set)

    async def _record(self, result: PartitionResult) -> None:
        await uninterrupted(self._ledger.partition_done(self._id, result, _ATTEMPT))

    async def _report(self, pool: WorkerPool, total: int) -> None:
        while True:
            self._on_progress(ExportProgress("exporting", pool.rows_done, total))
            await asyncio.sleep(_PROGRESS_SECONDS)


def _totals(plan: Plan, results: Results) -> dict[str, KindTotals]:
    """Merge the results of each kind in the order of its partitions."""
    totals = {}
    for item in plan.kinds:
        totals[item.kind] = KindTotals()
        for result in iter_results(results, item.kind):
            totals[item.kind].add(result)
    return totals
