"""`lumber sample` against real databases: the same rows everywhere, ids that fit, runs that add up."""

import hashlib
import json
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lumber.ingest.sample.plan import BLOCK_ROWS, SamplePlan
from lumber.ingest.sample.writer import SampleCounts, write_sample
from lumber.store.bulk import BulkConnection
from lumber.store.types import to_microseconds
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.processes import LUMBER, lumber_process, started, until

BUDGET_REASON = "Sample data is made by commands on both databases."

TABLES = ("log_entries", "anomaly_detections", "ip_addresses")
COLUMNS = {
    "log_entries": "id, timestamp, log_level, severity_text, process_name, message, device_id, device_ip, "
    "host_name, raw_message, structured_data",
    "anomaly_detections": "id, timestamp, anomaly_type, severity, score, score_raw, score_max, description, "
    "features, log_entry_id, device_id, detector, status, verdict",
    "ip_addresses": "id, address, first_seen, last_seen, risk_score, sightings, device_id, tags",
}
# The content of `lumber sample --rows 3000 --seed 7`. It changes only when the generator is meant to
# change: whoever has a database or a benchmark of a seed can then no longer make it again.
GOLDEN = "c2471362cf03e41eb0ae17fca3eec98ddaa2bcc7a799b9f78f830938277d9c8b"


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the object that a command printed that went well."""
    assert (done.returncode, done.stderr) == (0, "")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def sample(url: str, rows: int, *, seed: int = 7, damaged: float = 0.002, **changes: Any) -> SampleCounts:
    """Do what the command does, without the second that a process takes to start."""
    return list(
        write_sample(DatabaseUrl.parse(url), SamplePlan(rows, seed, damaged_share=damaged, **changes))
    )[-1]


def rows_of(url: str, sql: str) -> list[tuple[Any, ...]]:
    with BulkConnection(DatabaseUrl.parse(url)) as connection:
        return [
            tuple(to_microseconds(value) if isinstance(value, datetime) else value for value in row)
            for row in connection.query(sql)
        ]


def content_hash(url: str) -> str:
    rows = [rows_of(url, f"SELECT {COLUMNS[table]} FROM {table} ORDER BY id") for table in TABLES]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def counts_of(url: str) -> tuple[int, ...]:
    return tuple(rows_of(url, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES)


def test_the_same_seed_gives_the_same_rows_on_every_database(database_url: str) -> None:
    sample(database_url, 3_000)
    assert content_hash(database_url) == GOLDEN


def test_the_number_of_cores_and_the_time_zone_change_nothing(tmp_path: Path) -> None:
    hashes = set()
    for name, environment in {
        "one": {"POLARS_MAX_THREADS": "1", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1"},
        "many": {"POLARS_MAX_THREADS": "8", "TZ": "America/Lima", "PYTHONHASHSEED": "2"},
    }.items():
        url = f"sqlite:///{tmp_path / name}.db"
        make_tables(url)
        # Polars reads the environment when it is loaded.
        done = lumber_process(
            "sample", "--rows", 3_000, "--seed", 11, "--database-url", url, "--json", **environment
        )
        assert answer(done)["logs"] == 3_000
        hashes.add(content_hash(url))
    assert len(hashes) == 1


def test_another_seed_gives_other_rows(sqlite_url: str) -> None:
    sample(sqlite_url, 3_000, seed=8)
    assert content_hash(sqlite_url) != GOLDEN


def test_the_tables_are_made_and_json_says_what_is_in_the_database(empty_database_url: str) -> None:
    database_url = empty_database_url
    result = answer(lumber("sample", "--rows", 5_000, "--seed", 3, "--database-url", database_url, "--json"))
    assert counts_of(database_url) == (result["logs"], result["anomalies"], result["ips"])
    assert result["logs"] == 5_000
    assert result["seed"] == 3
    assert result["incidents"] == sum(result["incidents_by_type"].values()) == 2
    assert result["before"] == {"logs": 0, "anomalies": 0, "ips": 0}
    assert result["is_interrupted"] is False


def test_every_anomaly_points_to_a_log_row_of_its_device(database_url: str) -> None:
    for seed in (1, 2):  # the second run stands on the ids of the first
        sample(database_url, 3_000, seed=seed, damaged=0)
    lost = rows_of(
        database_url,
        "SELECT count(*) FROM anomaly_detections a LEFT JOIN log_entries l "
        "ON l.id = a.log_entry_id AND l.device_id = a.device_id "
        "AND l.timestamp < a.timestamp WHERE l.id IS NULL",
    )
    assert lost == [(0,)]
    sources = rows_of(
        database_url, "SELECT count(DISTINCT log_entry_id), max(log_entry_id) FROM anomaly_detections"
    )
    assert sources[0][0] > 10
    assert 3_000 < sources[0][1] <= 6_000


def test_two_runs_add_up(database_url: str) -> None:
    addresses = (
        "SELECT address, first_seen, last_seen, risk_score, sightings FROM ip_addresses ORDER BY address"
    )
    first = sample(database_url, 3_000, damaged=0)
    once = rows_of(database_url, addresses)
    again = sample(database_url, 3_000, damaged=0)
    assert again.before == {"logs": 3_000, "anomalies": first.anomalies, "ips": first.ips}
    assert counts_of(database_url) == (6_000, 2 * first.anomalies, first.ips)
    assert rows_of(database_url, addresses) == [(*row[:4], 2 * row[4]) for row in once]


def test_addresses_keep_their_earliest_and_latest_and_their_highest_risk(database_url: str) -> None:
    sample(database_url, 3_000, damaged=0)
    device = "WHERE address = '192.168.1.1'"
    with BulkConnection(DatabaseUrl.parse(database_url)) as connection:
        connection.execute(f"UPDATE ip_addresses SET risk_score = 99, last_seen = NULL, tags = NULL {device}")
        connection.commit()
    seen = "SELECT min(timestamp), max(timestamp) FROM log_entries WHERE device_ip = '192.168.1.1'"
    sample(database_url, 3_000, damaged=0, start=datetime(2025, 6, 1, tzinfo=UTC))
    merged = rows_of(
        database_url, f"SELECT first_seen, last_seen, risk_score, tags FROM ip_addresses {device}"
    )
    later = rows_of(database_url, seen + " AND timestamp < " + cutoff(database_url))[0]
    assert merged == [(later[0], later[1], 99.0, '["device"]')]


def cutoff(url: str) -> str:
    """The first of September 2025, as each database stores it."""
    return "1756684800000000" if url.startswith("sqlite") else "TIMESTAMPTZ '2025-09-01 00:00Z'"


def test_later_inserts_get_ids_after_the_sample(database_url: str) -> None:
    sample(database_url, 200)
    highest = rows_of(database_url, "SELECT max(id) FROM log_entries")[0][0]
    now = "0" if database_url.startswith("sqlite") else "now()"
    with BulkConnection(DatabaseUrl.parse(database_url)) as connection:
        connection.execute(f"INSERT INTO log_entries (timestamp) VALUES ({now})")
        connection.commit()
    assert rows_of(database_url, "SELECT max(id) FROM log_entries") == [(highest + 1,)]


def test_an_id_that_was_handed_out_before_never_comes_again(database_url: str) -> None:
    sample(database_url, 200)
    with BulkConnection(DatabaseUrl.parse(database_url)) as connection:
        connection.execute("DELETE FROM log_entries")
        connection.commit()
    sample(database_url, 10)
    assert rows_of(database_url, "SELECT min(id), max(id) FROM log_entries") == [(201, 210)]


async def test_each_block_is_its_own_transaction(sqlite_url: str) -> None:
    url = DatabaseUrl.parse(sqlite_url)
    running = write_sample(url, SamplePlan(BLOCK_ROWS + 50, 7))
    assert [next(running).logs, next(running).logs] == [0, BLOCK_ROWS]
    running.close()
    assert counts_of(sqlite_url)[0] == BLOCK_ROWS


def test_ctrl_c_reports_what_is_there(sqlite_url: str) -> None:
    command = [LUMBER, "sample", "--rows", "100000000", "--json", "--database-url", sqlite_url]
    with started(*command) as running:
        until(lambda: running.assert_runs() or counts_of(sqlite_url)[0])
        running.process.send_signal(signal.SIGINT)
        assert (running.wait(), running.stderr) == (130, "")
        result = json.loads(running.stdout)
    assert result["is_interrupted"] is True
    assert result["logs"] >= BLOCK_ROWS
    assert counts_of(sqlite_url) == (result["logs"], result["anomalies"], result["ips"])


def test_a_start_that_is_no_time_is_refused_with_what_is_right(empty_sqlite_url: str) -> None:
    done = lumber("sample", "--database-url", empty_sqlite_url, "--start", "yesterday")
    assert done.returncode == 3
    assert "such as 2026-01-01" in done.stderr
    assert not DatabaseUrl.parse(empty_sqlite_url).path.exists()


def test_people_read_one_sentence_and_what_was_there_before(sqlite_url: str) -> None:
    sample(sqlite_url, 300)
    done = lumber("sample", "--rows", "300", "--database-url", sqlite_url)
    assert done.returncode == 0
    assert "Added 300 logs, " in done.stdout
    assert "The database already contained 300 rows of logs, " in done.stdout
