"""The objects that routes share: settings, database, ledger, worker and caches of one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import Depends, Request
from starlette.applications import Starlette

from lumber.api.access.admission import Admission
from lumber.api.access.recent_refusals import RecentRefusals
from lumber.api.access.standing import Standings
from lumber.api.chain_check import ChainCheck
from lumber.api.limits.call_limits import CallLimits
from lumber.audit.actions import Action
from lumber.audit.actor import local_actor
from lumber.audit.append import record_all
from lumber.audit.line import Line, NewLine
from lumber.audit.settings import record_settings
from lumber.errors import LumberError
from lumber.exports.cleaning import RetentionLoop
from lumber.exports.comparing.comparisons import Comparisons
from lumber.exports.creation import NewExport
from lumber.exports.engine_health import EngineProbe
from lumber.exports.inventory import Inventory
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.exports.previews import Previews
from lumber.exports.versions.table_loop import TableLoop
from lumber.exports.viewing import RowViews, Viewings
from lumber.exports.watch import ExportWatch
from lumber.exports.worker import WorkerThread
from lumber.files.modes import process_umask
from lumber.identity.oidc.config import read_providers
from lumber.identity.oidc.sign_ins import SignIns
from lumber.ingest.uploads.preview import UploadPreviews
from lumber.ingest.uploads.sample import SampleLoads
from lumber.ingest.uploads.uploads import Uploads
from lumber.notices.delivering import NoticeLoop
from lumber.schedules.loop import ScheduleLoop
from lumber.settings import Settings
from lumber.store.batches import Batches
from lumber.store.database import Database, open_database
from lumber.store.migrate import require_schema
from lumber.store.patience import promptly
from lumber.store.url import DatabaseUrl

T = TypeVar("T")

_log = structlog.stdlib.get_logger(__name__)

_CREATIONS_AT_ONCE = 100
_RECORDS_AT_ONCE = 200
_TRIALS_AT_ONCE = 2
# All creations of a moment are one of them, and so are all lines of the audit trail.
_CHANGES_AT_ONCE = 3
# Who makes a call is found out in a moment. One of them may wait to write when a key was last used.
_ADMISSIONS_AT_ONCE = 3
# SQLite looks for the write lock ever more rarely. After this time, changes of exports look for it again.
_LOCK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Service:
    """The open service.

    Readiness, the changes of exports and `admission` have connections of their own, so they don't wait behind
    other requests. `creations` records the exports that clients want, and `records` the lines of the audit
    trail that belong to no other transaction: those that come during one transaction share the next one.
    """

    settings: Settings
    database: Database
    readiness: Database
    changes: Database
    creations: Batches[NewExport, ExportMetadata]
    records: Batches[Sequence[NewLine], Sequence[Line]]
    ledger: ExportStatusManager
    watch: ExportWatch
    uploads: Uploads
    upload_previews: UploadPreviews
    sample_loads: SampleLoads
    previews: Previews
    trials: Executor
    admission: Admission
    limits: CallLimits
    standings: Standings
    chain_check: ChainCheck
    engine: EngineProbe
    comparisons: Comparisons
    worker: WorkerThread | None = None
    inventory: Inventory = field(default_factory=Inventory)
    refusals: RecentRefusals = field(default_factory=RecentRefusals)
    row_views: RowViews = field(default_factory=RowViews)
    viewings: Viewings = field(default_factory=Viewings)
    sign_ins: SignIns = field(default_factory=SignIns)

    async def change(self, transaction: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
        """Return the result of a short transaction that changes exports, and look for SQLite's lock often."""
        return await promptly(lambda: transaction(self.changes), seconds=self.settings.busy_timeout_seconds)

    async def record(self, *lines: NewLine) -> Sequence[Line]:
        """Add lines to the audit trail, and return them as they are in it. Raises AuditFailed."""
        return await self.records.call(lines)

    def wake_worker(self) -> None:
        """Let the built-in worker, if any, check the queue now."""
        if self.worker is not None:
            self.worker.worker.wake()

    def stop_worker(self) -> None:
        """Let the built-in worker, if any, finish running exports and claim no others. Don't wait for it."""
        if self.worker is not None:
            self.worker.worker.stop()

    def hand_back(self) -> None:
        """Stop the built-in worker, if any, at once. Running exports return to the queue."""
        if self.worker is not None:
            self.worker.worker.hand_back()


@asynccontextmanager
async def open_service(settings: Settings, *, is_working: bool = False) -> AsyncIterator[Service]:
    """Open the database, create the tables in an empty one, and close it at the end.

    Until then, this process makes files with the umask of the settings. `is_working` also runs a worker and
    the retention in the background, if the settings enable them.
    """
    with process_umask(settings.file_umask):
        async with _opened(settings, is_working=is_working) as service:
            yield service


