"""Freezes an export's input: one snapshot of the database for the planner and every worker process.

PostgreSQL: the coordinator's transaction exports its snapshot, and every worker adopts it. The transaction
stays open until the workers are done. SQLite: workers begin their read transactions while the coordinator
holds the write lock for a moment, so that nothing is committed between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.kind import Kind
from lumber.engine.pool import WorkerPool
from lumber.engine.source import SourceSpec
from lumber.errors import SourceFailed
from lumber.sources.guest import Guest
from lumber.store.database import Database, database_errors
from lumber.store.keyset import Cutoff
from lumber.store.patience import patiently
from lumber.store.relations import OWN, Relations
from lumber.store.tables import table_of
from lumber.text import counted

# Of seeing one moment of a SQLite file that others write: each takes milliseconds.
_MOST_TRIES = 500


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot of the database: a connection that sees it, and what workers need to see it too."""

    connection: AsyncConnection
    source: SourceSpec
    cutoffs: dict[str, Cutoff]
    database_version: str
    # Where rows are, if not in our own tables.
    relations: Relations = OWN
    guest: Guest | None = None
    # Another connection that sees it, for what two can read at the same time.
    beside: AsyncConnection | None = None

    def describe(self) -> dict[str, object]:
        """Return the cutoff for the plan and the manifest."""
        snapshots = {cutoff.snapshot for cutoff in self.cutoffs.values() if cutoff.snapshot}
        ids = {name: cutoff.max_id for name, cutoff in self.cutoffs.items() if cutoff.max_id is not None}
        new = {
            name: asdict(cutoff.since) for name, cutoff in self.cutoffs.items() if cutoff.since is not None
        }
        since = {"since": new} if new else {}
        return {"snapshot": next(iter(snapshots), None), "max_ids": ids, **since}


def source_spec(database: Database, snapshot_id: str | None = None) -> SourceSpec:
    """Return how a worker process opens the database."""
    guest = database.guest
    return SourceSpec(
        database.url.dialect,
        database.url.adbc_uri(read_only=True),
        snapshot_id,
        None if guest is None else guest.application_name,
        None if guest is None else guest.statement_seconds,
    )


@asynccontextmanager
async def take_snapshot(
    database: Database,
    pool: WorkerPool | None,
    kinds: tuple[Kind, ...],
    cutoffs: Mapping[str, Cutoff] | None = None,
    guest: Guest | None = None,
    *,
    has_beside: bool = False,
) -> AsyncIterator[Snapshot]:
    """Hold a snapshot of the database open for the block. Without a pool, only the connection sees it.

    With `has_beside`, a second connection to SQLite sees it as well, if there is a pool. `cutoffs` come from
    an earlier plan: append-only kinds then show the same rows again. With `guest` it is that database of
    somebody else.
    """
    async with _frozen(database, pool, kinds, guest, has_beside=has_beside) as snapshot:
        earlier = {name: cutoff for name, cutoff in (cutoffs or {}).items() if name in snapshot.cutoffs}
        yield replace(snapshot, cutoffs={**snapshot.cutoffs, **earlier})


def _frozen(
    database: Database,
    pool: WorkerPool | None,
    kinds: tuple[Kind, ...],
    guest: Guest | None,
    *,
    has_beside: bool,
) -> AbstractAsyncContextManager[Snapshot]:
    if guest is not None:
        return _freeze_guest(guest, pool, kinds)
    if database.is_sqlite:
        return _freeze_sqlite(database, pool, kinds, has_beside=has_beside and pool is not None)
    return _freeze_postgresql(database, kinds)


@asynccontextmanager
async def _freeze_guest(
    guest: Guest, pool: WorkerPool | None, kinds: tuple[Kind, ...]
) -> AsyncIterator[Snapshot]:
    """Freeze a database of somebody else: nothing can be locked or written there."""
    database = guest.database
    freeze = _watch_sqlite(database, pool) if database.is_sqlite else _freeze_postgresql(database, kinds)
    async with freeze as snapshot:
        await guest.check_rows(snapshot.connection)
        cutoffs = await guest.cutoffs(snapshot.connection, kinds)
        yield replace(snapshot, relations=guest.relations, cutoffs=cutoffs, guest=guest)


