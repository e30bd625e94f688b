"""The peer with our duties does them, as Lumber does."""

import json
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.outputs import rows_of_duties
from benchmarks.peers.duckdb_duties import SEVERITIES, write_dataset
from benchmarks.peers.rows import NAMES
from lumber.catalog.severity import SEVERITIES as OURS

GOOD: dict[str, Any] = {
    "timestamp": 1_700_000_000_000_000,
    "severity_text": "Warn",
    "process_name": "sshd",
    "message": "ok",
    "structured_data": '{"a":1}',
}
BAD: dict[int, dict[str, Any]] = {
    3: {"message": ""},
    4: {"host_name": "a\x00b", "structured_data": "{"},
    5: {"timestamp": 300_000_000_000_000_000},
}


def test_it_validates_maps_counts_and_hashes(tmp_path: Path) -> None:
    rows = [{"id": 1}, {"id": 2, "severity_text": None, "log_level": "odd"}]
    rows += [{"id": id_, **changes} for id_, changes in BAD.items()]
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS source")
        columns = ", ".join(
            f"{name} {'BIGINT' if name in ('id', 'timestamp') else 'VARCHAR'}" for name in NAMES
        )
        connection.execute(f"CREATE TABLE source.log_entries ({columns})")
        for row in rows:
            values = [{**GOOD, **row}.get(name) for name in NAMES]
            connection.execute(
                f"INSERT INTO source.log_entries VALUES ({', '.join('?' * len(NAMES))})", values
            )
        manifest = write_dataset(connection, "make_timestamp(timestamp)", tmp_path, 1)
        written = connection.execute(
            f"SELECT id, log_level, severity_text, severity_number FROM '{tmp_path / 'logs.parquet'}'"
        ).fetchall()
    assert rows_of_duties(tmp_path) == 5
    assert written == [(1, "WARNING", "Warn", 13), (2, None, "odd", None)]
    assert (manifest["read"], manifest["written"], manifest["rejected"]) == (5, 2, 3)
    assert manifest["levels"] == {"(none)": 1, "WARNING": 1}
    assert manifest["first"] == manifest["last"] == "2023-11-14 22:13:20"
    assert manifest["missing"]["device_ip"] == 2
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert sorted((each["id"], each["rule"], each["column"], each["reason"]) for each in rejects) == [
        (3, "required", "message", "is required, but empty"),
        (4, "no_nul", "host_name", "holds a NUL character"),
        (4, "valid_json", "structured_data", "is not valid JSON"),
        (5, "valid_time", "timestamp", "is outside the years 1 to 9999"),
    ]


def test_its_severities_are_ours() -> None:
    assert [(each.spellings, each.number, each.level) for each in OURS] == list(SEVERITIES)
