"""The server logs of PostgreSQL, MySQL and MariaDB. Each field is compared with what a person read."""

# ruff: noqa: DTZ001, E501 -- times are compared in UTC; a case is easier to read in few lines

import json
from datetime import datetime

import pytest

from lumber.ingest.zones import Zone
from tests.unit.ingest.lines import parsed
from tests.unit.ingest.test_layouts_after_a_time import OTHERS
from tests.unit.ingest.test_multiline import found, load

PG = "2024-03-01 12:00:00.123 UTC"


def row_of(line: str, zone: str = "UTC") -> dict:
    """Return the row of a line, which is the same beside lines of other forms."""
    alone, beside = (parsed(line, *others, zone=Zone.parse(zone), year=2024)[0] for others in ([], OTHERS))
    assert alone == beside
    assert alone["reason"] is not None or alone["raw_message"] == line
    return alone


@pytest.mark.parametrize(
    ("line", "time", "text", "level", "message", "data"),
    [
        (f"{PG} [1234] LOG:  statement: SELECT 1", (12, 0, 0, 123_000), "LOG", "INFO", "statement: SELECT 1",
         {"process_id": 1234}),
        ("2024-03-01 12:00:00.123 CET [7] WARNING:  out of shared memory: 5%", (11, 0, 0, 123_000), "WARNING",
         "WARNING", "out of shared memory: 5%", {"process_id": 7}),
        ("2024-03-01 12:00:00.5 +03 [7] FATAL:  the database system is starting up", (9, 0, 0, 500_000), "FATAL",
         "CRITICAL", "the database system is starting up", {"process_id": 7}),
        ("2024-03-01 12:00:00 -0330 [7] PANIC:  could not write", (15, 30), "PANIC", "CRITICAL",
         "could not write", {"process_id": 7}),
        (f"{PG} [7] postgres@shop ERROR:  relation \"x\" does not exist at character 15", (12, 0, 0, 123_000),
         "ERROR", "ERROR", 'relation "x" does not exist at character 15',
         {"process_id": 7, "user": "postgres", "database": "shop"}),
        (f"{PG} [7] [unknown]@[unknown] LOG:  incomplete startup packet", (12, 0, 0, 123_000), "LOG", "INFO",
         "incomplete startup packet", {"process_id": 7, "user": "[unknown]", "database": "[unknown]"}),
        (f"{PG} [7]: [3-1] user=al,db=shop,app=psql - x,client=10.0.0.5 DEBUG3:  a LOG:  b", (12, 0, 0, 123_000),
         "DEBUG3", "DEBUG", "a LOG:  b",
         {"process_id": 7, "session_line": 3, "user": "al", "database": "shop", "application": "psql - x",
          "client": "10.0.0.5"}),
        (f"{PG} [7]: user=,db= LOG:  checkpoint starting: time", (12, 0, 0, 123_000), "LOG", "INFO",
         "checkpoint starting: time", {"process_id": 7}),
        (f"{PG} [7] al@shop 42P01 ERROR:  no", (12, 0, 0, 123_000), "ERROR", "ERROR", "no",
         {"process_id": 7, "user": "al", "database": "shop", "sqlstate": "42P01"}),
        (f"{PG} [7] al@shop STATEMENT:  SELECT * FROM x", (12, 0, 0, 123_000), None, None, "SELECT * FROM x",
         {"process_id": 7, "user": "al", "database": "shop", "field": "STATEMENT"}),
        (f"{PG} [7] DETAIL:  Key (id)=(1) already exists.", (12, 0, 0, 123_000), None, None,
         "Key (id)=(1) already exists.", {"process_id": 7, "field": "DETAIL"}),
        ("2024-03-01 12:00:00 UTC:10.0.0.5(53214):al@shop:[7]:ERROR:  no: 1", (12,), "ERROR", "ERROR", "no: 1",
         {"process_id": 7, "user": "al", "database": "shop", "client": "10.0.0.5(53214)"}),
        ("2024-03-01 12:00:00 UTC::@:[7]:LOG:  ready", (12,), "LOG", "INFO", "ready", {"process_id": 7}),
        ("2024-03-01 12:00:00 UTC:[local]:al@shop:[7]:LOG:  duration: 1 ms", (12,), "LOG", "INFO",
         "duration: 1 ms", {"process_id": 7, "user": "al", "database": "shop", "client": "[local]"}),
        ("2024-03-01 12:00:00 +03:10.0.0.5(1):al@shop:[7]:LOG:  x", (9,), "LOG", "INFO", "x",
         {"process_id": 7, "user": "al", "database": "shop", "client": "10.0.0.5(1)"}),
        (f"{PG} [7] LOG:  ", (12, 0, 0, 123_000), "LOG", "INFO", "", {"process_id": 7}),
        ("2024-03-01T12:00:00.123456Z 0 [System] [MY-010116] [Server] /usr/sbin/mysqld starting as process 1",
         (12, 0, 0, 123_456), "System", "INFO", "/usr/sbin/mysqld starting as process 1",
         {"thread_id": 0, "error_code": "MY-010116"}),
        ("2024-03-01T12:00:00.123456+01:00 8 [Note] InnoDB: [x] Buffer pool", (11, 0, 0, 123_456), "Note", "INFO",
         "InnoDB: [x] Buffer pool", {"thread_id": 8}),
        ("2024-03-01 12:00:00 140301251140544 [Warning] Aborted connection 14 to db: 'a' (x)", (12,), "Warning",
         "WARNING", "Aborted connection 14 to db: 'a' (x)", {"thread_id": 140301251140544}),
        ("2024-03-01  9:00:00 0 [ERROR] mysqld: Can't lock", (9,), "ERROR", "ERROR", "mysqld: Can't lock",
         {"thread_id": 0}),
    ],
)  # fmt: skip
def test_a_line_of_a_database(line, time, text, level, message, data) -> None:
    row = row_of(line)
    assert row["reason"] is None
    assert row["timestamp"] == datetime(2024, 3, 1, *time)
    assert (row["severity_text"], row["log_level"], row["message"]) == (text, level, message)
    assert json.loads(row["structured_data"]) == data
    assert row["host_name"] is None
    assert row["process_name"] == ("Server" if "[Server]" in line else None)


