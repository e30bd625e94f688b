"""Tables of other programs are exported as our own are: on real databases, with writers, whatever happens."""

import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.datasets import execute, read_dataset
from tests.integration.sources.rsyslog import (
    MAPPING,
    event,
    insert,
    make_events,
    same_in_own_tables,
    write_mapping,
)

BUDGET_REASON = "Exports of other people's tables, on both databases, while a writer runs."

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_tables(url)
    return url


@pytest.fixture
def call(ledger_url: str, tmp_path: Path) -> Call:
    def run(*arguments: object, **changes: object) -> CompletedProcess[str]:
        chosen = {"LUMBER_DATA_DIR": tmp_path / "data", "LUMBER_WORKERS": 2, "LUMBER_PARTITION_ROWS": 1_000}
        return lumber(*arguments, "--database-url", ledger_url, **{**chosen, **changes})

    return run


def done(result: CompletedProcess[str]) -> CompletedProcess[str]:
    assert result.returncode == 0, result.stderr
    return result


def register(call: Call, url: str, folder: Path, text: str = MAPPING) -> CompletedProcess[str]:
    """Register the database as a source and keep a mapping."""
    done(call("source", "add", "plant", "--url", url))
    return done(call("source", "map", "plant", write_mapping(folder, text)))


def exported(call: Call, folder: Path, *options: str) -> list[dict[str, Any]]:
    done(call("export", "-d", "logs", "--format", "jsonl", "--no-metadata", "--output", folder, *options))
    return read_dataset(folder)


