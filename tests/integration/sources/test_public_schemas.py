"""Three schemas that others wrote, on PostgreSQL and MariaDB.

Each is suggested, mapped, checked, exported while its program writes, and verified.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

import lumber as library
from tests.integration.processes import until
from tests.integration.sources.mariadb import MariaDb, running_mariadb
from tests.integration.sources.public_schemas import (
    BUILD_MAPPING,
    add_alerts,
    add_builds,
    add_syslog,
    alert_mapping,
    make_alerts,
    make_builds,
    make_syslog,
)
from tests.integration.sources.rsyslog import MAPPING, write_mapping
from tests.integration.sources.test_source_exports import call, done, ledger_url

__all__ = ["call", "ledger_url"]

BUDGET_REASON = "Three schemas on two databases, each exported while a writer runs, and verified."

Call = Callable[..., CompletedProcess[str]]
ROWS = 2_000
AT_ONCE = 20


@dataclass(frozen=True)
class Schema:
    """A schema of a program: its tables, what is suggested for one, and the mapping edited from that."""

    kind: str
    table: str
    suggested: tuple[str, ...]
    make: Callable[[str], None]
    add: Callable[[str, int, int], None]
    mapping: Callable[[str], str]
    # Of the ids that were read, the rejected ones.
    is_rejected: Callable[[int], bool]


SCHEMAS = {
    "rsyslog": Schema(
        "logs",
        "SystemEvents",
        ('kind = "logs"', 'key = "', 'message = "'),
        make_syslog,
        add_syslog,
        lambda url: MAPPING,
        lambda number: False,
    ),
    "barnyard2": Schema(
        "ids_alerts",
        "event",
        ('kind = "ids_alerts"', "[fields.signature]"),
        make_alerts,
        add_alerts,
        alert_mapping,
        lambda number: number % 2**32 % 10 == 0,
    ),
    "buildbot": Schema(
        "ci_runs",
        "builds",
        ('kind = "ci_runs"', 'key = "id"', "[fields.state_string]", "the table has NOT NULL"),
        make_builds,
        add_builds,
        lambda url: BUILD_MAPPING,
        lambda number: number % 7 == 0,
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    with running_mariadb() as found:
        yield found


@pytest.fixture(params=["postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str, tuple[object, ...]]:
    """The URL of a database for its programs, that for Lumber, and the place of its password."""
    if request.param == "postgresql":
        url = str(request.getfixturevalue("empty_postgres_url"))
        return url, url, ()
    server = request.getfixturevalue("server")
    address = f"127.0.0.1:{server.port}/{server.create()}"
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    return f"mariadb://root@{address}", f"mariadb://reader@{address}", ("--password-file", secret)


@contextmanager
def writing(schema: Schema, url: str) -> Iterator[list[int]]:
    """Add rows for as long as the block lasts; the list has the last number of each transaction."""
    stop, added = threading.Event(), [ROWS]

    def write() -> None:
        while not stop.wait(0.02):
            schema.add(url, added[-1] + 1, AT_ONCE)
            added.append(added[-1] + AT_ONCE)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: len(added) > 2)
        yield added
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_a_schema_is_mapped_and_exported_whole_while_its_program_writes(
    call: Call, place: tuple[str, str, tuple[object, ...]], tmp_path: Path, name: str
) -> None:
    schema = SCHEMAS[name]
    programs, url, password = place
    schema.make(programs)
    schema.add(programs, 1, ROWS)
    done(call("source", "add", "plant", "--url", url, *password))
    kind = () if schema.kind == "logs" else ("--kind", schema.kind)
    suggested = done(call("source", "suggest", "plant", schema.table, *kind)).stdout
    for words in schema.suggested:
        assert words in suggested
    edited = write_mapping(tmp_path, schema.mapping(programs))
    done(call("source", "check", "plant", edited))
    done(call("source", "map", "plant", edited))
    out = tmp_path / "out"
    with writing(schema, programs) as added:
        done(call("export", "-d", schema.kind, "--source", "plant", "--split", "time", "--output", out))
        begun = added[-1]
    manifest: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    section = manifest["kinds"][schema.kind]
    assert section["balanced"]
    # One moment: transactions are whole, and it is after the export began and before it ended.
    assert (section["read"] - ROWS) % AT_ONCE == 0
    assert ROWS < section["read"] <= begun
    ids = sorted(library.open(out).to_polars(schema.kind)["id"])
    assert len(set(ids)) == len(ids) == section["written"]
    numbers = {number % 2**32 for number in ids}
    wanted = {each for each in range(1, section["read"] + 1) if not schema.is_rejected(each)}
    assert numbers == wanted
    assert json.loads(done(call("verify", out, "--json")).stdout)["ok"]
