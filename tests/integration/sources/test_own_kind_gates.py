"""Datasets of a data type that only a source has, under gates: test sets, drift and class balance."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.datasets import execute
from tests.integration.sources.rsyslog import write_mapping

Call = Callable[..., CompletedProcess[str]]
MAPPING = """
kind = "door_events"
table = "doors"
key = "id"
time = { column = "at", unit = "s" }
guarantee = "append_only"
message = "text"
[fields]
state = { column = "state", one_of = ["open", "shut"] }
text = { column = "text", required = true }
"""
ROWS = 300


@pytest.fixture
def call(tmp_path: Path) -> Call:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_tables(url)

    def run(*arguments: object, code: int = 0) -> CompletedProcess[str]:
        done = lumber(
            *(*arguments, *(() if arguments[1] == "freeze-test" else ("--database-url", url))),
            LUMBER_DATA_DIR=tmp_path / "data",
            LUMBER_WORKERS=1,
        )
        assert done.returncode == code, done.stderr + done.stdout
        return done

    return run


@pytest.fixture
def plant(call: Call, tmp_path: Path) -> str:
    """A registered source with rows; half of the doors are open."""
    url = f"sqlite:///{tmp_path / 'plant.db'}"
    execute(url, "CREATE TABLE doors (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, state TEXT, text TEXT)")
    add_doors(url, 1, "CASE WHEN i % 2 THEN 'open' ELSE 'shut' END")
    call("source", "add", "plant", "--url", url)
    call("source", "map", "plant", write_mapping(tmp_path, MAPPING))
    return url


def add_doors(url: str, first: int, state: str) -> None:
    execute(
        url,
        f"INSERT INTO doors WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n "
        f"WHERE i < {first + ROWS - 1}) SELECT i, 1767225600 + i, {state}, 'door ' || i || ' moved' FROM n",
    )


def gate(call: Call, folder: Path, conditions: object, code: int = 0) -> CompletedProcess[str]:
    (folder / "gate.json").write_text(json.dumps(conditions))
    return call("datasets", "gate", "doors", folder / "gate.json", code=code)


def export(call: Call) -> Path:
    options = ("-d", "door_events", "--source", "plant", "--dataset", "doors", "--incremental", "--json")
    return Path(json.loads(call("export", *options).stdout)["path"])


def test_drift_of_a_column_that_only_a_source_has_holds_a_version(
    call: Call, plant: str, tmp_path: Path
) -> None:
    refused = gate(call, tmp_path, {"max_drift": {"door_event.state": 0.2}}, code=3)
    assert "'door_event' is neither a data type nor one of a source" in refused.stderr
    assert "door_events.COLUMN" in refused.stderr
    gate(call, tmp_path, {"max_drift": {"door_events.state": 0.2}, "min_drift_rows": 10})
    export(call)
    add_doors(plant, 1_000, "'open'")
    export(call)
    held = json.loads(call("datasets", "log", "doors", "--json").stdout)
    states = {each["number"]: (each["state"], each["reason"]) for each in held}
    assert states[1] == ("published", None)
    assert states[2][0] == "held"
    assert "The values of door_events.state moved by" in states[2][1]


def test_rows_of_a_test_set_hold_a_version(call: Call, plant: str, tmp_path: Path) -> None:
    first = export(call)
    frozen = call("datasets", "freeze-test", first, "-d", "door_events", "--name", "doors-test", "--json")
    assert json.loads(frozen.stdout)["rows"] == ROWS
    lines = tmp_path / "eval.csv"
    lines.write_text("words\ndoor 1000 moved\n")
    options = ("-d", "door_events", "--name", "other")
    refused = call("datasets", "freeze-test", lines, *options, code=3)
    assert "'door_events' is not a kind of data" in refused.stderr
    call("datasets", "freeze-test", lines, *options, "--column", "words")
    gate(call, tmp_path, {"test_set": {"name": "other"}})
    add_doors(plant, 1_000, "'open'")
    export(call)
    held = json.loads(call("datasets", "log", "doors", "--json").stdout)
    assert {each["number"]: each["state"] for each in held} == {1: "published", 2: "held"}
    assert any("test set" in str(each["reason"]) for each in held)
