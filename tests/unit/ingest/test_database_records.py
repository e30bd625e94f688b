"""What PostgreSQL and MySQL log as CSV and JSON. Each field is compared with what a person read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lumber.ingest.dry_run import DryRun, dry_run
from lumber.ingest.ledger import Entry
from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.readers import open_source
from lumber.ingest.resume import Position
from lumber.ingest.sources import Source
from lumber.ingest.zones import Zone

CSVLOG = (
    '2024-03-01 12:00:00.123 CET,"al","shop",1234,"10.0.0.5:53214",65e1b2c3.4d2,3,"SELECT",'
    '2024-03-01 11:59:00 CET,3/2,0,ERROR,42P01,"relation ""x"" does not exist",,"a hint",,,,"SELECT *\n'
    '  FROM x,\n\n y",15,,"psql","client backend",,-8123\n'
    '2024-03-01 12:00:01.5 CET,,,7,,65e1b2c3.7,1,,2024-03-01 11:59:00 CET,,0,LOG,00000,"",,,,,,,,,"",'
    '"checkpointer",,0\n'
    "2024-03-01 12:00:02 CET,short\n"
)


def read(tmp_path: Path, text: str, **options: object) -> DryRun:
    path = tmp_path / "a"
    path.write_text(text)
    return dry_run(Source.find(str(path)), IngestOptions("logs", **options), "sqlite")


@pytest.mark.parametrize("options", [{}, {"format": Format.CSV}])
@pytest.mark.parametrize("cut", ["", "the end of a record,psql\n"])
def test_csvlog_loads_without_a_header(tmp_path, options, cut) -> None:
    found = read(tmp_path, cut + CSVLOG, **options)
    error, checkpoint = found.rows
    assert {name: value for name, value in error.items() if value is not None} == {
        "timestamp": "2024-03-01T11:00:00.123000+00:00",
        "severity_text": "ERROR",
        "log_level": "ERROR",
        "message": 'relation "x" does not exist',
        "structured_data": {
            "user_name": "al", "database_name": "shop", "process_id": 1234,
            "connection_from": "10.0.0.5:53214", "session_id": "65e1b2c3.4d2", "session_line_num": 3,
            "command_tag": "SELECT",
            "session_start_time": "2024-03-01 11:59:00 CET", "virtual_transaction_id": "3/2",
            "transaction_id": 0, "sql_state_code": "42P01", "hint": "a hint",
            "query": "SELECT *\n  FROM x,\n\n y", "query_pos": 15, "application_name": "psql",
            "backend_type": "client backend", "query_id": -8123,
        },
    }  # fmt: skip
    assert (checkpoint["severity_text"], checkpoint["log_level"], checkpoint["message"]) == (
        "LOG",
        "INFO",
        "",
    )
    [group] = found.report.reasons
    assert (group.count, group.line) == ((2, 1) if cut else (1, 6))


@pytest.mark.parametrize(
    ("width", "last"), [(23, "application_name"), (24, "backend_type"), (26, "query_id")]
)
def test_csvlog_of_older_versions_has_fewer_columns(tmp_path, width, last) -> None:
    line = "2024-03-01 12:00:00.1 UTC,,,7,,65e1b2c3.7,1,,2024-03-01 11:59:00 UTC,,0,LOG,00000,m,,,,,,,,,a"
    more = ["b", "", "5"][: width - 23]
    [row] = read(tmp_path, ",".join([line, *more]) + "\n").rows
    assert (row["message"], last in row["structured_data"]) == ("m", True)


def test_an_interrupted_load_of_csvlog_keeps_its_columns(tmp_path) -> None:
    path = tmp_path / "a.csv"
    lines = CSVLOG.replace("SELECT *\n  FROM x,\n\n y", "q").splitlines(keepends=True)
    path.write_text(lines[0])
    options = IngestOptions("logs")
    entry = Entry("i", "logs", "a", "f")
    rows = []
    for text in lines[:2]:
        path.write_text(text)
        with open_source(Source.find(str(path)), options) as opened:
            position = Position.start()
            position.bytes_done = entry.bytes_done
            [chunk] = opened.reader(options, entry, "sqlite").chunks(opened.stream, position)
        rows += chunk.rows["severity_text"].to_list()
        state = json.loads(json.dumps(chunk.state))
        entry = Entry("i", "logs", "a", "f", bytes_done=chunk.bytes_done, lines_done=1, state=state)
    assert rows == ["ERROR", "LOG"]


def test_csv_with_a_header_is_not_taken_for_csvlog(tmp_path) -> None:
    [row] = read(tmp_path, "timestamp,message\n2024-03-01 12:00:00 UTC,m\n").rows
    assert row["message"] == "m"


def test_jsonlog(tmp_path) -> None:
    record = {
        "timestamp": "2024-03-01 12:00:00.123 CET", "user": "al", "dbname": "shop", "pid": 1234,
        "session_id": "65e1.4d2", "line_num": 3, "error_severity": "FATAL", "state_code": "28P01",
        "message": "password authentication failed", "backend_type": "client backend", "query_id": 0,
    }  # fmt: skip
    [row] = read(tmp_path, json.dumps(record) + "\n").rows
    assert row["timestamp"] == "2024-03-01T11:00:00.123000+00:00"
    assert (row["severity_text"], row["log_level"]) == ("FATAL", "CRITICAL")
    columns = ("timestamp", "message", "error_severity")
    assert row["structured_data"] == {name: value for name, value in record.items() if name not in columns}


def test_the_json_error_log_of_mysql(tmp_path) -> None:
    record = {
        "prio": 2, "err_code": 10068, "subsystem": "Server", "msg": "lost", "time": "2024-03-01T12:00:00.5Z",
        "thread": 6, "err_symbol": "ER_X", "SQL_state": "HY000", "label": "Warning",
    }  # fmt: skip
    [row] = read(tmp_path, json.dumps(record) + "\n").rows
    assert (row["severity_text"], row["log_level"], row["process_name"]) == ("Warning", "WARNING", "Server")
    assert row["message"] == "lost"
    assert row["structured_data"] == {
        "prio": 2, "err_code": 10068, "thread": 6, "err_symbol": "ER_X", "SQL_state": "HY000",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "zone", "hours"),
    [
        ("MSK", "UTC", 3),
        ("GMT", "UTC", 0),
        ("IST", "Asia/Kolkata", 5.5),
        ("EST", "UTC", -5),
        ("+03", "UTC", 3),
    ],
)
def test_the_abbreviation_of_a_zone_counts_in_a_record(tmp_path, text, zone, hours) -> None:
    record = {"time": f"2024-03-01 12:00:00 {text}", "msg": "m"}
    [row] = read(tmp_path, json.dumps(record) + "\n", zone=Zone.parse(zone)).rows
    assert row["timestamp"] == (datetime(2024, 3, 1, 12, tzinfo=UTC) - timedelta(hours=hours)).isoformat()


def test_an_unknown_zone_in_a_record_is_a_reject_with_advice(tmp_path) -> None:
    found = read(tmp_path, '{"time": "2024-03-01 12:00:00 XYZ", "msg": "m"}\n')
    [group] = found.report.reasons
    assert "has a time zone that is unknown or has several meanings" in group.reason
