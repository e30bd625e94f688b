"""The migrations, on both databases: up, down and up again, and the same as the models."""

import json
import subprocess
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from lumber.errors import DatabaseMissing, SchemaUnknown
from lumber.exports import ExportStatusManager
from lumber.exports.folding import FoldedResults
from lumber.exports.history import HistoryQuery, find_exports
from lumber.store.bulk import BulkConnection
from lumber.store.database import Database, open_database
from lumber.store.migrate import (
    SchemaState,
    alembic_config,
    downgrade,
    head_revision,
    require_schema,
    schema_revision,
    schema_state,
    upgrade,
)
from lumber.store.models import Base
from lumber.store.url import DatabaseUrl
from tests.commands import lumber
from tests.integration.datasets import execute


@pytest.fixture
async def database(empty_database_url: str) -> Any:
    """A database without tables."""
    opened = open_database(DatabaseUrl.parse(empty_database_url), busy_timeout_seconds=7)
    yield opened
    await opened.close()


async def tables(database: Database) -> set[str]:
    async with database.connect() as connection:
        return set(await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names()))


async def test_migrations_run_up_down_and_up(database: Database) -> None:
    assert await schema_state(database) is SchemaState.EMPTY
    expected = {*Base.metadata.tables, "alembic_version"}
    for _ in range(2):
        await upgrade(database)
        assert await schema_state(database) is SchemaState.CURRENT
        assert await tables(database) == expected | await bookkeeping(database)
        await downgrade(database)
        assert await schema_revision(database) is None
        assert await tables(database) == {"alembic_version"} | await bookkeeping(database)


async def test_exports_from_before_leases_have_ended(database: Database) -> None:
    await upgrade(database, "0001")
    columns = (
        "id, status, data_version, config, config_hash, plan, record_count, file_size, attempt, created_at, "
        "updated_at"
    )
    moment = "0" if database.is_sqlite else "now()"
    async with database.connect() as connection, connection.begin():
        for status in ("pending", "running", "completed", "failed", "cancelled"):
            await connection.execute(
                sa.text(
                    f"INSERT INTO exports ({columns}) "
                    f"VALUES ('{status}', '{status}', '1', '{{}}', 'x', '{{}}', 0, 0, 1, {moment}, {moment})"
                )
            )
        await connection.execute(
            sa.text(
                "INSERT INTO export_partitions (export_id, kind, ordinal, attempt, result, finished_at) "
                f"VALUES ('failed', 'logs', 0, 1, '{{}}', {moment})"
            )
        )
    await upgrade(database)
    ledger = ExportStatusManager(database)
    found = {each.export_id: (each.status, each.error_code) for each in await ledger.list()}
    assert found == {
        "pending": ("failed", "command_lost"),
        "running": ("failed", "command_lost"),
        "completed": ("completed", None),
        "failed": ("failed", None),
        "cancelled": ("cancelled", None),
    }
    assert (await ledger.get("running")).finished_at is not None
    for export_id in ("running", "failed"):
        await ledger.retry(export_id)
        job = await ledger.job(await ledger.claim(export_id, "a", 60))
        assert (job.plan, job.results, job.export.attempt) == (None, FoldedResults(), 2)


async def test_exports_of_an_older_ledger_are_searched(database: Database) -> None:
    await upgrade(database, "0005")
    config = '{"data_types":["ips","logs"],"filters":{"message":"Old Words"}}'
    moment = "0" if database.is_sqlite else "now()"
    async with database.connect() as connection, connection.begin():
        await connection.execute(
            sa.text(
                "INSERT INTO exports (id, status, data_version, config, config_hash, record_count, "
                "file_size, attempt, created_at, updated_at) "
                f"VALUES ('old', 'completed', '1', :config, 'x', 0, 0, 1, {moment}, {moment})"
            ),
            {"config": config},
        )
    for _ in range(2):
        await upgrade(database)
        for query in (HistoryQuery(text="oLD words"), HistoryQuery(kind="logs"), HistoryQuery(text="OLD")):
            assert [found.export_id for found in (await find_exports(database, query))[0]] == ["old"]
        assert await find_exports(database, HistoryQuery(kind="anomalies")) == ([], 0)
        await _change_as_a_restore_does(database)
        assert [
            found.export_id for found in (await find_exports(database, HistoryQuery(text="gone")))[0]
        ] == ["old"]
        await downgrade(database, "0005")


