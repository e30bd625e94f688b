"""Cancelling an export over a source of PostgreSQL ends its statements in the server, not only here."""

import signal
from pathlib import Path

from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.datasets import execute, query
from tests.integration.processes import LUMBER, started, until
from tests.integration.sources.rsyslog import MAPPING, make_events, write_mapping

# Only the partitions read with COPY: all that comes before is fast.
SLOW = (
    "CREATE OR REPLACE VIEW Slow AS SELECT * FROM SystemEvents "
    "WHERE CASE WHEN current_query() ILIKE 'copy%' THEN pg_sleep(3600) IS NOT NULL ELSE true END"
)
RUNNING = (
    "SELECT query FROM pg_stat_activity WHERE application_name LIKE 'lumber%' AND state = 'active' "
    "AND query ILIKE 'copy%' AND datname = current_database()"
)
CONNECTED = RUNNING.partition(" AND state")[0] + " AND datname = current_database()"


def test_no_statement_is_left_in_the_server(empty_postgres_url: str, tmp_path: Path) -> None:
    make_events(empty_postgres_url, 40)
    execute(empty_postgres_url, SLOW)
    ledger = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_tables(ledger)
    given = {"LUMBER_DATABASE_URL": ledger, "LUMBER_DATA_DIR": tmp_path / "data", "LUMBER_WORKERS": 2}
    mapping = write_mapping(tmp_path, MAPPING.replace('"SystemEvents"', '"slow"'))
    for words in (
        ("source", "add", "plant", "--url", empty_postgres_url),
        ("source", "map", "plant", mapping),
    ):
        done = lumber(*words, **given)
        assert done.returncode == 0, done.stderr
    command = (LUMBER, "export", "-d", "logs", "--source", "plant", "--output", tmp_path / "out")
    with started(*command, **given) as running:
        until(lambda: query(empty_postgres_url, RUNNING))
        running.signal_group(signal.SIGINT)
        assert running.wait() == 130
    assert query(empty_postgres_url, CONNECTED) == []
    assert not (tmp_path / "out").exists()
