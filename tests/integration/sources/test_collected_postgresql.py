"""A PostgreSQL that is collected: its server sorts nothing, and its rows are those that it has in place."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from lumber.errors import ConfigError
from lumber.exports import DataExporter, ExportConfig, ExportStatusManager
from lumber.settings import Settings
from lumber.sources.address import SourceAddress
from lumber.sources.interface import ReaderOptions
from lumber.sources.readers.finding import open_reader
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute, query
from tests.integration.processes import until
from tests.integration.sources.rsyslog import MAPPING, make_events, same_in_own_tables, write_mapping
from tests.integration.sources.test_collected_exports import assert_same, call, done, ledger_url

__all__ = ["call", "ledger_url"]

Call = Callable[..., CompletedProcess[str]]
ROWS = 2_500
RUNNING = (
    "SELECT query FROM pg_stat_activity WHERE application_name LIKE 'lumber%' AND state = 'active' "
    "AND datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
)


def collected(url: str) -> str:
    return f"collected+{url}"


def test_the_rows_are_those_in_place_and_the_server_sorts_nothing(
    call: Call, ledger_url: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    make_events(empty_postgres_url, ROWS)
    same_in_own_tables(ledger_url, ROWS)
    # A sort would need memory that this server doesn't give, and so write a file, which it counts.
    name = empty_postgres_url.rpartition("/")[2]
    execute(empty_postgres_url, f"ALTER DATABASE \"{name}\" SET work_mem = '64kB'")
    in_place = done(call("source", "add", "there", "--url", empty_postgres_url))
    assert "1 table" in in_place.stdout
    told = done(call("source", "map", "there", write_mapping(tmp_path))).stdout
    assert "begins with collected+postgresql://" in " ".join(told.split())
    done(call("source", "add", "plant", "--url", collected(empty_postgres_url)))
    assert 'key = "id"' in done(call("source", "suggest", "plant", "systemevents")).stdout
    told = " ".join(done(call("source", "map", "plant", write_mapping(tmp_path))).stdout.split())
    assert "An export first collects its rows" in told
    assert "sorts its own rows" not in told
    files = f"SELECT temp_files FROM pg_stat_database WHERE datname = '{name}'"
    before = query(empty_postgres_url, files)
    assert_same(call, tmp_path, "plant")
    assert query(empty_postgres_url, files) == before
    done(call("export", "-d", "logs", "--source", "there", "--output", tmp_path / "there"))
    until(lambda: query(empty_postgres_url, files) > before)


def test_a_cancelled_export_ends_its_statement_in_the_server(
    call: Call, ledger_url: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    make_events(empty_postgres_url, 10)
    execute(
        empty_postgres_url,
        "CREATE VIEW slow AS SELECT * FROM SystemEvents WHERE CASE WHEN ID = 7 AND current_query() "
        "ILIKE '%AS c0%' THEN pg_sleep(987) IS NOT NULL ELSE true END",
    )
    done(call("source", "add", "plant", "--url", collected(empty_postgres_url)))
    text = MAPPING.replace('"SystemEvents"', '"slow"').replace(
        "[columns]", 'filter = "ID <> 7 OR pg_sleep(0) IS NOT NULL"\n[columns]'
    )
    execute(empty_postgres_url, "UPDATE SystemEvents SET ID = 77 WHERE ID = 7")
    done(call("source", "map", "plant", write_mapping(tmp_path, text)))
    execute(empty_postgres_url, "UPDATE SystemEvents SET ID = 7 WHERE ID = 77")

    async def run() -> str:
        database = open_database(DatabaseUrl.parse(ledger_url))
        exporter = DataExporter(
            ExportConfig(data_types=["logs"], source="plant"),
            settings=Settings(workers=1),
            database=database,
            output=tmp_path / "out",
        )
        try:
            task: asyncio.Task[Any] = asyncio.ensure_future(exporter.export_data())
            await asyncio.to_thread(until, lambda: query(empty_postgres_url, RUNNING))
            task.cancel()
            await asyncio.wait({task})
            (recorded,) = await ExportStatusManager(database).list()
            return recorded.status
        finally:
            await database.close()

    assert asyncio.run(run()) == "cancelled"
    assert query(empty_postgres_url, RUNNING) == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("scheme", ["collected", "collected+sqlite", "collected+mysql"])
def test_nothing_else_is_opened_by_such_an_address(scheme: str, tmp_path: Path) -> None:
    """Over HTTP too: an address that names a file is refused before anything is opened."""
    with pytest.raises(ConfigError, match=r"can't be collected .*collected\+postgresql://USER@HOST/NAME"):
        open_reader(SourceAddress.parse(f"{scheme}://{tmp_path}/x.db"), ReaderOptions("lumber test", 60))
