"""The databases that the other tests stand on."""

import subprocess
import sys
from pathlib import Path

import adbc_driver_postgresql.dbapi
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from lumber.store.database import open_database
from lumber.store.migrate import SchemaState, schema_state
from lumber.store.url import DatabaseUrl

CHECKOUT = Path(__file__).parent.parent
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}

# A process of its own that holds a server until it is told to end.
OWNER = """
from tests.databases import running_postgres

with running_postgres() as server:
    print(server.port, flush=True)
    input()
"""


async def test_every_test_gets_a_database_with_tables_and_no_rows(database_url: str) -> None:
    database = open_database(DatabaseUrl.parse(database_url))
    assert await schema_state(database) is SchemaState.CURRENT
    async with database.connect() as connection, connection.begin():
        assert (await connection.execute(text("SELECT count(*) FROM log_entries"))).scalar() == 0
    await database.close()


async def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    database = open_database(DatabaseUrl.parse(empty_database_url))
    assert await schema_state(database) is SchemaState.EMPTY
    await database.close()


async def test_every_database_url_opens_a_fresh_database(database_url: str) -> None:
    url = make_url(database_url)
    engine = create_async_engine(url.set(drivername=DRIVERS[url.drivername]))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE only_here (id INTEGER)"))
        assert (await connection.execute(text("SELECT count(*) FROM only_here"))).scalar() == 0
    await engine.dispose()


def test_postgres_url_opens_with_adbc(postgres_url: str) -> None:
    with adbc_driver_postgresql.dbapi.connect(postgres_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text, current_setting('server_version_num')::int")
        _, version = cursor.fetchone()
    assert version >= 180_000


def test_databases_are_dropped_while_connections_are_open(postgres_server) -> None:
    postgres_server.create_database("left_open")
    with adbc_driver_postgresql.dbapi.connect(postgres_server.url("left_open")):
        postgres_server.drop_database("left_open")


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_postgres_leaves_neither_processes_nor_files_behind(end: str) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", OWNER], cwd=CHECKOUT, text=True, **pipes) as owner:
        port = owner.stdout.readline().strip()
        (supervisor,) = psutil.Process(owner.pid).children()
        home = Path(supervisor.cmdline()[-2])
        assert supervisor.cmdline()[-1] == port
        postmaster = psutil.Process(int((home / "data" / "postmaster.pid").read_text().split()[0]))
        family = [supervisor, postmaster, *postmaster.children()]
        if end == "kill":
            owner.kill()
        else:
            owner.communicate("\n")
    _, alive = psutil.wait_procs(family, timeout=300)
    assert not alive
    assert not home.exists()
