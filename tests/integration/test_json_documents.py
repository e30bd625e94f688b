"""JSON documents loaded with `lumber ingest`: every record once, also after an interruption."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lumber.ingest.loader import Loader
from lumber.ingest.options import IngestOptions
from lumber.ingest.sources import Source
from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.commands import lumber
from tests.integration.loading import load, rows

EXPORTED = [
    {"id": 1, "timestamp": "2024-03-01T10:00:00Z", "message": "a"},
    {"id": 2, "timestamp": "2024-03-01T10:00:01Z", "message": "b"},
]
STORED = [(1_709_287_200_000_000, "a", '{"id":1}'), (1_709_287_201_000_000, "b", '{"id":2}')]
QUERY = "SELECT timestamp, message, structured_data FROM log_entries ORDER BY timestamp"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(EXPORTED),
        json.dumps(EXPORTED, indent=1),
        '{"data": [\n' + ",\n".join(map(json.dumps, EXPORTED)) + "\n]}\n",
        json.dumps({"export_metadata": {"data": [1]}, "data": EXPORTED}, indent=2),
    ],
    ids=["line", "pretty", "data", "metadata"],
)
def test_the_records_of_a_document_are_rows(sqlite_url: str, tmp_path: Path, text: str) -> None:
    done = load(sqlite_url, tmp_path, "logs", text)
    assert (done["lines"], done["loaded"], done["rejected"]) == (2, 2, 0)
    assert rows(sqlite_url, QUERY) == STORED


@pytest.mark.parametrize("options", [(), ("--no-metadata",)], ids=["metadata", "array"])
def test_an_export_as_json_loads_again(sqlite_url: str, tmp_path: Path, options: tuple) -> None:
    lines = "".join(f'<{n % 8}>Jun 14 15:16:{n % 60:02d} h t[{n}]: "{n}" {{[\\\n' for n in range(300))
    load(sqlite_url, tmp_path, "logs", lines, options=("--year", "2024"))
    exported = tmp_path / "exported"
    command = ("export", "--data-type", "logs", "--format", "json", "--output", exported, *options)
    done = lumber(*command, "--database-url", sqlite_url, LUMBER_DATA_DIR=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    first = "SELECT timestamp, severity_text, log_level, process_name, message, host_name, raw_message FROM"
    before = rows(sqlite_url, f"{first} log_entries ORDER BY id")

    for shard in exported.glob("logs/*.json*"):
        again = lumber(
            "ingest", "logs", shard, "--json", "--database-url", sqlite_url, LUMBER_DATA_DIR=tmp_path / "data"
        )
        assert json.loads(again.stdout)["loaded"] == 300
    after = rows(sqlite_url, f"{first} log_entries ORDER BY id")
    assert sorted(after) == sorted(before * 2)


def test_an_interrupted_load_of_a_document_resumes(sqlite_url: str, tmp_path: Path) -> None:
    source = tmp_path / "array.json"
    made = [{"time": n + 1, "msg": f"m{n}"} for n in range(500)]
    source.write_text(json.dumps(made, indent=2))

    class Interrupted(Exception):
        pass

    def interrupt(report: object) -> None:
        raise Interrupted

    options = replace(IngestOptions("logs"), chunk_bytes=2_000)
    with BulkConnection(DatabaseUrl.parse(sqlite_url)) as connection:
        with pytest.raises(Interrupted):
            Loader(connection, options, tmp_path / "data", interrupt).load(Source.find(str(source)))
        report = Loader(connection, options, tmp_path / "data", lambda _: None).load(Source.find(str(source)))
    assert 0 < report.skipped < 500
    assert report.skipped + report.loaded == 500
    assert [text for _, text, _ in rows(sqlite_url, QUERY)] == [item["msg"] for item in made]


def test_a_pretty_printed_journal_and_an_otlp_file_load(sqlite_url: str, tmp_path: Path) -> None:
    journal = json.dumps(
        {"__REALTIME_TIMESTAMP": "1709287200000000", "MESSAGE": "a", "PRIORITY": "3"}, indent=8
    )
    log = {
        "timeUnixNano": "1709287201000000000",
        "severityNumber": 13,
        "body": {"stringValue": "b"},
        "attributes": [{"key": "n", "value": {"intValue": "7"}}],
    }
    service = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    otlp = {"resourceLogs": [{"resource": service, "scopeLogs": [{"logRecords": [log]}]}]}
    load(sqlite_url, tmp_path, "logs", journal + "\n", json.dumps(otlp) + "\n")
    columns = "severity_text, log_level, process_name, message, structured_data"
    assert rows(sqlite_url, f"SELECT {columns} FROM log_entries ORDER BY message") == [
        ("error", "ERROR", None, "a", None),
        ("warn", "WARNING", "shop", "b", '{"attributes":{"n":7},"resource":{"service.name":"shop"}}'),
    ]