async def _change_as_a_restore_does(database: Database) -> None:
    """Change an export; on PostgreSQL with an empty search_path, as `pg_restore` has it."""
    table = "exports" if database.is_sqlite else "public.exports"
    async with database.connect() as connection, connection.begin():
        if not database.is_sqlite:
            await connection.execute(sa.text("SET LOCAL search_path = ''"))
        await connection.execute(sa.text(f"UPDATE {table} SET error_message = 'gone'"))


async def bookkeeping(database: Database) -> set[str]:
    """SQLite's own tables, where the inspector names them."""
    return {name for name in await tables(database) if name.startswith("sqlite_")}


# The reflection that the comparison rests on cannot read what is PostgreSQL's alone, nor an index on an
# expression, and the models do not know what an index has on SQLite alone. These are left out below, and have
# their own tests.
@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8' of column 'tx'")
@pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index ix_log_entries_level"
)
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
async def test_models_and_migrations_agree(database: Database) -> None:
    await upgrade(database)
    async with database.connect() as connection:
        assert await connection.run_sync(differences) == []


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection,
        opts={"compare_type": True, "include_object": is_compared, "target_metadata": Base.metadata},
    )
    return list(compare_metadata(context, Base.metadata))


FILTER_INDEXES = {
    "ix_log_entries_level": "lower(coalesce(severity_text, log_level))",
    "ix_log_entries_device_id": "device_id",
}


def is_compared(_object: object, name: str | None, kind: str, is_reflected: bool, _other: object) -> bool:
    # `tx` is filled by the server; no model may write it.
    if kind == "column" and name == "tx" and is_reflected:
        return False
    # On PostgreSQL only, as the column that it is on.
    return not (kind == "index" and name in (*FILTER_INDEXES, "ix_log_entries_tx"))


async def index_definitions(database: Database) -> dict[str, str]:
    """Return how the database writes each index on the log lines, in lower case."""
    catalog = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'log_entries'"
        if database.is_sqlite
        else "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'log_entries'"
    )
    async with database.connect() as connection:
        rows = (await connection.execute(sa.text(catalog))).all()
    return {name: definition.lower() for name, definition in rows}


async def test_filtered_rows_are_in_the_order_of_time_in_sqlites_indexes(database: Database) -> None:
    await upgrade(database, "0003")
    insert = "INSERT INTO log_entries (id, timestamp, severity_text, device_id) VALUES " + ", ".join(
        f"({n}, {n if database.is_sqlite else 'now()'}, 'err', 'r{n % 2}')" for n in range(1, 9)
    )
    async with database.connect() as connection, connection.begin():
        await connection.execute(sa.text(insert))
    plain = await index_definitions(database)
    for _ in range(2):
        await upgrade(database)
        found = await index_definitions(database)
        for name, first in FILTER_INDEXES.items():
            columns = f"({first}, timestamp, id)" if database.is_sqlite else f"({first})"
            assert columns in found[name]
        assert found["ix_log_entries_device_id"].rstrip(")").endswith("device_id is not null")
        if database.is_sqlite:
            async with database.connect() as connection:
                assert (await connection.execute(sa.text("PRAGMA integrity_check"))).scalar() == "ok"
        await downgrade(database, "0003")
        assert await index_definitions(database) == plain


async def test_the_indexes_exist(database: Database) -> None:
    await upgrade(database)
    catalog = (
        "SELECT name FROM sqlite_master WHERE type = 'index'"
        if database.is_sqlite
        else "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
    )
    async with database.connect() as connection:
        found = set((await connection.execute(sa.text(catalog))).scalars())
    wanted = {index.name for table in Base.metadata.tables.values() for index in table.indexes}
    assert len(wanted) >= 8
    assert wanted <= found


