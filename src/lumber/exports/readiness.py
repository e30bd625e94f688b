"""Readiness checks of the service. Unlike `lumber doctor`, they are quick and read-only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import LumberError
from lumber.exports.check import Check
from lumber.exports.engine_health import EngineProbe
from lumber.exports.health import disk_check, migrations_check
from lumber.exports.status import Status
from lumber.exports.worker import WorkerThread
from lumber.settings import Settings
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.migrate import SchemaState, current_revision, state_of
from lumber.store.models import ExportStatus

_DATABASE_SECONDS = 5.0
_SILENT_SECONDS = 60.0
_NO_TABLES = Check(
    "database",
    "failure",
    "the database has no tables",
    "The database was moved or emptied while the service was running. Restore it, or restart the service.",
)

_log = structlog.stdlib.get_logger(__name__)


async def check_readiness(
    database: Database, settings: Settings, worker: WorkerThread | None, engine: EngineProbe
) -> Sequence[Check]:
    """Check the disk, the engine, the database, its tables and the worker. Checks never raise and are quick.

    `worker` is the worker of this process. Without one, the ledger shows whether other workers are running.
    """
    checks = [await asyncio.to_thread(_disk, settings), await engine.check()]
    try:
        async with asyncio.timeout(_DATABASE_SECONDS):
            checks.extend(await _database(database, worker))
    except LumberError as error:
        # Its text has the address of the database, which is for the operator only.
        _log.warning("database_not_ready", code=error.code, error=str(error))
        text = f"the database can't be used ({error.code}); the service log has the reason"
        checks.append(Check("database", "failure", text, "The service recovers when the database responds."))
    except TimeoutError:
        text = f"the database did not respond within {_DATABASE_SECONDS:g} seconds"
        checks.append(Check("database", "failure", text, "Check its load."))
    return checks


async def _database(database: Database, worker: WorkerThread | None) -> Sequence[Check]:
    """Check the database, its tables and the worker, on one connection."""
    if database.is_sqlite and not database.url.path.exists():
        return [_NO_TABLES]
    async with database.session() as session:
        revision = await (await session.connection()).run_sync(current_revision)
        state = state_of(revision)
        if state is SchemaState.EMPTY:
            return [_NO_TABLES]
        checks = [Check("database", "ok", "the database responds"), migrations_check(state, revision)]
        if state is SchemaState.CURRENT:
            checks.append(await _outside_worker(session) if worker is None else _inside_worker(worker))
        return checks


def _disk(settings: Settings) -> Check:
    """Check the disk of the datasets without naming its folder: anyone may ask."""
    return disk_check(settings.effective_exports_dir, "the folder of exports")


def _inside_worker(worker: WorkerThread) -> Check:
    if not worker.is_alive:
        return Check(
            "worker", "failure", "the built-in worker has stopped", "Check the log, then restart the service."
        )
    seen_at = worker.worker.seen_at
    if seen_at is None:
        return Check("worker", "ok", "the built-in worker is starting")
    silent = time.monotonic() - seen_at
    if silent > _SILENT_SECONDS:
        text = f"the built-in worker has not checked the queue for {silent:.0f} seconds"
        return Check("worker", "failure", text, "Check the log, then restart the service.")
    return Check("worker", "ok", "the built-in worker is running")


async def _outside_worker(session: AsyncSession) -> Check:
    """Check the ledger, where workers of other processes show only through the exports they run."""
    of_service = ExportStatus.executor == "service"
    now = await database_now(session)
    held = sa.exists().where(
        of_service, ExportStatus.status == Status.RUNNING, ExportStatus.lease_until > now
    )
    waiting = sa.exists().where(of_service, ExportStatus.status == Status.PENDING)
    is_held, is_waiting = (await session.execute(sa.select(held, waiting))).one()
    if is_held:
        return Check("worker", "ok", "another process is running an export")
    if not is_waiting:
        return Check("worker", "ok", "not needed: no export is queued")
    return Check(
        "worker", "warning", "unknown: exports are queued and none is running", "Start a `lumber worker`."
    )