@asynccontextmanager
async def _watch_sqlite(database: Database, pool: WorkerPool | None) -> AsyncIterator[Snapshot]:
    """Let all readers begin at one moment: begin again until nobody else has committed meanwhile."""
    if pool is not None:
        await asyncio.to_thread(pool.wait_ready)
    async with database.connect() as reader, database.connect() as watcher:
        await reader.execution_options(isolation_level="AUTOCOMMIT")
        await watcher.execution_options(isolation_level="AUTOCOMMIT")
        await reader.exec_driver_sql("BEGIN")
        try:
            for _ in range(_MOST_TRIES):
                before = (await watcher.exec_driver_sql("PRAGMA data_version")).scalar()
                await reader.exec_driver_sql("SELECT count(*) FROM sqlite_master")
                if pool is None:
                    break
                await asyncio.to_thread(pool.pin_again)
                if (await watcher.exec_driver_sql("PRAGMA data_version")).scalar() == before:
                    await asyncio.to_thread(pool.settle)
                    break
                await _roll_back(reader)
                await reader.exec_driver_sql("BEGIN")
            else:
                raise SourceFailed(
                    f"Other programs commit to {database.url} so often that {counted(_MOST_TRIES, 'try')} to "
                    "see one moment of it failed. Export when they write less, or use one worker "
                    "(LUMBER_WORKERS=1)."
                )
            version = (await reader.exec_driver_sql("SELECT sqlite_version()")).scalar()
            yield Snapshot(reader, source_spec(database), {}, f"SQLite {version}")
        finally:
            await _roll_back(reader)


@asynccontextmanager
async def _freeze_sqlite(
    database: Database, pool: WorkerPool | None, kinds: tuple[Kind, ...], *, has_beside: bool
) -> AsyncIterator[Snapshot]:
    if pool is not None:
        await asyncio.to_thread(pool.wait_ready)
    async with AsyncExitStack() as opened:
        reader, lock = [await opened.enter_async_context(database.connect()) for _ in range(2)]
        # Without the lock, two connections may begin at two moments.
        beside = await opened.enter_async_context(database.connect()) if has_beside else None
        readers = [reader] if beside is None else [reader, beside]
        for connection in (lock, *readers):
            await connection.execution_options(isolation_level="AUTOCOMMIT")
        if pool is not None:
            await patiently(lambda: _lock(database, lock))
        try:
            for connection in readers:
                await connection.exec_driver_sql("BEGIN")
                await connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
            if pool is not None:
                await asyncio.to_thread(pool.pin)
        finally:
            if pool is not None:
                await _roll_back(lock)
        try:
            cutoffs = {}
            for kind in kinds:
                highest = sa.select(sa.func.max(table_of(kind).c[kind.id_column]))
                value = (await reader.execute(highest)).scalar()
                is_frozen = kind.is_append_only
                cutoffs[kind.name] = Cutoff(max_id=int(value or 0) if is_frozen else None, is_own=is_frozen)
            version = (await reader.exec_driver_sql("SELECT sqlite_version()")).scalar()
            yield Snapshot(reader, source_spec(database), cutoffs, f"SQLite {version}", beside=beside)
        finally:
            for connection in readers:
                await _roll_back(connection)


async def _lock(database: Database, connection: AsyncConnection) -> None:
    with database_errors(database.url):
        await connection.exec_driver_sql("BEGIN IMMEDIATE")


async def _roll_back(connection: AsyncConnection) -> None:
    # A cancelled statement closes its connection, and with it the transaction.
    if not connection.invalidated:
        await connection.exec_driver_sql("ROLLBACK")


@asynccontextmanager
async def _freeze_postgresql(database: Database, kinds: tuple[Kind, ...]) -> AsyncIterator[Snapshot]:
    async with database.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        async with _held(connection):
            # The transaction holds the snapshot, idle, as long as workers read.
            await connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            answer = await connection.exec_driver_sql(
                "SELECT pg_export_snapshot(), pg_current_snapshot()::text"
            )
            snapshot_id, snapshot = (str(value) for value in tuple(answer.one()))
            cutoffs = {
                kind.name: Cutoff(snapshot=snapshot, is_own=True) if kind.is_append_only else Cutoff()
                for kind in kinds
            }
            version = (await connection.exec_driver_sql("SHOW server_version")).scalar()
            yield Snapshot(connection, source_spec(database, snapshot_id), cutoffs, f"PostgreSQL {version}")


@asynccontextmanager
async def _held(connection: AsyncConnection) -> AsyncIterator[None]:
    """Begin a transaction that reads, and end it.

    Its server may have ended it before, as a standby does with idle ones: that hides no other error.
    """
    transaction = await connection.begin()
    try:
        yield
    finally:
        try:
            await transaction.rollback()
        except SQLAlchemyError:
            await connection.invalidate()
