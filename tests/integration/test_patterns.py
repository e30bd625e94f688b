"""`lumber ingest --pattern`: lines in a form of the user's own."""

import json
from pathlib import Path

import pytest

from tests.commands import lumber
from tests.integration.test_ingest import micros, rows

PATTERN = (
    r"\[%{HTTPDATE:timestamp}\] %{IP:client} (?P<level>[A-Z]+) %{NUMBER:seconds:float} %{GREEDYDATA:message}"
)
LINE = "[01/Mar/2024:12:00:00 +0200] 10.0.0.1 WARN 0.25 cart of 12 items\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "shop.log"
    path.write_text(LINE + "[01/Mar/2024:12:00:01 +0200] nobody WARN 1 x\n")
    return path


def test_lines_load_by_their_pattern(database_url: str, log: Path, tmp_path: Path) -> None:
    done = lumber(
        "ingest", "logs", log, "--pattern", PATTERN, "--database-url", database_url, LUMBER_DATA_DIR=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "1 rejected: does not match the pattern: expected %{IP:client} (column 27)" in done.stdout
    time = micros(database_url, "timestamp")
    [row] = rows(
        database_url, f"SELECT {time}, log_level, message, structured_data, raw_message FROM log_entries"
    )
    assert row[:3] == (1_709_287_200_000_000, "WARNING", "cart of 12 items")
    assert json.loads(row[3]) == {"client": "10.0.0.1", "seconds": 0.25}
    assert row[4] == LINE.strip()


def test_nothing_is_loaded_if_no_first_line_matches(sqlite_url: str, log: Path, tmp_path: Path) -> None:
    done = lumber(
        "ingest", "logs", log, "--pattern", "%{TIMESTAMP_ISO8601:timestamp}.*", "--database-url", sqlite_url,
        LUMBER_DATA_DIR=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"Line 1 stops matching at column 1:\n  {LINE.strip()[:40]}" in done.stderr
    assert rows(sqlite_url, "SELECT count(*) FROM log_entries") == [(0,)]
    assert rows(sqlite_url, "SELECT count(*) FROM ingest_sources") == [(0,)]


def test_an_error_has_a_caret_below_the_wrong_place(log: Path) -> None:
    done = lumber("ingest", "logs", log, "--pattern", r"\[%{HTTPDAT:timestamp}\] .*")
    assert done.returncode == 3
    assert done.stderr == (
        "error: pattern: column 5: %{HTTPDAT} is not known; did you mean %{HTTPDATE}?\n"
        "  \\[%{HTTPDAT:timestamp}\\] .*\n"
        "      ^\n"
    )
    shown = json.loads(lumber("ingest", "logs", log, "--pattern", "%{IP:a}(", "--json").stdout)
    assert shown["error"]["fields"][0]["position"] == 7
