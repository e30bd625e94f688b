"""`lumber loads`: what was loaded is listed, and can be taken out again as if it had never been loaded."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from lumber.ingest.deletion import delete_load
from lumber.store.bulk import BulkConnection
from lumber.store.database import open_database
from lumber.store.models.load import ADDRESS_LOCK
from lumber.store.url import DatabaseUrl
from tests.commands import lumber
from tests.databases import FIXTURES
from tests.integration.datasets import execute
from tests.integration.loading import load, results, rows
from tests.integration.processes import until

BUDGET_REASON = "Every case is loaded and deleted on both databases, by commands of their own."

TABLES = {
    "log_entries": "timestamp, log_level, process_name, message, host_name, raw_message",
    "anomaly_detections": "timestamp, anomaly_type, score, detector",
    "ip_addresses": "address, first_seen, last_seen, risk_score, sightings, device_id, tags",
    "ingest_sources": "source_id, kind, lines_done, loaded",
    "ingest_chunks": "source_id, lines_done, rows",
    "ingest_addresses": "address, source_id, first_seen, last_seen, sightings",
}


def content(url: str) -> dict[str, list[tuple]]:
    """Return what all tables hold, without ids: no id is assigned twice."""
    found = results(url, *(f"SELECT {columns} FROM {table}" for table, columns in TABLES.items()))
    return {table: sorted(rows, key=repr) for table, rows in zip(TABLES, found, strict=True)}


def loads(url: str, *words: object, code: int = 0) -> dict:
    done = lumber("loads", *words, "--database-url", url, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def source_ids(result: dict) -> list[str]:
    return [source["source_id"] for source in result["sources"]]


def log(day: int, *addresses: str) -> str:
    lines = [f"Jun {day:2} 15:16:{n:02} web sshd[{n}]: from {text}" for n, text in enumerate(addresses)]
    return "\n".join(lines) + "\n"


def anomaly(second: int) -> str:
    return json.dumps({"timestamp": second, "type": "burst", "score": 0.5, "detector": f"d{second}"})


def address(text: str, day: int, **values: object) -> str:
    return json.dumps({"address": text, "first_seen": f"2005-06-{day:02}", **values})


A = log(14, "10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.4")
B = log(12, "10.0.0.2", "10.0.0.3", "10.0.0.1")
C = log(16, "10.0.0.1", "10.0.0.5")
YEAR = ("--year", 2005)
# The kind, the file to delete, the file to keep, and options.
CASES = {
    "logs": ("logs", A, B, YEAR),
    "logs that are later": ("logs", C, B, YEAR),
    "anomalies": ("anomalies", anomaly(1) + "\n" + anomaly(2), anomaly(3), ()),
    "ips": (
        "ips",
        "\n".join([address("10.0.0.1", 3, sightings=4), address("10.0.0.2", 5), address("10.0.0.1", 9)]),
        "\n".join([address("10.0.0.1", 4, sightings=2), address("10.0.0.2", 1), address("10.0.0.7", 2)]),
        (),
    ),
}  # fmt: skip


# Rows that are added, and addresses whose rows are merged.
ON_POSTGRES = ("logs", "ips")


@pytest.mark.parametrize(
    ("database", "case"),
    [
        *(("sqlite", case) for case in CASES),
        *(
            pytest.param("postgresql", case, marks=() if case in ON_POSTGRES else pytest.mark.slow)
            for case in CASES
        ),
    ],
)
def test_after_a_deletion_the_tables_are_as_if_only_the_other_had_been_loaded(
    request, tmp_path, database, case
) -> None:
    database_url = request.getfixturevalue(FIXTURES[database])
    kind, gone, kept, options = CASES[case]

    def put(text: str, name: str) -> None:
        load(database_url, tmp_path, kind, text, options=(*options, "--source-id", name))

    put(kept, "kept")
    alone = content(database_url)
    for texts in (("gone", gone), ("kept", kept)), (("kept", kept), ("gone", gone)):
        loads(database_url, "delete", "kept", "--yes")
        assert not any(content(database_url).values())
        for name, text in texts:
            put(text, name)
        (deleted,) = loads(database_url, "delete", "gone", "--yes")["deleted"]
        assert content(database_url) == alone
        assert deleted["rows_deleted"] == (0 if kind == "ips" else gone.strip().count("\n") + 1)


def test_rows_that_were_there_before_every_load_stay_as_they_were(database_url, tmp_path) -> None:
    moment = "5" if database_url.startswith("sqlite") else "'2001-01-01'"
    execute(
        database_url,
        "INSERT INTO ip_addresses (address, first_seen, last_seen, sightings, risk_score) "
        f"VALUES ('10.0.0.1', {moment}, NULL, 7, 3), ('10.0.0.2', {moment}, {moment}, NULL, NULL)",
    )
    execute(database_url, f"INSERT INTO log_entries (timestamp, message) VALUES ({moment}, 'mine')")
    before = content(database_url)
    ids = source_ids(load(database_url, tmp_path, "logs", A, B, options=YEAR))
    loads(database_url, "delete", *ids, "--yes")
    assert content(database_url) == before


def test_what_was_changed_by_hand_stays(database_url, tmp_path) -> None:
    (one,) = source_ids(load(database_url, tmp_path, "logs", A, options=YEAR))
    execute(database_url, "UPDATE ip_addresses SET risk_score = 9 WHERE address = '10.0.0.1'")
    execute(database_url, "UPDATE ip_addresses SET sightings = 12 WHERE address = '10.0.0.2'")
    answer = loads(database_url, "delete", one, "--yes")["deleted"][0]
    found = rows(database_url, "SELECT address, risk_score, sightings FROM ip_addresses ORDER BY address")
    assert found == [("10.0.0.1", 9.0, 0), ("10.0.0.2", None, 10)]
    assert (answer["addresses_deleted"], answer["addresses_updated"]) == (1, 2)


def test_a_load_of_an_earlier_version_is_listed_and_stays(database_url, tmp_path) -> None:
    (old,) = source_ids(load(database_url, tmp_path, "logs", A, options=YEAR))
    execute(database_url, "DELETE FROM ingest_chunks")
    execute(database_url, "DELETE FROM ingest_addresses")
    before = content(database_url)
    assert [each["can_delete"] for each in loads(database_url, "list")["loads"]] == [False]
    answer = loads(database_url, "delete", old, "--yes", code=1)
    assert [each["code"] for each in answer["errors"]] == ["load_state"]
    assert "new database" in answer["errors"][0]["message"]
    assert content(database_url) == before


def test_loads_are_listed_by_place_the_newest_first(either_database_url, tmp_path) -> None:
    url = either_database_url
    ids = source_ids(load(url, tmp_path, "logs", A, B, C, options=YEAR))
    first = loads(url, "list", "--limit", 2)
    assert [each["source_id"] for each in first["loads"]] == [ids[2], ids[1]]
    assert (first["total"], first["next_after"]) == (3, ids[1])
    loads(url, "delete", ids[2], "--yes")  # the next page doesn't move
    second = loads(url, "list", "--limit", 2, "--after", ids[1])
    assert [each["source_id"] for each in second["loads"]] == [ids[0]]
    assert second["next_after"] is None
    assert loads(url, "list", "--after", "none", code=4)["error"]["code"] == "source_missing"


def test_a_load_is_shown_by_the_beginning_of_its_id(either_database_url, tmp_path) -> None:
    url = either_database_url
    load(url, tmp_path, "logs", A, options=(*YEAR, "--source-id", "first-load"))
    load(url, tmp_path, "logs", B, options=(*YEAR, "--source-id", "first"))
    shown = loads(url, "show", "first-")
    assert (shown["source_id"], shown["loaded"], shown["addresses"]) == ("first-load", 4, 3)
    assert loads(url, "show", "first")["source_id"] == "first"
    assert loads(url, "show", "fir", code=2)["error"]["code"] == "usage"
    assert loads(url, "show", "fir%", code=4)["error"]["code"] == "source_missing"
    text = lumber("loads", "show", "first", "--database-url", url).stdout
    assert "lumber loads delete first" in text
    assert "recognised 3 lines as syslog (RFC 3164)" in text


def test_a_load_adds_up_what_its_runs_recognised(either_database_url, tmp_path) -> None:
    url = either_database_url
    (one,) = source_ids(load(url, tmp_path, "logs", A, options=YEAR))
    again = load(url, tmp_path, "logs", A + "nonsense\n" + A, options=YEAR)["sources"][0]
    form = {"format": "rfc3164", "name": "syslog (RFC 3164)"}
    assert (again["formats"], again["unrecognised"]) == ([{**form, "lines": 4}], 1)
    shown = loads(url, "show", one)
    assert (shown["formats"], shown["unrecognised"]) == ([{**form, "lines": 8}], 1)
    assert shown["filled"] == {"log_level": 0, "process_name": 8, "host_name": 8}


def test_a_load_of_an_earlier_version_has_no_formats_until_it_grows(sqlite_url, tmp_path) -> None:
    (one,) = source_ids(load(sqlite_url, tmp_path, "logs", A, options=YEAR))
    execute(sqlite_url, "UPDATE ingest_sources SET recognition = NULL")
    shown = loads(sqlite_url, "show", one)
    assert (shown["lines"], shown["formats"], shown["unrecognised"], shown["filled"]) == (4, [], 0, {})
    assert "recognised" not in lumber("loads", "show", one, "--database-url", sqlite_url).stdout
    load(sqlite_url, tmp_path, "logs", A + A, options=YEAR)
    assert [each["lines"] for each in loads(sqlite_url, "show", one)["formats"]] == [4]


def test_deleting_needs_a_confirmation(sqlite_url, tmp_path) -> None:
    (one,) = source_ids(load(sqlite_url, tmp_path, "logs", A, options=YEAR))
    assert "--yes" in loads(sqlite_url, "delete", one, code=2)["error"]["message"]
    assert loads(sqlite_url, "delete", one, "none", "--yes", code=4)["error"]["code"] == "source_missing"
    assert rows(sqlite_url, "SELECT count(*) FROM log_entries") == [(4,)]
    said = lumber("loads", "delete", one, "-y", "--database-url", sqlite_url)
    assert said.returncode == 0
    assert "4 rows; IP records: 3 deleted, 0 updated" in said.stdout


def test_no_load_is_deleted_while_an_export_reads_rows(database_url, tmp_path) -> None:
    (one,) = source_ids(load(database_url, tmp_path, "logs", A, options=YEAR))
    add_export(database_url, "running")
    answer = loads(database_url, "delete", one, "--yes", code=1)
    assert "x-running" in answer["errors"][0]["message"]
    assert rows(database_url, "SELECT count(*) FROM log_entries") == [(4,)]
    execute(database_url, "UPDATE exports SET status = 'failed'")
    loads(database_url, "delete", one, "--yes")
    # A retry must not continue a plan that counts rows which are gone.
    assert rows(database_url, "SELECT plan FROM exports") == [(None,)]


@pytest.mark.parametrize("status", ["pending", "running"])
def test_only_exports_that_have_read_rows_prevent_a_deletion(sqlite_url, tmp_path, status) -> None:
    (one,) = source_ids(load(sqlite_url, tmp_path, "logs", A, options=YEAR))
    add_export(sqlite_url, status)
    execute(sqlite_url, "UPDATE exports SET plan = NULL")
    # A queued export without a plan has read nothing. A running one may be about to plan.
    loads(sqlite_url, "delete", one, "--yes", code=0 if status == "pending" else 1)


def add_export(url: str, status: str) -> None:
    moment = "5" if url.startswith("sqlite") else "now()"
    execute(
        url,
        "INSERT INTO exports (id, status, data_version, config, config_hash, plan, record_count, file_size, "
        f"attempt, created_at, updated_at) VALUES ('x-{status}', '{status}', '1', '{{}}', 'x', '{{}}', 0, 0, "
        f"1, {moment}, {moment})",
    )


def test_ids_of_a_load_are_exact_among_those_of_others(postgres_url, tmp_path) -> None:
    """Rows of others between the ids of a load stay: on PostgreSQL they can be written at the same time."""
    (one,) = source_ids(load(postgres_url, tmp_path, "logs", A, options=YEAR))
    execute(postgres_url, "UPDATE log_entries SET id = id + 100 WHERE id > 2")
    execute(postgres_url, "INSERT INTO log_entries (id, timestamp, message) VALUES (3, now(), 'other')")
    execute(postgres_url, "UPDATE ingest_chunks SET last_id = last_id + 100")
    loads(postgres_url, "delete", one, "--yes")
    assert rows(postgres_url, "SELECT message FROM log_entries") == [("other",)]


def test_a_deletion_waits_for_chunks_that_write_addresses(postgres_url, tmp_path) -> None:
    """Otherwise it would not see their part in an address, and would set its times without them."""
    load(postgres_url, tmp_path, "logs", B, options=(*YEAR, "--source-id", "kept"))
    alone = content(postgres_url)
    loads(postgres_url, "delete", "kept", "--yes")
    load(postgres_url, tmp_path, "logs", A, options=(*YEAR, "--source-id", "gone"))
    with BulkConnection(DatabaseUrl.parse(postgres_url)) as connection, ThreadPoolExecutor() as threads:
        connection.query(f"SELECT pg_advisory_xact_lock_shared({ADDRESS_LOCK})")
        deleting = threads.submit(delete, postgres_url, "gone")
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        until(lambda: rows(postgres_url, waiting) == [(1,)])
        connection.commit()
        load(postgres_url, tmp_path, "logs", B, options=(*YEAR, "--source-id", "kept"))
        deleting.result()
    assert content(postgres_url) == alone


def delete(url: str, source_id: str) -> None:
    async def run() -> None:
        database = open_database(DatabaseUrl.parse(url))
        try:
            await delete_load(database, source_id)
        finally:
            await database.close()

    asyncio.run(run())


def test_a_load_in_several_chunks_is_deleted_whole(database_url, tmp_path) -> None:
    text = "".join(log(n % 28 + 1, *[f"10.1.{n}.{m}" for m in range(60)]) for n in range(100))
    load(database_url, tmp_path, "logs", B, options=YEAR)
    before = content(database_url)
    (one,) = source_ids(
        load(database_url, tmp_path, "logs", text * 20, options=(*YEAR, "--source-id", "big"))
    )
    assert len(rows(database_url, "SELECT 1 FROM ingest_chunks WHERE source_id = 'big'")) == 2
    loads(database_url, "delete", one, "--yes")
    assert content(database_url) == before
