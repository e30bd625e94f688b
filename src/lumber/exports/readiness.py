"""Readiness: whether the service can do its work now. Quick and harmless, unlike a doctor's visit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import sqlalchemy as sa

from lumber.errors import LumberError
from lumber.exports.health import Check, disk_check, migrations_check
from lumber.exports.ledger import Status
from lumber.exports.worker import WorkerThread
from lumber.settings import Settings
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.migrate import SchemaState, schema_revision, schema_state
from lumber.store.models import ExportStatus

_DATABASE_SECONDS = 5.0
_SILENT_SECONDS = 60.0
_EMPTY = "It was moved or emptied while the service ran. Bring it back, or restart the service."


async def check_readiness(
    database: Database, settings: Settings, worker: WorkerThread | None
) -> Sequence[Check]:
    """Check the disk, the database, its tables and the worker; none raises and none takes long.

    `worker` is the one inside this process; without one the ledger says whether others work.
    """
    checks = [await asyncio.to_thread(disk_check, settings.effective_exports_dir)]
    try:
        async with asyncio.timeout(_DATABASE_SECONDS):
            state = await schema_state(database)
            if state is SchemaState.EMPTY:
                checks.append(Check("database", "failure", f"{database.url} holds no tables", _EMPTY))
                return checks
            checks.append(Check("database", "ok", f"{database.url} answers"))
            checks.append(migrations_check(state, await schema_revision(database)))
            if state is SchemaState.CURRENT:
                checks.append(await _outside_worker(database) if worker is None else _inside_worker(worker))
    except LumberError as error:
        checks.append(Check("database", "failure", str(error), "The service works again when it answers."))
    except TimeoutError:
        text = f"{database.url} did not answer within {_DATABASE_SECONDS:g} seconds"
        checks.append(Check("database", "failure", text, "See what keeps it busy."))
    return checks


def _inside_worker(worker: WorkerThread) -> Check:
    if not worker.is_alive:
        return Check(
            "worker", "failure", "the worker inside has ended", "See the log, then restart the service."
        )
    seen_at = worker.worker.seen_at
    if seen_at is None:
        return Check("worker", "ok", "the worker inside starts")
    silent = time.monotonic() - seen_at
    if silent > _SILENT_SECONDS:
        text = f"the worker inside has not looked at the queue for {silent:.0f} seconds"
        return Check("worker", "failure", text, "See the log, then restart the service.")
    return Check("worker", "ok", "the worker inside looks at the queue")


async def _outside_worker(database: Database) -> Check:
    """Judge by the ledger: workers of other processes show only in what they hold."""
    of_service = ExportStatus.executor == "service"
    async with database.session() as session:
        now = await database_now(session)
        held = sa.exists().where(
            of_service, ExportStatus.status == Status.RUNNING, ExportStatus.lease_until > now
        )
        waiting = sa.exists().where(of_service, ExportStatus.status == Status.PENDING)
        is_held, is_waiting = (await session.execute(sa.select(held, waiting))).one()
    if is_held:
        return Check("worker", "ok", "a worker of another process holds an export")
    if not is_waiting:
        return Check("worker", "ok", "none is needed: no export waits")
    return Check(
        "worker", "warning", "unknown: exports wait and nobody holds one", "See that a `lumber worker` runs."
    )
