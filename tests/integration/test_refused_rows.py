"""`lumber ingest` and rows that the database refuses: each is a reject, and the rest is loaded."""

import json
from pathlib import Path

from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.integration.loading import load, rows

LINE = "Jun 14 15:16:{:02d} combo sshd: from 10.0.0.{} "


def refuse(url: str, table: str, column: str) -> None:
    """Let the table refuse rows with the text `poison` in a column."""
    with BulkConnection(DatabaseUrl.parse(url)) as connection:
        if connection.url.dialect == "sqlite":
            connection.execute(
                f"CREATE TRIGGER no_poison BEFORE INSERT ON {table} WHEN new.{column} LIKE '%poison%' "
                "BEGIN SELECT RAISE(ABORT, 'no poison here'); END"
            )
        else:
            connection.execute(
                "CREATE FUNCTION no_poison() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'no poison here'; END $$"
            )
            connection.execute(
                f"CREATE TRIGGER no_poison BEFORE INSERT ON {table} FOR EACH ROW "
                f"WHEN (new.{column} LIKE '%poison%') EXECUTE FUNCTION no_poison()"
            )
        connection.commit()


def rejects(result: dict) -> list[dict]:
    return [json.loads(line) for line in Path(result["reject_file"]).read_text().splitlines()]


def test_a_row_that_the_database_refuses_is_a_reject_and_the_rest_is_loaded(database_url, tmp_path) -> None:
    refuse(database_url, "log_entries", "message")
    lines = [LINE.format(n % 60, n % 9) for n in range(300)]
    lines[7] = LINE.format(7, 77) + "poison"
    lines[290] = "nonsense"
    lines[299] = LINE.format(7, 78) + "poison"
    result = load(database_url, tmp_path, "logs", "\n".join(lines), LINE.format(1, 1))
    report = result["sources"][0]
    assert (report["lines"], report["loaded"], report["rejected"]) == (300, 297, 3)
    assert result["sources"][1]["loaded"] == 1
    assert sorted((each["line"], each["raw"]) for each in rejects(result)) == [
        (8, lines[7]), (291, "nonsense"), (300, lines[299])
    ]  # fmt: skip
    refused = [each["reason"] for each in rejects(result) if each["line"] != 291]
    assert refused == ["the database refused the row: no poison here"] * 2
    assert rows(database_url, "SELECT count(*) FROM log_entries") == [(298,)]
    # The addresses of refused lines are not derived, the others once.
    sighted = "SELECT CAST(sum(sightings) AS INTEGER) FROM ip_addresses WHERE address LIKE '10.0.0.%'"
    assert rows(database_url, sighted) == [(298,)]
    assert rows(database_url, "SELECT count(*) FROM ip_addresses WHERE address LIKE '10.0.0.7_'") == [(0,)]
    again = load(database_url, tmp_path, "logs", "\n".join(lines))
    assert (again["lines"], again["skipped"]) == (0, 300)


def test_a_value_too_long_for_an_index_is_a_reject(postgres_url, tmp_path) -> None:
    long = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(9000))
    text = json.dumps({"time": 1, "msg": "x", "process": long}) + '\n{"time": 2, "msg": "y"}\n'
    result = load(postgres_url, tmp_path, "logs", text)
    assert (result["loaded"], result["rejected"]) == (1, 1)
    assert "index row" in rejects(result)[0]["reason"]


def test_a_refused_address_rejects_its_records_only(database_url, tmp_path) -> None:
    refuse(database_url, "ip_addresses", "tags")
    records = [
        {"address": "10.0.0.1", "first_seen": 1, "sightings": 1},
        {"address": "10.0.0.1", "first_seen": 2, "sightings": 2, "tags": ["poison"]},
        {"address": "10.0.0.2", "first_seen": 3, "sightings": 4},
    ]
    result = load(database_url, tmp_path, "ips", "\n".join(map(json.dumps, records)))
    assert (result["loaded"], result["rejected"]) == (2, 1)
    assert [each["line"] for each in rejects(result)] == [2]
    found = rows(database_url, "SELECT address, sightings FROM ip_addresses ORDER BY address")
    assert found == [("10.0.0.1", 1), ("10.0.0.2", 4)]


def test_a_constraint_that_is_checked_at_the_commit_refuses_its_rows_only(postgres_url, tmp_path) -> None:
    with BulkConnection(DatabaseUrl.parse(postgres_url)) as connection:
        connection.execute(
            "ALTER TABLE anomaly_detections ADD CONSTRAINT of_a_line FOREIGN KEY (log_entry_id) "
            "REFERENCES log_entries DEFERRABLE INITIALLY DEFERRED"
        )
        connection.commit()
    records = [{"timestamp": 1, "type": "t"}, {"timestamp": 1, "type": "t", "log_entry_id": 77}]
    result = load(postgres_url, tmp_path, "anomalies", "\n".join(map(json.dumps, records)))
    assert (result["loaded"], result["rejected"]) == (1, 1)
    assert "of_a_line" in rejects(result)[0]["reason"]


def test_rows_that_clash_with_each_other_are_rejects(database_url, tmp_path) -> None:
    with BulkConnection(DatabaseUrl.parse(database_url)) as connection:
        connection.execute("CREATE UNIQUE INDEX one_each ON anomaly_detections (detector)")
        connection.commit()
    names = ["a", "b", "a", "c", "b"]
    text = "\n".join(json.dumps({"timestamp": 1, "type": "t", "detector": name}) for name in names)
    result = load(database_url, tmp_path, "anomalies", text)
    assert (result["loaded"], result["rejected"]) == (3, 2)
    assert [each["line"] for each in rejects(result)] == [3, 5]


def test_a_rule_that_refuses_everything_ends_the_source_with_one_sentence(
    sqlite_url, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("lumber.ingest.refusals.MAX_REFUSED", 10)
    refuse(sqlite_url, "log_entries", "message")
    text = "\n".join(LINE.format(1, 1) + "poison" for _ in range(30))
    answer = load(sqlite_url, tmp_path, "logs", text, code=1)
    assert "no poison here" in answer["error"]["message"]
    assert rows(sqlite_url, "SELECT count(*) FROM log_entries") == [(0,)]
