"""An export from collected rows whose process dies: the next attempt continues from the same moment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lumber.exports import ExportConfig
from lumber.sources.adding import keep, register
from lumber.sources.mapping import parse_mapping
from lumber.sources.password import Password
from lumber.sources.registry import checked_url
from tests.integration.attempts import Attempts, attempting
from tests.integration.datasets import execute, query, read_dataset
from tests.integration.ledgers import with_database
from tests.integration.sources.lakes import make_event, make_lake, write_events
from tests.integration.sources.rsyslog import MAPPING
from tests.integration.workers import assert_complete, create, details, run_undisturbed, settings_for

BUDGET_REASON = "An export dies at many steps, and each attempt is a process that starts its own workers."

ROWS = 600
CONFIG = ExportConfig(data_types=["logs"], output_format="jsonl", batch_size=50, source="lake")


@pytest.fixture(scope="module")
def attempt() -> Iterator[Attempts]:
    with attempting() as attempts:
        yield attempts


def prepare(ledger_url: str, folder: Path) -> None:
    """Make a folder with rows, and register it with a mapping."""
    url = make_lake(folder, ROWS, "parquet")
    mapping = parse_mapping(MAPPING.replace('table = "SystemEvents"', 'table = "events"'))

    async def run(database: Any) -> None:
        await register(database, "lake", checked_url(url), Password())
        await keep(database, "lake", mapping)

    with_database(ledger_url, run)


@pytest.mark.parametrize("stride", [25, pytest.param(1, marks=pytest.mark.slow)])
def test_an_export_that_dies_at_every_step_ends_as_an_undisturbed_one(
    sqlite_url: str, tmp_path: Path, attempt: Attempts, stride: int
) -> None:
    prepare(sqlite_url, tmp_path / "lake")
    settings = settings_for(sqlite_url, tmp_path / "data")
    twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
    (export_id,) = create(sqlite_url, [CONFIG])
    deaths = 0
    for at in range(1, 1000, stride):
        code, output = attempt(settings, at)
        if code == 0:
            break
        assert code == 9, output
        deaths += 1
    assert deaths
    assert_complete(sqlite_url, settings, export_id, twin)
    outcomes = [each.outcome for each in details(sqlite_url, export_id).attempts]
    assert outcomes == ["lost"] * deaths + ["completed"]


def test_an_attempt_continues_from_the_moment_of_the_first_one_also_under_snapshot(
    sqlite_url: str, tmp_path: Path, attempt: Attempts
) -> None:
    prepare(sqlite_url, tmp_path / "lake")
    settings = settings_for(sqlite_url, tmp_path / "data")
    (export_id,) = create(sqlite_url, [CONFIG])
    at = next(at for at in range(6, 60, 2) if _planned(sqlite_url, settings, attempt, at))
    assert at
    finished = query(sqlite_url, "SELECT ordinal FROM export_partitions ORDER BY ordinal")
    assert len(finished) > 1
    # Some is read again, from the same moment: what came and what went since is no part of it.
    execute(sqlite_url, "DELETE FROM export_partitions WHERE ordinal = 1")
    events = [make_event(number) for number in range(ROWS + 1, ROWS + 101)]
    write_events(tmp_path / "lake" / "events" / "more.parquet", events)
    (tmp_path / "lake" / "events" / "part-0.parquet").unlink()
    assert attempt(settings)[0] == 0
    rows = read_dataset(settings.effective_exports_dir / export_id)
    assert sorted(row["id"] for row in rows) == list(range(1, ROWS + 1))
    assert not list((settings.effective_exports_dir / export_id).rglob("source.db"))


def _planned(url: str, settings: Any, attempt: Attempts, at: int) -> bool:
    """Make an attempt that dies at a step; say whether partitions were finished."""
    assert attempt(settings, at)[0] == 9
    return query(url, "SELECT count(*) FROM export_partitions")[0][0] > 1
