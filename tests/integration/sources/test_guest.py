"""A guest in somebody's PostgreSQL: it only reads, not for ever, over few connections, with few rights."""

import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from tests.integration.datasets import execute, query
from tests.integration.sources.rsyslog import MAPPING, make_events, write_mapping
from tests.integration.sources.test_source_exports import call, done, exported, ledger_url

__all__ = ["call", "ledger_url"]

Call = Callable[..., CompletedProcess[str]]
ROWS = 2_500
WORKERS = 2
# What the transaction that reads a row is like.
SEEN = (
    "CREATE VIEW seen AS SELECT *, concat_ws(' ', current_setting('transaction_read_only'), "
    "current_setting('default_transaction_read_only'), current_setting('transaction_isolation'), "
    "current_setting('statement_timeout'), current_setting('application_name')) AS guest FROM SystemEvents"
)
MINE = "application_name LIKE 'lumber%' AND datname = current_database()"
SORTED = "sorts its own rows"


def test_every_worker_reads_in_a_read_only_transaction_with_a_longest_time_and_a_name(
    call: Call, empty_postgres_url: str, tmp_path: Path
) -> None:
    make_events(empty_postgres_url, ROWS)
    execute(empty_postgres_url, SEEN)
    done(call("source", "add", "plant", "--url", empty_postgres_url, "--statement-seconds", 1234))
    text = MAPPING.replace('"SystemEvents"', '"seen"').replace('{ constant = "from rsyslog" }', '"guest"')
    done(call("source", "map", "plant", write_mapping(tmp_path, text)))
    rows = exported(call, tmp_path / "out", "--source", "plant")
    assert len(rows) == ROWS
    # Of all partitions.
    (seen,) = {row["raw_message"] for row in rows}
    settings, _, export_id = str(seen).rpartition(" ")
    assert settings == "on on repeatable read 1234s lumber"
    assert query(f"sqlite:///{tmp_path / 'ledger.db'}", "SELECT id FROM exports")[0][0].startswith(export_id)


def test_a_mapping_cannot_have_lumber_write(call: Call, empty_postgres_url: str, tmp_path: Path) -> None:
    """Neither the check nor the coordinator nor a worker writes, whatever a mapping's SQL calls."""
    make_events(empty_postgres_url, 40)
    execute(empty_postgres_url, "CREATE TABLE written (id bigint)")
    execute(
        empty_postgres_url,
        "CREATE FUNCTION writes(bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS "
        "'BEGIN INSERT INTO written VALUES ($1); RETURN true; END'",
    )
    done(call("source", "add", "plant", "--url", empty_postgres_url))
    harmful = MAPPING.replace("[columns]", 'filter = "writes(ID)"\n[columns]')
    refused = call("source", "map", "plant", write_mapping(tmp_path, harmful))
    assert refused.returncode in (1, 3)
    assert "read-only transaction" in refused.stderr
    # Kept while it was harmless.
    execute(empty_postgres_url, "ALTER FUNCTION writes RENAME TO later")
    execute(
        empty_postgres_url,
        "CREATE FUNCTION writes(bigint) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true'",
    )
    done(call("source", "map", "plant", write_mapping(tmp_path, harmful)))
    execute(empty_postgres_url, "DROP FUNCTION writes")
    execute(empty_postgres_url, "ALTER FUNCTION later RENAME TO writes")
    failed = call("export", "-d", "logs", "--source", "plant", "--output", tmp_path / "out")
    assert failed.returncode == 1
    assert "read-only transaction" in failed.stderr
    assert not (tmp_path / "out").exists()
    assert query(empty_postgres_url, "SELECT count(*) FROM written") == [(0,)]


def test_a_statement_that_takes_too_long_ends_in_the_server_too(
    call: Call, empty_postgres_url: str, tmp_path: Path
) -> None:
    make_events(empty_postgres_url, 40)
    execute(
        empty_postgres_url,
        "CREATE VIEW slow AS SELECT * FROM SystemEvents "
        "WHERE CASE WHEN current_query() ILIKE 'copy%' THEN pg_sleep(3600) IS NOT NULL ELSE true END",
    )
    done(call("source", "add", "plant", "--url", empty_postgres_url, "--statement-seconds", 2))
    text = MAPPING.replace('"SystemEvents"', '"slow"')
    done(call("source", "map", "plant", write_mapping(tmp_path, text)))
    failed = call("export", "-d", "logs", "--source", "plant", "--output", tmp_path / "out")
    assert failed.returncode == 1
    assert "statement timeout" in failed.stderr
    assert query(empty_postgres_url, f"SELECT query FROM pg_stat_activity WHERE {MINE}") == []
    assert not (tmp_path / "out").exists()


def test_a_role_with_the_documented_rights_and_few_connections_is_enough(
    call: Call, empty_postgres_url: str, tmp_path: Path
) -> None:
    """One connection for each worker and two more: the server would refuse another one."""
    make_events(empty_postgres_url, ROWS)
    role = f"reader_{empty_postgres_url[-12:]}"
    execute(empty_postgres_url, f"CREATE ROLE {role} LOGIN CONNECTION LIMIT {WORKERS + 2}")
    try:
        execute(empty_postgres_url, f"GRANT USAGE ON SCHEMA public TO {role}")
        execute(empty_postgres_url, f"GRANT SELECT ON SystemEvents TO {role}")
        url = empty_postgres_url.replace("postgres@", f"{role}@")
        done(call("source", "add", "plant", "--url", url))
        done(call("source", "map", "plant", write_mapping(tmp_path)))
        stop, most = threading.Event(), [0]

        def watch() -> None:
            while not stop.wait(0.01):
                found = query(empty_postgres_url, f"SELECT count(*) FROM pg_stat_activity WHERE {MINE}")
                most.append(found[0][0])

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            rows = exported(call, tmp_path / "out", "--source", "plant")
        finally:
            stop.set()
            watcher.join()
        assert len(rows) == ROWS
        assert 0 < max(most) <= WORKERS + 2
    finally:
        execute(empty_postgres_url, f"DROP OWNED BY {role}")
        execute(empty_postgres_url, f"DROP ROLE {role}")


def test_a_sort_is_never_hidden(call: Call, empty_postgres_url: str, tmp_path: Path) -> None:
    """A check and a preview say that rows are sorted, and with the index that they name nothing is."""
    make_events(empty_postgres_url, ROWS)
    done(call("source", "add", "plant", "--url", empty_postgres_url))
    told = done(call("source", "map", "plant", write_mapping(tmp_path))).stdout
    assert SORTED in " ".join(told.split())
    shown = done(call("preview", "-d", "logs", "--source", "plant", "--json")).stdout
    assert SORTED in shown
    advice = 'CREATE INDEX ON "public"."systemevents" ("receivedat", "id")'
    assert advice in " ".join(told.split())
    execute(empty_postgres_url, advice)
    execute(empty_postgres_url, "ANALYZE")
    told = done(call("source", "check", "plant", write_mapping(tmp_path))).stdout
    assert SORTED not in " ".join(told.split())
    assert SORTED not in done(call("preview", "-d", "logs", "--source", "plant", "--json")).stdout