@pytest.mark.parametrize(
    ("index", "condition"),
    [
        ("ix_log_entries_level", "lower(coalesce(severity_text, log_level)) IN ('error', 'err')"),
        ("ix_log_entries_device_id", "device_id IN ('r1', 'r2')"),
        ("ix_log_entries_device_id", "device_id = 'r1'"),
        ("ix_log_entries_process_name", "process_name IN ('sshd')"),
    ],
)
async def test_an_index_serves_the_filter_on_its_column(
    database: Database, index: str, condition: str
) -> None:
    await upgrade(database)
    question = f"SELECT id FROM log_entries WHERE {condition}"
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.connect() as connection:
        if not database.is_sqlite:
            await connection.execute(sa.text("SET enable_seqscan = off"))
        plan = (await connection.execute(sa.text(explain + question))).all()
    assert index in str(plan)


async def test_postgresql_rows_carry_the_transaction_that_wrote_them(empty_postgres_url: str) -> None:
    database = open_database(DatabaseUrl.parse(empty_postgres_url))
    await upgrade(database)
    async with database.connect() as connection, connection.begin():
        await connection.execute(sa.text("INSERT INTO log_entries (timestamp) VALUES (now())"))
        is_mine = sa.text("SELECT tx = pg_current_xact_id(), pg_typeof(tx)::text FROM log_entries")
        assert (await connection.execute(is_mine)).one() == (True, "xid8")
    await database.close()


async def test_sqlite_waits_for_other_writers_and_lets_readers_read(empty_sqlite_url: str) -> None:
    url = DatabaseUrl.parse(empty_sqlite_url)
    database = open_database(url, busy_timeout_seconds=7)
    await upgrade(database)
    async with database.connect() as connection:
        pragmas = [
            (await connection.execute(sa.text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        ]
    await database.close()
    assert pragmas == ["wal", 7_000, 1, 1]
    with BulkConnection(url, busy_timeout_seconds=7) as connection:
        bulk = [
            connection.query(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        ]
    assert bulk == pragmas


async def test_every_sqlite_table_is_strict_and_observations_never_reuse_an_id(empty_sqlite_url: str) -> None:
    database = open_database(DatabaseUrl.parse(empty_sqlite_url))
    await upgrade(database)
    query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    async with database.connect() as connection:
        statements = dict([tuple(row) for row in await connection.execute(query)])
    await database.close()
    for name in Base.metadata.tables:
        assert statements[name].rstrip().endswith("STRICT"), name
    for name in ("log_entries", "anomaly_detections", "ip_addresses"):
        assert "AUTOINCREMENT" in statements[name]


async def test_tables_of_another_version_are_refused_with_the_next_step(database: Database) -> None:
    with pytest.raises(DatabaseMissing, match="lumber ingest"):
        await require_schema(database)
    await require_schema(database, create=True)
    await require_schema(database)
    await set_revision(database, "9999")
    with pytest.raises(SchemaUnknown, match="newer"):
        await require_schema(database, create=True)


async def set_revision(database: Database, revision: str) -> None:
    async with database.connect() as connection, connection.begin():
        statement = sa.text("UPDATE alembic_version SET version_num = :revision")
        await connection.execute(statement, {"revision": revision})


def migrate(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return lumber("migrate", "--database-url", url, *arguments)


def test_lumber_migrate_makes_the_tables_and_then_has_nothing_to_do(empty_database_url: str) -> None:
    head = head_revision()
    where = str(DatabaseUrl.parse(empty_database_url))
    first, second = migrate(empty_database_url, "--json"), migrate(empty_database_url)
    assert (first.returncode, second.returncode) == (0, 0)
    assert json.loads(first.stdout) == {"database": where, "from": None, "to": head, "is_changed": True}
    assert f"already have the current version, {head}." in second.stdout


def test_lumber_migrate_leaves_newer_tables_alone(database_url: str) -> None:
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    refused = migrate(database_url, "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["code"] == "schema_unknown"


def test_the_newest_revision_is_the_one_that_the_program_expects() -> None:
    heads = ScriptDirectory.from_config(alembic_config()).get_heads()
    assert heads == [head_revision()]
