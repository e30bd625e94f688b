"""The version of the database's tables, and how to bring them to this program's version."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

if TYPE_CHECKING:
    from alembic.config import Config

from lumber.errors import DatabaseMissing, SchemaOutdated, SchemaUnknown
from lumber.store.database import Database

# The newest revision. Only migrations load Alembic: it would double the start-up time of every command.
_HEAD = "0032"
# Any constant: it names the lock that keeps two migrations apart on PostgreSQL.
_MIGRATION_LOCK = 0x4C554D42


class SchemaState(StrEnum):
    """How the database's tables relate to this program."""

    EMPTY = "empty"
    CURRENT = "current"
    OUTDATED = "outdated"
    UNKNOWN = "unknown"


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for the migrations that ship with the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """Return the newest revision that this program knows."""
    return _HEAD


def known_revisions() -> set[str]:
    """Return every revision that this program knows, in no order."""
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


async def schema_revision(database: Database) -> str | None:
    """Return the revision of the database's tables; None when it has none."""
    async with database.connect() as connection:
        return await connection.run_sync(current_revision)


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the tables on an open connection; None when there are none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return revision


async def schema_state(database: Database) -> SchemaState:
    """Say how the database's tables relate to this program. A missing SQLite file is empty."""
    if database.is_sqlite and not database.url.path.exists():
        return SchemaState.EMPTY
    return state_of(await schema_revision(database))


def state_of(revision: str | None) -> SchemaState:
    """Say how tables of this revision relate to this program."""
    if revision is None:
        return SchemaState.EMPTY
    if revision == head_revision():
        return SchemaState.CURRENT
    return SchemaState.OUTDATED if revision in known_revisions() else SchemaState.UNKNOWN


async def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables to `revision`, creating a SQLite file and its folder when missing."""
    if database.is_sqlite:
        database.url.path.parent.mkdir(parents=True, exist_ok=True)
    await _run(database, revision, is_upgrade=True)


async def downgrade(database: Database, revision: str = "base") -> None:
    """Take the tables back to `revision`. Data that later revisions added is lost."""
    await _run(database, revision, is_upgrade=False)


async def _run(database: Database, revision: str, *, is_upgrade: bool) -> None:
    from alembic import command

    def run(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config = alembic_config(connection)
        (command.upgrade if is_upgrade else command.downgrade)(config, revision)

    async with database.connect() as connection, connection.begin():
        await connection.run_sync(run)


async def require_schema(database: Database, *, create: bool = False) -> None:
    """Make sure that the tables have this program's version.

    With `create`, make the tables of an empty database. Raises DatabaseMissing, SchemaOutdated or
    SchemaUnknown, each with the next step.
    """
    state = await schema_state(database)
    if state is SchemaState.EMPTY:
        if not create:
            raise DatabaseMissing(
                f"There is no Lumber database at {database.url}. Load something first with `lumber ingest` "
                "or `lumber sample`, or set LUMBER_DATABASE_URL or --database-url to your database."
            )
        await upgrade(database)
    elif state is SchemaState.OUTDATED:
        raise SchemaOutdated(
            f"The tables at {database.url} are of an older version. Make a backup, then run `lumber migrate`."
        )
    elif state is SchemaState.UNKNOWN:
        raise SchemaUnknown(
            f"The tables at {database.url} are of a version that this program does not know. "
            "Install the version of Lumber that made them, or a newer one."
        )
