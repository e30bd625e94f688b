"""A standby as a source: a read that it cancels is tried again, and no row is lost or doubled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clones import make_tables
from tests.commands import lumber
from tests.databases import PostgresServer, running_postgres
from tests.integration.datasets import execute, query, read_dataset
from tests.integration.processes import LUMBER, started, until
from tests.integration.serving import call, serving, wait_for_end
from tests.integration.sources.rsyslog import MAPPING, event, insert, make_events, write_mapping
from tests.integration.sources.standby import Standby, running_standby

BUDGET_REASON = "A PostgreSQL server and its standby are made."

ROWS = 400
NAME = "plant"
# While the switch is on, the partition that has this event stands still.
SLOW = (
    "CREATE VIEW slow AS SELECT * FROM SystemEvents WHERE CASE WHEN ID = 17 "
    "AND current_query() ILIKE 'copy%' AND (SELECT is_on FROM switch) "
    "THEN pg_sleep(3600) IS NOT NULL ELSE true END"
)
SLEEPING = (
    "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'lumber%' AND state = 'active' "
    "AND wait_event = 'PgSleep' AND datname = current_database()"
)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[PostgresServer, Standby]]:
    """A primary and its standby."""
    with running_postgres() as primary, running_standby(primary) as standby:
        yield primary, standby


@pytest.fixture
def plant(servers: tuple[PostgresServer, Standby]) -> Iterator[tuple[str, str]]:
    """The URLs of a database at the primary and at the standby, with events."""
    primary, standby = servers
    primary.create_database(NAME)
    url = primary.url(NAME)
    make_events(url, ROWS)
    execute(url, "CREATE TABLE switch (is_on boolean)")
    execute(url, "INSERT INTO switch VALUES (true)")
    execute(url, SLOW)
    until(lambda: query(standby.url("postgres"), f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'"))
    standby.catch_up(NAME)
    yield url, standby.url(NAME)
    primary.drop_database(NAME)


def prepare(folder: Path, url: str, guarantee: str) -> str:
    """Register the standby in a ledger; return the ledger's URL."""
    ledger = f"sqlite:///{folder / 'ledger.db'}"
    make_tables(ledger)
    text = MAPPING.replace('"SystemEvents"', '"slow"').replace("key =", f'guarantee = "{guarantee}"\nkey =')
    for words in (("add", "plant", "--url", url), ("map", "plant", write_mapping(folder, text))):
        done = lumber("source", *words, "--database-url", ledger)
        assert done.returncode == 0, done.stderr
    return ledger


def conflict(primary: str, standby: str, *, removed: int | None) -> None:
    """Wait until a partition stands still, and have the primary remove rows that its moment still needs."""
    until(lambda: query(standby, SLEEPING))
    execute(primary, insert(primary), [event(primary, number) for number in range(ROWS + 1, ROWS + 21)])
    if removed is not None:
        execute(primary, f"DELETE FROM SystemEvents WHERE ID = {removed}")
    execute(primary, "UPDATE switch SET is_on = false")
    for table in ("SystemEvents", "switch"):
        execute(primary, f"VACUUM {table}")


def attempts(ledger: str) -> list[tuple[Any, ...]]:
    return query(ledger, "SELECT outcome, error_code FROM export_attempts ORDER BY number")


@pytest.mark.parametrize("guarantee", ["snapshot", "append_only"])
def test_a_service_tries_again(plant: tuple[str, str], tmp_path: Path, guarantee: str) -> None:
    """`append_only` continues to the same last key; `snapshot` begins anew, at the next attempt's moment."""
    primary, standby = plant
    ledger = prepare(tmp_path, standby, guarantee)
    is_snapshot = guarantee == "snapshot"
    with serving(ledger, tmp_path / "data", LUMBER_WORKERS=2, LUMBER_RETRY_SECONDS=0) as (_, address):
        config = {"data_types": ["logs"], "source": "plant", "output_format": "jsonl"}
        export_id = call(address, "/export/", config)["export_id"]
        conflict(primary, standby, removed=8 if is_snapshot else None)
        wait_for_end(address, export_id)
        record = call(address, f"/export/{export_id}")
    assert record["status"] == "completed", record
    assert attempts(ledger) == [("failed", "source_conflict"), ("completed", None)]
    last = ROWS + 20 if is_snapshot else ROWS
    wanted = [number for number in range(1, last + 1) if not is_snapshot or number != 8]
    assert sorted(row["id"] for row in read_dataset(Path(record["path"]))) == wanted


def test_a_command_tries_again_and_leaves_nothing_of_the_first_attempt(
    plant: tuple[str, str], tmp_path: Path
) -> None:
    primary, standby = plant
    ledger = prepare(tmp_path, standby, "snapshot")
    given = {
        "LUMBER_DATABASE_URL": ledger,
        "LUMBER_DATA_DIR": tmp_path / "data",
        "LUMBER_WORKERS": 2,
        "LUMBER_PARTITION_ROWS": 50,
    }
    command = (LUMBER, "export", "-d", "logs", "--source", "plant", "--format", "jsonl", "--no-metadata")
    with started(*command, "--output", tmp_path / "out", **given) as running:
        conflict(primary, standby, removed=8)
        assert running.wait() == 0, running.stderr
    assert attempts(ledger) == [("failed", "source_conflict"), ("completed", None)]
    wanted = [number for number in range(1, ROWS + 21) if number != 8]
    assert sorted(row["id"] for row in read_dataset(tmp_path / "out")) == wanted


def test_a_command_that_is_cancelled_again_and_again_says_what_helps(
    plant: tuple[str, str], tmp_path: Path
) -> None:
    primary, standby = plant
    ledger = prepare(tmp_path, standby, "snapshot")
    given = {
        "LUMBER_DATABASE_URL": ledger,
        "LUMBER_DATA_DIR": tmp_path / "data",
        "LUMBER_WORKERS": 1,
        "LUMBER_MAX_ATTEMPTS": 2,
    }
    command = (LUMBER, "export", "-d", "logs", "--source", "plant", "--output", tmp_path / "out")
    with started(*command, **given) as running:
        for _ in range(2):
            until(lambda: query(standby, SLEEPING))
            execute(primary, "UPDATE switch SET is_on = true")
            execute(primary, "VACUUM switch")
            until(lambda: not query(standby, SLEEPING))
        assert running.wait() == 1
        assert "hot_standby_feedback" in running.stderr
    assert attempts(ledger) == [("failed", "source_conflict")] * 2
    assert query(ledger, "SELECT status, error_code FROM exports") == [("failed", "source_conflict")]
    assert not (tmp_path / "out").exists()
