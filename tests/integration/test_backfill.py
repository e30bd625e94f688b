"""`lumber datasets backfill`: a past range in windows, each row once, also after a kill -9."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from lumber.dataset.open import Dataset
from tests.commands import lumber
from tests.integration.datasets import execute, fill_days, query
from tests.integration.processes import LUMBER, started, until
from tests.integration.serving import call, serving

DAYS = 40
Command = Callable[..., CompletedProcess[str]]
RANGE = ("plant", "--start", "2026-01-01", "--window", "7d", "--yes")


@pytest.fixture
def command(either_database_url: str, tmp_path: Path) -> Command:
    """Run `lumber` on a database with a line for each of 40 days, of which version 1 has the last 12."""
    fill_days(either_database_url, DAYS)

    def call(*arguments: object, code: int = 0) -> CompletedProcess[str]:
        given = [*arguments, "--database-url", either_database_url]
        done = lumber(*given, LUMBER_DATA_DIR=tmp_path / "data", LUMBER_WORKERS=1)
        assert done.returncode == code, done.stderr
        return done

    call("export", "-d", "logs", "--dataset", "plant", "--incremental", "--start", "2026-01-29")
    return call


def versions(command: Command, name: str = "plant") -> list[dict[str, Any]]:
    """Return the versions, the oldest first."""
    found: list[dict[str, Any]] = json.loads(command("datasets", "log", name, "--json").stdout)
    return found[::-1]


def ids(path: str) -> list[int]:
    found: list[int] = Dataset(Path(path)).to_arrow("logs").column("id").to_pylist()
    return sorted(found)


def test_each_window_is_a_version_and_a_second_time_adds_nothing(
    command: Command, either_database_url: str
) -> None:
    made = json.loads(command("datasets", "backfill", *RANGE, "--json").stdout)
    assert [each["rows"] for each in made["windows"]] == [7, 7, 7, 7]
    assert [each["added"] for each in made["done"]] == [7, 7, 7, 7]
    found = versions(command)
    assert [each["added"] for each in found] == [12, 7, 7, 7, 7]
    assert {each["kinds"]["logs"]["mode"] for each in found[1:]} == {"append"}
    table = [row[0] for row in query(either_database_url, "SELECT id FROM log_entries ORDER BY id")]
    assert ids(found[-1]["path"]) == table
    command("verify", "--chain", "plant")
    again = command("datasets", "backfill", *RANGE)
    assert "It holds the whole range" in again.stdout
    overlapping = ("plant", "--start", "2026-01-10", "--window", "1month", "--yes")
    assert json.loads(command("datasets", "backfill", *overlapping, "--json").stdout)["windows"] == []
    assert len(versions(command)) == 5


def test_an_increment_with_the_old_start_keeps_what_was_added(
    command: Command, either_database_url: str
) -> None:
    """A schedule goes on with its config, whatever was backfilled meanwhile."""
    command("datasets", "backfill", "plant", "--start", "2026-01-15", "--window", "1month", "--yes")
    command("export", "-d", "logs", "--dataset", "plant", "--incremental", "--start", "2026-01-29")
    last = versions(command)[-1]
    assert (last["rows"], last["removed"]) == (26, 0)
    command("verify", "--chain", "plant")


def test_a_failed_window_is_run_again_whole_and_first(command: Command, either_database_url: str) -> None:
    """What was made before it stays, and it leaves nothing."""
    blank = "UPDATE log_entries SET message = '{}' WHERE id = 18"
    strict = ("--incremental", "--start", "2026-01-29", "--max-reject-ratio", 0)
    strict += ("--validation", "strict")
    command("export", "-d", "logs", "--dataset", "strict", *strict)
    execute(either_database_url, blank.format(""))
    failed = command("datasets", "backfill", "strict", *RANGE[1:], code=1)
    assert "Run the same command again" in failed.stderr
    assert [each["added"] for each in versions(command, "strict")] == [12, 7]
    execute(either_database_url, blank.format("fine"))
    command("datasets", "backfill", "strict", *RANGE[1:])
    assert [each["added"] for each in versions(command, "strict")] == [12, 7, 7, 7, 7]
    command("verify", "--chain", "strict")


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 2])
def test_a_killed_backfill_goes_on_where_it_ended(
    command: Command, either_database_url: str, tmp_path: Path, after: int
) -> None:
    """Killed with -9 while it makes a window: the next run waits for its lease, and adds no row twice."""
    given = ("datasets", "backfill", *RANGE, "--database-url", either_database_url)
    settings = {"LUMBER_DATA_DIR": tmp_path / "data", "LUMBER_WORKERS": 1, "LUMBER_LEASE_SECONDS": 2}
    with started(LUMBER, *given, **settings) as running:
        making = "SELECT count(*) FROM dataset_versions WHERE state = 'building' AND number > {}"
        until(lambda: query(either_database_url, making.format(after))[0][0])
        running.kill()
    before = versions(command)
    assert len(before) < 5
    command("datasets", "backfill", *RANGE)
    found = versions(command)
    assert found[: len(before)] == before
    assert [each["added"] for each in found] == [12, 7, 7, 7, 7]
    table = [row[0] for row in query(either_database_url, "SELECT id FROM log_entries ORDER BY id")]
    assert ids(found[-1]["path"]) == table
    command("verify", "--chain", "plant")


@pytest.mark.slow
def test_ctrl_c_ends_it_between_windows_or_in_one(
    command: Command, either_database_url: str, tmp_path: Path
) -> None:
    given = ("datasets", "backfill", *RANGE, "--database-url", either_database_url)
    with started(LUMBER, *given, LUMBER_DATA_DIR=tmp_path / "data", LUMBER_WORKERS=1) as running:
        until(lambda: len(versions(command)) > 1)
        running.signal_group(signal.SIGINT)
        assert running.wait() == 130, running.stderr
        assert "Run the same command again" in running.stdout
    command("datasets", "backfill", *RANGE)
    assert [each["added"] for each in versions(command)] == [12, 7, 7, 7, 7]
    command("verify", "--chain", "plant")


def test_it_asks_first_and_names_what_is_wrong(command: Command) -> None:
    assert "--yes" in command("datasets", "backfill", *RANGE[:-1], code=2).stderr
    wrong = command("datasets", "backfill", "plant", "--start", "2026-01-01", "--window", "soon", code=3)
    assert "'soon' isn't the length of a window" in wrong.stderr
    command("datasets", "backfill", "other", *RANGE[1:], code=4)
    assert len(versions(command)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 3])
def test_a_backfill_of_a_killed_service_goes_on_in_the_next_one(
    command: Command, either_database_url: str, tmp_path: Path, after: int
) -> None:
    """Queued over HTTP once, killed with -9 while a window is made: each window is added once."""
    folder, asked = tmp_path / "data", {"start": "2026-01-01", "window": "7d"}
    settings = {"LUMBER_LEASE_SECONDS": 2, "LUMBER_RETRY_SECONDS": 0.1}
    making = "SELECT count(*) FROM dataset_versions WHERE state = 'building' AND number > {}"
    with serving(either_database_url, folder, **settings) as (running, address):
        begun = call(address, "/named-datasets/plant/backfills", asked)["backfill"]
        assert (begun["state"], begun["windows"], begun["done"]) == ("running", 4, 0)
        until(lambda: running.assert_runs() or query(either_database_url, making.format(after))[0][0])
        running.kill()
    before = versions(command)
    assert len(before) < 5
    with serving(either_database_url, folder, **settings) as (running, address):

        def state() -> dict[str, Any]:
            running.assert_runs()
            (found,) = call(address, "/named-datasets/plant/backfills")["backfills"]
            return dict(found)

        until(lambda: state()["state"] != "running")
        ended = state()
    assert (ended["backfill_id"], ended["state"], ended["done"]) == (begun["backfill_id"], "completed", 4)
    found = versions(command)
    assert found[: len(before)] == before
    assert [each["added"] for each in found] == [12, 7, 7, 7, 7]
    table = [row[0] for row in query(either_database_url, "SELECT id FROM log_entries ORDER BY id")]
    assert ids(found[-1]["path"]) == table
    command("verify", "--chain", "plant")