def test_the_rows_are_those_that_our_own_table_would_have(
    call: Call, ledger_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    make_events(empty_database_url, 2_200)
    same_in_own_tables(ledger_url, 2_200)
    told = register(call, empty_database_url, tmp_path)
    assert "snapshot: every row is read as it was at one moment" in told.stdout
    for options in (
        ("--split", "time", "--validation", "strict"),
        (
            "--filter",
            "log_level=ERROR",
            "--start",
            "2026-01-01T00:02:00.25Z",
            "--end",
            "2026-01-01T00:05:00Z",
        ),
        ("--filter", "message contains line 39", "--deduplicate", "exact", "--privacy", "token"),
    ):
        key = tmp_path / "privacy.key"
        key.write_bytes(hashlib.sha512(b"a key of tests").digest())
        chosen = (*options, "--privacy-key-file", str(key))
        name = f"{len(options)}{options[0]}{options[1]}".replace("=", "")
        own = exported(call, tmp_path / f"own-{name}", *chosen)
        theirs = exported(call, tmp_path / f"theirs-{name}", *chosen, "--source", "plant")
        assert own
        assert theirs == own
    done(call("verify", tmp_path / f"theirs-{name}"))


def test_a_manifest_a_card_and_a_preview_say_what_was_read(
    call: Call, empty_database_url: str, tmp_path: Path
) -> None:
    make_events(empty_database_url, 2_500)
    register(call, empty_database_url, tmp_path)
    done(call("export", "-d", "logs", "--source", "PLANT", "--output", tmp_path / "out"))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    source = manifest["plan"]["source"]
    assert (source["name"], source["guarantee"]) == ("plant", "snapshot")
    assert len(manifest["plan"]["kinds"]["logs"]["partitions"]) > 1
    assert set(source["kinds"]["logs"]) == {"table", "guarantee", "mapping_sha256", "schema_sha256"}
    assert 'read from the source "plant"' in (tmp_path / "out" / "README.md").read_text()
    shown = json.loads(done(call("preview", "-d", "logs", "--source", "plant", "--json")).stdout)
    assert shown["kinds"]["logs"]["rows"] == 2_500
    assert shown["kinds"]["logs"]["guarantee"] == "snapshot"
    assert "No index of" in shown["kinds"]["logs"]["notes"][0]


def test_an_export_sees_one_moment_while_others_write(
    call: Call, empty_database_url: str, tmp_path: Path
) -> None:
    if empty_database_url.startswith("sqlite"):
        execute(empty_database_url, "PRAGMA journal_mode = WAL")
    make_events(empty_database_url, 3_000)
    register(call, empty_database_url, tmp_path)
    stop, added = threading.Event(), []

    def write() -> None:
        number = 3_001
        while not stop.is_set():
            execute(
                empty_database_url,
                insert(empty_database_url),
                [event(empty_database_url, each) for each in range(number, number + 20)],
            )
            number += 20
            added.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        rows = exported(call, tmp_path / "out", "--source", "plant")
    finally:
        stop.set()
        writer.join()
    ids = sorted(row["id"] for row in rows)
    # Transactions of 20 rows are whole: one moment, not one for each partition.
    assert ids == list(range(1, len(ids) + 1))
    assert len(ids) % 20 == 0
    assert 3_000 <= len(ids) < added[-1]


def test_a_changed_table_and_rows_without_a_time_are_refused(
    call: Call, empty_database_url: str, tmp_path: Path
) -> None:
    make_events(empty_database_url, 50)
    register(call, empty_database_url, tmp_path)
    execute(empty_database_url, "INSERT INTO SystemEvents (ID, Message) VALUES (51, 'when?')")
    refused = call("export", "-d", "logs", "--source", "plant", "--output", tmp_path / "out")
    assert refused.returncode == 1
    assert (
        "1 row of SystemEvents in the source plant has no key or no time that can be read" in refused.stderr
    )
    assert not (tmp_path / "out").exists()
    filtered = MAPPING.replace("[columns]", 'filter = "ReceivedAt IS NOT NULL -- the rest"\n[columns]')
    done(call("source", "map", "plant", write_mapping(tmp_path, filtered)))
    assert len(exported(call, tmp_path / "out", "--source", "plant")) == 50
    execute(empty_database_url, "ALTER TABLE SystemEvents RENAME COLUMN FromHost TO Host")
    refused = call("export", "-d", "logs", "--source", "plant", "--output", tmp_path / "more")
    assert refused.returncode == 1
    assert "column FromHost" in refused.stderr.replace("fromhost", "FromHost")
    assert "has changed since its mapping was checked" in refused.stderr


def test_epochs_json_and_selects_are_mapped(call: Call, empty_database_url: str, tmp_path: Path) -> None:
    is_sqlite = empty_database_url.startswith("sqlite")
    json_type = "text" if is_sqlite else "jsonb"
    execute(
        empty_database_url,
        "CREATE TABLE ev (n bigint PRIMARY KEY, ms bigint NOT NULL, "
        f"doc {json_type}, score double precision)",
    )
    values = '(1, 1767225600123, \'{"m": {"t": "first"}, "a": 1}\', 0.5), (2, 1767225600001, \'{}\', NULL)'
    execute(empty_database_url, f"INSERT INTO ev VALUES {values}")
    execute(empty_database_url, "CREATE INDEX ev_ms ON ev (ms, n)")
    text = """
        kind = "anomalies"
        select = "SELECT * FROM ev"
        key = "n"
        time = { column = "ms", unit = "ms" }
        guarantee = "append_only"
        [columns]
        anomaly_type = { column = "doc", path = "m.t" }
        features = "doc"
        score = "score"
        detector = { constant = "theirs" }
    """
    told = register(call, empty_database_url, tmp_path, text)
    assert "no unique index of the database keeps it so" in told.stdout
    # A SELECT of SQLite has no types that would say that all its values are numbers.
    assert ("sorts its own rows" in told.stdout) is is_sqlite
    done(
        call(
            *("export", "-d", "anomalies", "--format", "jsonl", "--no-metadata", "--source", "plant"),
            *("--validation", "none", "--output", tmp_path / "out"),
        )
    )
    rows = read_dataset(tmp_path / "out", "anomalies")
    assert [(row["id"], row["timestamp"], row["anomaly_type"]) for row in rows] == [
        (2, "2026-01-01T00:00:00.001000Z", ""),
        (1, "2026-01-01T00:00:00.123000Z", "first"),
    ]
    assert rows[1]["features"] == {"m": {"t": "first"}, "a": 1}
    assert (rows[1]["score"], rows[1]["detector"], rows[0]["score"]) == (0.5, "theirs", None)


def test_lumber_writes_nothing_in_a_source(call: Call, empty_database_url: str, tmp_path: Path) -> None:
    make_events(empty_database_url, 10)
    harmful = MAPPING.replace('table = "SystemEvents"', 'select = "DELETE FROM SystemEvents RETURNING *"')
    done(call("source", "add", "plant", "--url", empty_database_url))
    refused = call("source", "map", "plant", write_mapping(tmp_path, harmful))
    assert refused.returncode in (1, 3)
    done(call("source", "map", "plant", write_mapping(tmp_path)))
    assert len(exported(call, tmp_path / "out", "--source", "plant")) == 10


def test_what_is_missing_is_said(call: Call, empty_sqlite_url: str, tmp_path: Path) -> None:
    make_events(empty_sqlite_url, 5)
    none = call("export", "-d", "logs", "--source", "plant")
    assert none.returncode == 3
    assert "there is no source 'plant'. Register one: lumber source add NAME --url URL" in none.stderr
    register(call, empty_sqlite_url, tmp_path)
    unmapped = call("export", "-d", "ips", "--source", "plant")
    assert unmapped.returncode == 1
    assert "The source plant has no mapping for ips. It has mappings for logs." in unmapped.stderr
    labels = call("preview", "-d", "logs", "--labels", "--source", "plant")
    assert "no mapping for anomalies" in labels.stderr


def test_a_password_is_nowhere(call: Call, empty_postgres_url: str, tmp_path: Path) -> None:
    inside = call("source", "add", "plant", "--url", "postgresql://reader:hunter2@127.0.0.1/x")
    assert inside.returncode == 3
    assert "hunter2" not in inside.stderr
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    make_events(empty_postgres_url, 5)
    done(call("source", "add", "plant", "--url", empty_postgres_url, "--password-file", secret))
    done(call("source", "map", "plant", write_mapping(tmp_path)))
    done(call("export", "-d", "logs", "--source", "plant", "--output", tmp_path / "out"))
    for shown in (call("source", "show", "plant", "--json"), call("audit", "list", "--json")):
        assert "hunter2" not in done(shown).stdout
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path != secret]
    assert not any(b"hunter2" in content for content in written)
    done(call("source", "remove", "plant", "--yes"))
    assert secret.exists()


