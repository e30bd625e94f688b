"""A load that is killed at any point and run again leaves what an undisturbed one leaves."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pytest

from lumber.store.url import DatabaseUrl
from tests.databases import FIXTURES

BUDGET_REASON = "Loads are killed in a process of their own and run again."

# Runs the real command in small chunks, and kills itself right before or after the n-th call of a method.
CHILD = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
from lumber.cli.main import run
from lumber.ingest import loader
from lumber.ingest.rejects import RejectFile
from lumber.ingest.uploads import request
from lumber.store.bulk import BulkConnection

method, moment, count, sign = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
options = request.IngestOptions
request.IngestOptions = lambda **given: options(**given, chunk_bytes=20_000)
owner = RejectFile if method == "write" else BulkConnection
original = getattr(owner, method)
calls = 0

def wrapped(self, *arguments, **named):
    global calls
    calls += 1
    if calls == count and moment == "before":
        os.kill(os.getpid(), sign)
    answer = original(self, *arguments, **named)
    if calls == count and moment == "after":
        os.kill(os.getpid(), sign)
    return answer

setattr(owner, method, wrapped)
sys.exit(run(sys.argv[5:]))
"""
# Several chunks; every third line is a reject, the year turns in the middle, addresses repeat.
LINES = 1500
CONTENT = "".join(
    f"broken {n}\n"
    if n % 3 == 2
    else f"{'Dec 31' if n < 700 else 'Jan  1'} 10:00:{n % 60:02d} h t[{n}]: from 10.0.0.{n % 9}\n"
    for n in range(LINES)
)


def load(
    url: str, data_dir: Path, source: Path, kill: tuple[str, str, int, int]
) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", CHILD, *map(str, kill)]
    arguments = ["ingest", "logs", str(source), "--year", "2004", "--json", "--database-url", url]
    environment = {**os.environ, "LUMBER_DATA_DIR": str(data_dir)}
    return subprocess.run(command + arguments, env=environment, capture_output=True, text=True, check=False)


def content(url: str) -> tuple[list[tuple], list[tuple]]:
    parsed = DatabaseUrl.parse(url)
    driver = adbc_driver_sqlite if parsed.dialect == "sqlite" else adbc_driver_postgresql
    with driver.dbapi.connect(parsed.adbc_uri(read_only=True)) as connection, connection.cursor() as cursor:
        # Ids of PostgreSQL have gaps after a rollback; their order is the same.
        cursor.execute(
            "SELECT timestamp, process_name, message, host_name, raw_message FROM log_entries ORDER BY id"
        )
        logs = cursor.fetchall()
        cursor.execute("SELECT address, first_seen, last_seen, sightings FROM ip_addresses ORDER BY address")
        return logs, cursor.fetchall()


def year_of(time: int | datetime) -> int:
    """Return the year of a time as the driver gives it."""
    return time.year if isinstance(time, datetime) else datetime.fromtimestamp(time / 1e6, UTC).year


NEVER = ("commit", "after", 0, 0)


@pytest.mark.parametrize(
    ("kind", "kill"),
    [
        ("sqlite", ("write", "after", 1)),
        ("postgresql", ("append", "after", 3)),
        ("sqlite", ("commit", "before", 2)),
        ("postgresql", ("commit", "after", 2)),
        pytest.param("postgresql", ("write", "after", 1), marks=pytest.mark.slow),
        pytest.param("sqlite", ("append", "after", 3), marks=pytest.mark.slow),
        pytest.param("postgresql", ("commit", "before", 2), marks=pytest.mark.slow),
        pytest.param("sqlite", ("commit", "after", 2), marks=pytest.mark.slow),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[1]}-{value[0]}-{value[2]}",
)
def test_a_killed_load_goes_on_where_it_stopped(
    kind: str, tmp_path: Path, kill: tuple[str, str, int], request: pytest.FixtureRequest
) -> None:
    database_url = request.getfixturevalue(FIXTURES[kind])
    source = tmp_path / "source.log"
    source.write_text(CONTENT)
    killed = load(database_url, tmp_path / "data", source, (*kill, signal.SIGKILL))
    assert killed.returncode == -signal.SIGKILL
    again = load(database_url, tmp_path / "data", source, NEVER)
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert report["skipped"] + report["lines"] == LINES
    logs, addresses = content(database_url)
    expected = [line for line in CONTENT.splitlines() if not line.startswith("broken")]
    assert [row[4] for row in logs] == expected
    assert [year_of(row[0]) for row in logs] == [
        2004 if line.startswith("Dec") else 2005 for line in expected
    ]
    assert sum(row[3] for row in addresses) == len(expected)
    rejects = (tmp_path / "data" / "rejects" / f"{report['sources'][0]['source_id']}.jsonl").read_text()
    assert [json.loads(line)["line"] for line in rejects.splitlines()] == list(range(3, LINES + 1, 3))


def test_an_interrupted_load_says_how_to_go_on(sqlite_url: str, tmp_path: Path) -> None:
    source = tmp_path / "source.log"
    source.write_text(CONTENT)
    stopped = load(sqlite_url, tmp_path / "data", source, ("commit", "before", 2, signal.SIGINT))
    assert stopped.returncode == 130
    assert "Run the same command" in stopped.stderr
    again = load(sqlite_url, tmp_path / "data", source, NEVER)
    assert json.loads(again.stdout)["skipped"] > 0
    assert len(content(sqlite_url)[0]) == 1000