@asynccontextmanager
async def _opened(settings: Settings, *, is_working: bool) -> AsyncIterator[Service]:
    url, sign_ins = DatabaseUrl.parse(settings.effective_database_url), SignIns(read_providers(settings))
    patience = settings.busy_timeout_seconds
    database = open_database(url, connections=settings.database_connections, busy_timeout_seconds=patience)
    readiness = open_database(url, connections=1, busy_timeout_seconds=patience)
    changes = open_database(
        url, connections=_CHANGES_AT_ONCE, busy_timeout_seconds=min(patience, _LOCK_SECONDS)
    )
    admissions = open_database(url, connections=_ADMISSIONS_AT_ONCE, busy_timeout_seconds=patience)
    try:
        await require_schema(database, create=True)
        if is_working:
            await _tell_settings(database, settings)
        ledger = ExportStatusManager(database)
        creations, records = _creations(changes, settings), _records(changes, settings)
        watch = ExportWatch(ledger)
        uploads = Uploads(settings)
        upload_previews = UploadPreviews(settings)
        previews = Previews(settings)
        row_views = RowViews()
        comparisons = Comparisons(settings, ledger)
        trials = ThreadPoolExecutor(_TRIALS_AT_ONCE, thread_name_prefix="lumber-trial")
        admission = Admission(settings, admissions)
        chain_check = ChainCheck(settings)
        worker = WorkerThread(settings) if is_working and settings.serve_worker else None
        retention = RetentionLoop(database, settings) if is_working else None
        notices = NoticeLoop(settings) if is_working else None
        schedules = _schedules(settings, worker) if is_working else None
        tables = TableLoop(settings) if is_working else None
        try:
            if worker is not None:
                worker.start()
            if retention is not None:
                retention.start()
            if notices is not None:
                notices.start()
            if schedules is not None:
                schedules.start()
            if tables is not None:
                tables.start()
            yield Service(
                settings,
                database,
                readiness,
                changes,
                creations,
                records,
                ledger,
                watch,
                uploads,
                upload_previews,
                SampleLoads(settings),
                previews,
                trials,
                admission,
                CallLimits(settings),
                Standings(admission),
                chain_check,
                EngineProbe(settings),
                comparisons,
                worker,
                sign_ins=sign_ins,
                row_views=row_views,
            )
        finally:
            previews.close()
            row_views.close()
            comparisons.close()
            chain_check.close()
            trials.shutdown(wait=False, cancel_futures=True)
            await watch.close()
            await uploads.close()
            await admission.close()
            await sign_ins.close()
            if retention is not None:
                await retention.stop()
            if tables is not None:
                await tables.stop()
            if schedules is not None:
                await schedules.stop()
            if notices is not None:
                await notices.stop()
            if worker is not None:
                await asyncio.to_thread(worker.stop)
    finally:
        for opened in (admissions, changes, readiness, database):
            await opened.close()


def _schedules(settings: Settings, worker: WorkerThread | None) -> ScheduleLoop:
    return ScheduleLoop(settings) if worker is None else ScheduleLoop(settings, on_made=worker.worker.wake)


async def _tell_settings(database: Database, settings: Settings) -> None:
    try:
        await record_settings(database, local_actor(), settings.changed_from_defaults())
    except LumberError as error:
        _log.error("audit_failed", actions=[Action.SETTINGS_CHANGED], error=str(error))


def _creations(database: Database, settings: Settings) -> Batches[NewExport, ExportMetadata]:
    ledger = ExportStatusManager(database)

    async def create(wanted: Sequence[NewExport]) -> Sequence[ExportMetadata | Exception]:
        record = partial(ledger.create_all, wanted, max_queued=settings.max_queued)
        return await promptly(record, seconds=settings.busy_timeout_seconds)

    return Batches(create, most_per_batch=_CREATIONS_AT_ONCE)


def _records(database: Database, settings: Settings) -> Batches[Sequence[NewLine], Sequence[Line]]:
    seconds = settings.busy_timeout_seconds

    async def append(wanted: Sequence[Sequence[NewLine]]) -> Sequence[Sequence[Line] | Exception]:
        return await record_all(database, wanted, seconds=seconds)

    return Batches(append, most_per_batch=_RECORDS_AT_ONCE)


@asynccontextmanager
async def running_service(app: Starlette) -> AsyncIterator[Service]:
    """Yield the running service. An app that was not started gets one for this block only."""
    running: Service | None = app.state.service
    if running is not None:
        yield running
        return
    async with open_service(app.state.settings) as service:
        yield service


async def get_service(request: Request) -> AsyncIterator[Service]:
    """Return the running service."""
    async with running_service(request.app) as service:
        yield service


ServiceDep = Annotated[Service, Depends(get_service)]