FINDINGS = """
kind = "anomalies"
table = "findings"
key = "n"
time = { column = "at", zone = "UTC" }
[columns]
anomaly_type = "what"
device_id = "host"
log_entry_id = "event"
score = "score"
detector = { constant = "theirs" }
"""
HOSTS = """
kind = "ips"
table = "hosts"
key = "n"
time = { column = "first", zone = "UTC" }
[columns]
address = "address"
last_seen = { column = "last", zone = "UTC" }
risk_score = "risk"
"""


def test_labels_addresses_and_versions_come_from_a_source(
    call: Call, empty_database_url: str, tmp_path: Path
) -> None:
    """Labels join two mapped tables. A version of a dataset over a source reads it whole, each time."""
    make_events(empty_database_url, 60)
    time = "text" if empty_database_url.startswith("sqlite") else "timestamp"
    columns = f"n bigint PRIMARY KEY, at {time} NOT NULL, what text, host text, event bigint, score real"
    execute(empty_database_url, f"CREATE TABLE findings ({columns})")
    execute(
        empty_database_url,
        "INSERT INTO findings SELECT ID, ReceivedAt, 'burst', FromHost || '/3', ID, 0.9 FROM SystemEvents "
        "WHERE ID IN (7, 8)",
    )
    hosts = f"n bigint PRIMARY KEY, address text, first {time} NOT NULL, last {time} NOT NULL, risk real"
    execute(empty_database_url, f"CREATE TABLE hosts ({hosts})")
    seen = "'2026-01-01 00:00:00', '2026-01-02 00:00:00'"
    execute(empty_database_url, f"INSERT INTO hosts VALUES (1, '10.0.0.1', {seen}, 5), (2, '::1', {seen}, 7)")
    register(call, empty_database_url, tmp_path)
    for text in (FINDINGS, HOSTS):
        done(call("source", "map", "plant", write_mapping(tmp_path, text)))
    chosen = ("--source", "plant", "--labels", "--set", "labels.window_seconds=0", "--dataset", "plant")
    first = exported(call, tmp_path / "v1", "-d", "ips", *chosen)
    assert {row["id"] for row in first if row["label"] == 1} == {7, 8}
    addresses = {row["address"] for row in read_dataset(tmp_path / "v1", "ips")}
    assert addresses == {"10.0.0.1", "::1"}
    make_events(empty_database_url, 5, first=61)
    second = exported(call, tmp_path / "v2", "-d", "ips", *chosen)
    assert len(second) == 65
    versions = json.loads(done(call("datasets", "log", "plant", "--json")).stdout)
    assert [(each["version"], each["rows"], each["added"]) for each in versions] == [
        ("v2", 67, 5),
        ("v1", 62, 62),
    ]
    assert versions[0]["kinds"]["logs"]["mode"] == "whole"
    for each in ("v1", "v2"):
        done(call("verify", tmp_path / each))