@pytest.mark.parametrize(
    ("line", "zone"),
    [
        ("2024-03-01 12:00:00 XYZ [7] LOG:  x", "XYZ"),
        ("2024-03-01 12:00:00 IST [7] LOG:  x", "IST"),
        ("2024-03-01 12:00:00 XYZ:10.0.0.5(1):al@shop:[7]:LOG:  x", "XYZ"),
        ("2024-03-01 12:00:00 +99 [7] LOG:  x", "+99"),
    ],
)
def test_an_unknown_zone_is_a_reject_with_advice(line, zone) -> None:
    reason = row_of(line)["reason"]
    assert reason.startswith(f"timestamp: time zone '{zone}' is unknown or has several meanings")
    assert "--timezone" in reason


def test_a_zone_of_the_load_gives_an_abbreviation_its_meaning() -> None:
    row = row_of("2024-03-01 12:00:00 IST [7] LOG:  x", "Asia/Kolkata")
    assert (row["timestamp"], row["severity_text"]) == (datetime(2024, 3, 1, 6, 30), "LOG")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2024-03-01 12:00:00 [7] ERROR: one space", "[7] ERROR: one space"),
        ("2024-03-01 12:00:00 7 [x] y", "7 [x] y"),
        ("2024-03-01 12:00:00 +03 degrees", "+03 degrees"),
        ("2024-03-01 12:00:00 [7] al shop LOG:  x", "[7] al shop LOG:  x"),
    ],
)
def test_a_line_that_is_like_one_of_a_database_keeps_its_text(line, message) -> None:
    row = row_of(line)
    assert (row["message"], row["structured_data"], row["reason"]) == (message, None, None)


@pytest.mark.parametrize("host", ["log", "system", "note"])
def test_a_host_may_be_called_like_a_level_of_a_database(host) -> None:
    row = row_of(f"Jun 14 15:16:01 {host} {host}: m")
    assert (row["host_name"], row["process_name"]) == (host, host)


def test_a_statement_of_several_lines_is_one_row() -> None:
    statement = "SELECT *\n\tFROM x\n\t\n\tWHERE y = 1"
    text = f"{PG} [7] STATEMENT:  {statement}\n{PG} [7] LOG:  x\n"
    for size in (1, 60, 100_000):
        rows, rejects = found(load(text, chunk_bytes=size))
        assert [(number, message) for number, message, _ in rows] == [(1, statement), (5, "x")]
        assert rejects == []
