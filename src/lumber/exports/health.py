"""What an operator wants to know before trusting an installation: each check with clear advice."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import sqlite3
import stat
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from lumber.catalog.registry import all_kinds
from lumber.errors import LumberError
from lumber.exports.account_checks import check_accounts
from lumber.exports.check import Check
from lumber.exports.engine_health import check_engine
from lumber.exports.settings_checks import check_settings
from lumber.files.modes import file_mode, folder_mode, open_to_others
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.migrate import SchemaState, head_revision, schema_revision, schema_state
from lumber.store.tables import table_of
from lumber.store.url import DatabaseUrl
from lumber.version import __version__

_LOW_DISK_BYTES = 2 * 1024**3
_LEAST_DISK_BYTES = 64 * 1024**2
_POSTGRESQL_LEAST = 16
# https://www.sqlite.org/wal.html#the_wal_reset_bug
_SQLITE_SAFE = (3, 51, 3)
_LIBRARIES = ("polars", "pyarrow", "adbc-driver-sqlite", "adbc-driver-postgresql", "sqlalchemy")


async def check_health(database: Database, settings: Settings) -> Sequence[Check]:
    """Run every check; none raises."""
    checks = [_versions(), disk_check(settings.data_dir), rights_check(settings, database.url)]
    checks.extend(check_settings(settings, database.url))
    checks.append(await check_engine(settings, database.url))
    try:
        checks.extend(await _check_database(database, settings))
    except LumberError as error:
        checks.append(Check("database", "failure", str(error), "Fix this first: everything else needs it."))
    return checks


async def _check_database(database: Database, settings: Settings) -> Sequence[Check]:
    state = await schema_state(database)
    if state is SchemaState.EMPTY:
        text = f"{database.url}: there are no Lumber tables yet"
        return [
            Check("database", "warning", text, "Run `lumber sample`, `lumber ingest` or `lumber migrate`.")
        ]
    checks = [Check("database", "ok", f"{database.url} responds")]
    checks.append(await _server(database))
    if database.is_sqlite:
        checks.append(await _sqlite_writable(database))
    checks.append(migrations_check(state, await schema_revision(database)))
    if state is SchemaState.CURRENT:
        checks.append(await _rows(database))
        checks.extend(await check_accounts(database, settings))
    return checks


def migrations_check(state: SchemaState, revision: str | None) -> Check:
    """Check whether the tables have this program's version."""
    text = f"the tables have revision {revision}, this program needs {head_revision()}"
    if state is SchemaState.CURRENT:
        return Check("migrations", "ok", text)
    if state is SchemaState.OUTDATED:
        return Check("migrations", "failure", text, "Back up the database, then run `lumber migrate`.")
    return Check(
        "migrations", "failure", text, "Install the version of Lumber that created them, or a newer one."
    )


async def _server(database: Database) -> Check:
    if database.is_sqlite:
        return _sqlite_library()
    async with database.connect() as connection:
        number = int((await connection.exec_driver_sql("SHOW server_version_num")).scalar() or 0)
    major = number // 10_000
    text = f"PostgreSQL {major}.{number % 10_000}"
    if major < _POSTGRESQL_LEAST:
        return Check("server", "failure", text, f"Use PostgreSQL {_POSTGRESQL_LEAST} or newer.")
    return Check("server", "ok", text)


def _sqlite_library() -> Check:
    text = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < _SQLITE_SAFE:
        return Check(
            "server",
            "warning",
            f"{text}: in rare cases, versions before 3.51.3 corrupt a file that several processes write",
            "Run one writing command at a time, or use PostgreSQL.",
        )
    return Check("server", "ok", text)


async def _sqlite_writable(database: Database) -> Check:
    async with database.connect() as connection:
        mode = str((await connection.exec_driver_sql("PRAGMA journal_mode")).scalar())
        await connection.rollback()
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
        await connection.exec_driver_sql("ROLLBACK")
    if mode != "wal":
        advice = "Keep the file on a local disk: WAL needs shared memory."
        return Check("journal", "warning", f"journal mode is {mode}, not wal", advice)
    return Check("journal", "ok", "WAL, and the write lock is free")


async def _rows(database: Database) -> Check:
    counts = []
    async with database.connect() as connection:
        for kind in all_kinds().values():
            highest = sa.select(sa.func.count()).select_from(table_of(kind))
            counts.append(f"{kind.name} {(await connection.execute(highest)).scalar():,}")
    return Check("rows", "ok", ", ".join(counts))


def _versions() -> Check:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    text = f"lumber {__version__}, Python {platform.python_version()}, {libraries}, {os.cpu_count()} cores"
    return Check("versions", "ok", text)


def rights_check(settings: Settings, url: DatabaseUrl) -> Check:
    """Check whether others have access to files and folders that were made with more rights."""
    paths = [settings.data_dir.expanduser(), settings.effective_exports_dir]
    if url.dialect == "sqlite":
        paths += [url.path.with_name(f"{url.path.name}{suffix}") for suffix in ("", "-wal", "-shm")]
    if settings.privacy_key_file is not None:
        paths.append(settings.privacy_key_file)
    found = [path for path in paths if open_to_others(path, settings.file_umask)]
    if not found:
        return Check("rights", "ok", f"others have no more access than LUMBER_UMASK {settings.umask} allows")
    text = ", ".join(f"{path} ({stat.S_IMODE(path.stat().st_mode):04o})" for path in found)
    umask = settings.file_umask
    advice = " && ".join(
        f"chmod {folder_mode(umask) if path.is_dir() else file_mode(umask):o} {shlex.quote(str(path))}"
        for path in found
    )
    return Check(
        "rights",
        "warning",
        f"other users have access to {text}",
        f"If they shouldn't, run: {advice}. If they should, set LUMBER_UMASK.",
    )


def disk_check(folder: Path, shown: str | None = None) -> Check:
    """Check the disk of a folder, which may not exist yet; `shown` stands for its path."""
    place = folder.expanduser().absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"{free / 1024**3:.1f} GiB free at {shown or place}"
    if not os.access(place, os.W_OK):
        return Check(
            "disk", "failure", f"{shown or place} is not writable", "Fix its permissions or LUMBER_DATA_DIR."
        )
    if free < _LEAST_DISK_BYTES:
        return Check("disk", "failure", text, "Free some space: exports will fail.")
    if free < _LOW_DISK_BYTES:
        return Check("disk", "warning", text, "Free some space, or set LUMBER_DATA_DIR to a larger disk.")
    return Check("disk", "ok", text)
