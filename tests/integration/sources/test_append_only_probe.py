"""Before an export, it is said whether rows have only been added, as a mapping declares."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lumber.sources import probing
from tests.integration.datasets import execute
from tests.integration.processes import until
from tests.integration.sources.lakes import make_lake
from tests.integration.sources.public_schemas import BUILD_MAPPING, add_builds, make_builds
from tests.integration.sources.rsyslog import MAPPING, write_mapping
from tests.integration.sources.test_source_increments import call  # noqa: F401 - a fixture

Call = Callable[..., Any]
ROWS = 400


@pytest.fixture
def plant(
    call: Call,  # noqa: F811
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A table whose mapping declares that rows are only added. Only its last keys are probed."""
    monkeypatch.setattr(probing, "PROBED_ROWS", 100)
    make_builds(empty_database_url)
    # Other keys come between them.
    for first in range(1, 2 * ROWS, 20):
        add_builds(empty_database_url, first, 10)
    call("source", "add", "plant", "--url", empty_database_url)
    call("source", "map", "plant", write_mapping(tmp_path, BUILD_MAPPING))
    return empty_database_url


def said(call: Call, tmp_path: Path) -> list[str]:  # noqa: F811
    """Return what a preview says about the promise; a check of the mapping says the same."""
    preview = call("preview", "-d", "ci_runs", "--source", "plant")
    found = [note for note in preview["kinds"]["ci_runs"]["notes"] if "append_only" in note]
    checked = call("source", "check", "plant", write_mapping(tmp_path, BUILD_MAPPING))
    assert [note for note in checked["notes"] if "append_only" in note] == found
    return found


def test_rows_that_were_only_added_keep_the_promise(plant: str, call: Call, tmp_path: Path) -> None:  # noqa: F811
    (held,) = said(call, tmp_path)
    assert held.startswith("append_only has held since 20")
    assert held.endswith(" UTC: the keys 601 to 790 still have the same 100 rows.")
    add_builds(plant, 801, 50)
    assert said(call, tmp_path) == [held]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM builds WHERE id = 701", "1 row fewer than at"),
        ("UPDATE builds SET started_at = started_at + 1 WHERE id = 701", "other rows than at"),
        (None, "10 rows more than at"),
    ],
    ids=["deleted", "changed", "late"],
)
def test_other_changes_are_noticed_before_an_export(
    plant: str,
    call: Call,  # noqa: F811
    tmp_path: Path,
    statement: str | None,
    what: str,
) -> None:
    if statement is None:
        add_builds(plant, 711, 10)
    else:
        execute(plant, statement)
    notes = said(call, tmp_path)
    assert f"append_only doesn't hold: the keys 601 to 790 have {what}" in notes[0]
    # Kept again, it is about the rows of that moment.
    call("source", "map", "plant", write_mapping(tmp_path, BUILD_MAPPING))
    assert "append_only has held since" in said(call, tmp_path)[0]


def test_the_server_counts_changes_of_other_rows(
    call: Call,  # noqa: F811
    empty_postgres_url: str,
    tmp_path: Path,
) -> None:
    make_builds(empty_postgres_url)
    add_builds(empty_postgres_url, 1, 300)
    execute(empty_postgres_url, "UPDATE builds SET state_string = 'other' WHERE id <= 2")
    execute(empty_postgres_url, "DELETE FROM builds WHERE id = 3")
    call("source", "add", "plant", "--url", empty_postgres_url)
    mapping = write_mapping(tmp_path, BUILD_MAPPING)

    def counted() -> list[str]:
        # A session hands in its counts when it ends, or a second later.
        notes = call("source", "check", "plant", mapping)["notes"]
        return [note for note in notes if "The server has counted 2 updates and 1 deletion in " in note]

    until(counted)
    snapshot = write_mapping(tmp_path, BUILD_MAPPING.replace("append_only", "snapshot"))
    assert not any("append_only" in note for note in call("source", "check", "plant", snapshot)["notes"])


def test_what_can_not_be_probed_is_said(call: Call, tmp_path: Path) -> None:  # noqa: F811
    lake = MAPPING.replace('table = "SystemEvents"', 'guarantee = "append_only"\ntable = "events"')
    call("source", "add", "plant", "--url", make_lake(tmp_path / "lake", 30, "parquet"))
    checked = call("source", "check", "plant", write_mapping(tmp_path, lake))
    assert any("Nothing has tested append_only: the rows are collected" in note for note in checked["notes"])
