"""`lumber datasets gate`, `publish` and `drop`, as a shell sees them, and what they leave in the ledger."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.exports.versions.reserving import latest_version
from lumber.store.database import Database
from lumber.store.models import DatasetVersion, NamedDataset
from tests.commands import lumber
from tests.integration.ledgers import with_database

STATES = {1: "published", 2: "held", 3: "building"}


@pytest.fixture
def datasets(either_database_url: str, tmp_path: Path):
    """Run a command about the dataset `Plant`, which has a version of each state."""

    async def make(database: Database) -> None:
        async with database.session() as session:
            session.add(NamedDataset(id="d", name="Plant", name_key="plant"))
            await session.flush()
            for number, state in STATES.items():
                session.add(
                    DatasetVersion(
                        dataset_id="d",
                        number=number,
                        export_id=str(uuid.uuid4()),
                        state=state,
                        is_incremental=0,
                        reason="Too many rows." if state == "held" else None,
                    )
                )

    with_database(either_database_url, make)

    def call(*arguments: object):
        given = [*arguments, "--database-url", either_database_url]
        return lumber("datasets", *given, LUMBER_DATA_DIR=tmp_path)

    return call


def latest(url: str) -> int | None:
    async def find(database: Database) -> int | None:
        async with database.session() as session:
            row = await latest_version(session, "d")
            return None if row is None else row.number

    return with_database(url, find)


def audited(url: str) -> list[tuple[str, Any]]:
    """Return the actions in the audit trail, with their details."""

    async def find(database: Database) -> list[tuple[str, Any]]:
        async with database.connect() as connection:
            rows = await connection.execute(sa.text("SELECT action, details FROM audit_lines ORDER BY seq"))
            return [(action, details) for action, details in rows]

    return with_database(url, find)


def test_a_published_version_is_the_latest(datasets, either_database_url: str) -> None:
    assert latest(either_database_url) == 1
    made = datasets("publish", "PLANT", 2)
    assert made.stdout == "Version 2 of Plant is published.\n"
    assert latest(either_database_url) == 2
    again = json.loads(datasets("publish", "plant", 2, "--json").stdout)
    assert (again["dataset"], again["state"], again["reason"]) == ("Plant", "published", "Too many rows.")
    refused = datasets("drop", "plant", 2)
    assert refused.returncode == 1
    assert "Version 2 of Plant is published: only a held version can be dropped." in refused.stderr


def test_a_dropped_version_is_not(datasets, either_database_url: str) -> None:
    made = json.loads(datasets("drop", "plant", 2, "--reason", "A broken sensor.", "--json").stdout)
    assert (made["state"], made["reason"]) == ("dropped", "Too many rows. Dropped: A broken sensor.")
    assert latest(either_database_url) == 1
    assert datasets("drop", "plant", 2).returncode == 0
    assert "is dropped: only a held version can be published" in datasets("publish", "plant", 2).stderr
    assert [action for action, _ in audited(either_database_url)] == ["version_dropped"]


@pytest.mark.parametrize("step", ["publish", "drop"])
def test_only_held_versions_are_decided_about(datasets, step: str) -> None:
    assert datasets(step, "plant", 3).returncode == 1
    assert datasets(step, "plant", 4).returncode == 4
    assert datasets(step, "other", 1).returncode == 4


def test_a_gate_is_set_shown_and_removed(datasets, tmp_path: Path, either_database_url: str) -> None:
    file = tmp_path / "gate.json"
    file.write_text('{"max_drift": {"*": 0.3}}')
    assert "has no gate" in datasets("gate", "plant").stdout
    assert datasets("gate", "plant", file).stdout == "Set the gate of plant. It judges the next version.\n"
    shown = datasets("gate", "plant").stdout
    assert json.loads(shown)["max_drift"] == {"*": 0.3}
    file.write_text(shown)
    datasets("gate", "plant", file)
    assert "has no gate" in datasets("gate", "plant", "--remove").stdout
    actions = [action for action, _ in audited(either_database_url)]
    assert actions == ["gate_changed", "gate_changed"]  # the same gate again is no change


def test_a_gate_can_wait_for_its_dataset(datasets, tmp_path: Path) -> None:
    file = tmp_path / "gate.json"
    file.write_text("{}")
    assert datasets("gate", "new", "--remove").returncode == 4
    assert datasets("gate", "new", file).returncode == 0
    assert json.loads(datasets("gate", "new", "--json").stdout)["gate"]["schema_change"] == "hold"
    wrong = datasets("gate", "../new", file)
    assert wrong.returncode == 3


def test_a_wrong_gate_is_refused(datasets, tmp_path: Path) -> None:
    file = tmp_path / "gate.json"
    file.write_text('{"drift": 1}')
    refused = datasets("gate", "plant", file)
    assert refused.returncode == 3
    assert "drift" in refused.stderr
    assert "max_drift" in refused.stderr
    assert datasets("gate", "plant", file, "--remove").returncode == 2
    file.write_text('{"max_drift": {"syslog.level": 0.1}}')
    unknown = datasets("gate", "plant", file)
    assert unknown.returncode == 3
    assert "'syslog' is neither a data type nor one of a source" in unknown.stderr
    assert "ips.COLUMN" in unknown.stderr
