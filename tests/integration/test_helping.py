"""Idle workers help with the export of another one, on both databases, and the dataset has the same bytes."""

import json
import os
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from lumber.exports import ExportConfig
from lumber.settings import Settings
from tests.databases import FIXTURES
from tests.integration.datasets import execute, query
from tests.integration.processes import Running, until
from tests.integration.workers import (
    assert_complete,
    create,
    ended,
    fill_all,
    run_undisturbed,
    settings_for,
    worker,
)

BUDGET_REASON = "An export has to last until others help with it, and until some of them have died."

ROWS = 6_000
CONFIG = ExportConfig(data_types=["logs", "ips"], output_format="csv", batch_size=10)


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a database with rows that notes each partition that is recorded."""
    found: str = request.getfixturevalue(FIXTURES[request.param])
    fill_all(found, ROWS)
    note_partitions(found)
    return found


def note_partitions(url: str) -> None:
    """Keep a line for each partition that is recorded, as the ledger forgets them at the end."""
    columns = "export_id, kind, ordinal, attempt"
    execute(url, "CREATE TABLE noted (export_id TEXT, kind TEXT, ordinal BIGINT, attempt BIGINT)")
    values = ", ".join(f"NEW.{name}" for name in columns.split(", "))
    insert = f"INSERT INTO noted ({columns}) VALUES ({values});"
    if url.startswith("sqlite"):
        execute(url, f"CREATE TRIGGER note AFTER INSERT ON export_partitions BEGIN {insert} END")
        return
    execute(
        url,
        f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {insert} RETURN NEW; END $$",
    )
    execute(url, "CREATE TRIGGER note AFTER INSERT ON export_partitions FOR EACH ROW EXECUTE FUNCTION note()")


def noted(url: str) -> list[tuple[str, int]]:
    return [(kind, number) for kind, number in query(url, "SELECT kind, ordinal FROM noted")]


def helpers(url: str) -> list[str]:
    """Return who helps with the running export at present, as its progress says."""
    rows = query(url, "SELECT progress FROM exports WHERE status = 'running'")
    return [name for (text,) in rows if text for name in json.loads(text).get("workers", [])]


def claimed(url: str) -> list[str]:
    return [str(row[0]) for row in query(url, "SELECT owner FROM export_jobs WHERE state = 'claimed'")]


def settings_of(url: str, folder: Path, **values: Any) -> Settings:
    return settings_for(url, folder, partition_rows=20, **values)


def coordinator(url: str, running: list[Running]) -> Running:
    """Return the worker that holds the export."""

    def find() -> Running | None:
        rows = query(url, "SELECT lease_owner FROM exports WHERE status = 'running'")
        return next((one for one in running for (name,) in rows if f":{one.pid}-" in str(name)), None)

    found = until(find)
    assert found is not None
    return found


def test_an_idle_worker_helps(url: str, tmp_path: Path) -> None:
    settings = settings_of(url, tmp_path / "data")
    twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
    execute(url, "DELETE FROM noted")
    with ExitStack() as stack:
        running = [stack.enter_context(worker(settings)) for _ in range(2)]
        (export_id,) = create(url, [CONFIG])
        seen = until(lambda: helpers(url) or (ended(url, [export_id]) and ["nobody"]))
        until(lambda: ended(url, [export_id]))
        assert any(f":{one.pid}-" in seen[0] for one in running), (seen, [one.stdout for one in running])
        assert_complete(url, settings, export_id, twin)
    done = noted(url)
    assert len(done) == len(set(done))
    assert query(url, "SELECT * FROM export_jobs") == query(url, "SELECT * FROM export_offers") == []


@pytest.mark.slow
def test_a_killed_helper_loses_nothing(url: str, tmp_path: Path) -> None:
    settings = settings_of(url, tmp_path / "data", lease_seconds=2)
    twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
    execute(url, "DELETE FROM noted")
    with ExitStack() as stack:
        running = [stack.enter_context(worker(settings)) for _ in range(2)]
        (export_id,) = create(url, [CONFIG])
        until(lambda: claimed(url))
        holder = coordinator(url, running)
        next(one for one in running if one is not holder).kill()
        until(lambda: ended(url, [export_id]))
        assert_complete(url, settings, export_id, twin)
    done = noted(url)
    assert len(done) == len(set(done))


def test_a_stopped_helper_that_comes_back_late_is_refused(url: str, tmp_path: Path) -> None:
    settings = settings_of(url, tmp_path / "data", lease_seconds=2)
    twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
    execute(url, "DELETE FROM noted")
    with ExitStack() as stack:
        running = [stack.enter_context(worker(settings)) for _ in range(2)]
        (export_id,) = create(url, [CONFIG])
        until(lambda: claimed(url))
        holder = coordinator(url, running)
        helper = next(one for one in running if one is not holder)
        os.kill(helper.pid, signal.SIGSTOP)
        try:
            until(lambda: ended(url, [export_id]))
        finally:
            os.kill(helper.pid, signal.SIGCONT)
        assert_complete(url, settings, export_id, twin)
        until(lambda: "helping_ended" in helper.stdout)
    done = noted(url)
    assert len(done) == len(set(done))


@pytest.mark.slow
def test_a_killed_coordinator_is_followed_by_another(url: str, tmp_path: Path) -> None:
    settings = settings_of(url, tmp_path / "data", lease_seconds=2)
    twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
    execute(url, "DELETE FROM noted")
    with ExitStack() as stack:
        running = [stack.enter_context(worker(settings)) for _ in range(2)]
        (export_id,) = create(url, [CONFIG])
        until(lambda: claimed(url))
        coordinator(url, running).kill()
        until(lambda: ended(url, [export_id]))
        assert_complete(url, settings, export_id, twin)
    done = noted(url)
    assert len(done) == len(set(done))
    (attempts,) = query(url, "SELECT count(DISTINCT attempt) FROM noted")
    assert attempts == (2,)
