"""An export from a source whose process dies: what the next attempt may keep depends on the guarantee."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lumber.exports import ExportConfig
from lumber.sources.adding import keep, register
from lumber.sources.mapping import parse_mapping
from lumber.sources.password import Password
from lumber.store.url import DatabaseUrl
from tests.databases import FIXTURES
from tests.integration.attempts import Attempts, attempting
from tests.integration.datasets import execute, query, read_dataset
from tests.integration.ledgers import with_database
from tests.integration.sources.rsyslog import MAPPING, event, insert, make_events
from tests.integration.workers import assert_complete, create, details, run_undisturbed, settings_for

BUDGET_REASON = "An export dies at many steps, and each attempt is a process that starts its own workers."

ROWS = 600
CONFIG = ExportConfig(data_types=["logs"], output_format="jsonl", batch_size=50, source="plant")
GUARANTEES = ("snapshot", "append_only")


def pairs(*quick: tuple[str, str]) -> pytest.MarkDecorator:
    """Run a test for each guarantee of each database; in `make test`, for these pairs only."""
    return pytest.mark.parametrize(
        ("database", "guarantee"),
        [
            pytest.param(
                database, guarantee, marks=() if (database, guarantee) in quick else pytest.mark.slow
            )
            for database in FIXTURES
            for guarantee in GUARANTEES
        ],
    )


@pytest.fixture(scope="module")
def attempt() -> Iterator[Attempts]:
    """What makes attempts."""
    with attempting() as attempts:
        yield attempts


def prepare(ledger_url: str, url: str, guarantee: str) -> None:
    """Fill a database of others, and register it with a mapping."""
    make_events(url, ROWS)
    mapping = parse_mapping(MAPPING.replace("[columns]", f'guarantee = "{guarantee}"\n[columns]'))

    async def run(database: Any) -> None:
        await register(database, "plant", DatabaseUrl.parse(url), Password())
        await keep(database, "plant", mapping)

    with_database(ledger_url, run)


@pytest.fixture
def source_url(database: str, request: pytest.FixtureRequest) -> str:
    """The URL of a database of others, without tables."""
    return str(request.getfixturevalue(f"empty_{FIXTURES[database]}"))


@pytest.mark.parametrize("stride", [20, pytest.param(1, marks=pytest.mark.slow)])
@pairs(("sqlite", "snapshot"), ("postgresql", "append_only"))
def test_an_export_that_dies_at_every_step_ends_as_an_undisturbed_one(
    sqlite_url: str, source_url: str, tmp_path: Path, attempt: Attempts, guarantee: str, stride: int
) -> None:
    prepare(sqlite_url, source_url, guarantee)
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
    assert deaths >= max(1, 10 // stride)
    assert_complete(sqlite_url, settings, export_id, twin)
    outcomes = [each.outcome for each in details(sqlite_url, export_id).attempts]
    assert outcomes == ["lost"] * deaths + ["completed"]


@pairs(("sqlite", "append_only"), ("postgresql", "snapshot"))
def test_rows_that_come_after_a_crash(
    sqlite_url: str, source_url: str, tmp_path: Path, attempt: Attempts, guarantee: str
) -> None:
    """`snapshot`: nobody can see the moment of the first attempt again, so everything is of the next one.

    `append_only`: the first attempt's last key stays the end, and what it finished stays too.
    """
    prepare(sqlite_url, source_url, guarantee)
    settings = settings_for(sqlite_url, tmp_path / "data")
    (export_id,) = create(sqlite_url, [CONFIG])
    assert attempt(settings, 12)[0] == 9  # in the commit: everything is read
    assert query(sqlite_url, "SELECT count(*) FROM export_partitions")[0][0] > 1
    # Partitions in the middle are read again, with rows between those of the first attempt.
    execute(sqlite_url, "DELETE FROM export_partitions WHERE ordinal = 1")
    execute(
        source_url,
        insert(source_url),
        [event(source_url, number) for number in range(ROWS + 1, ROWS + 201)],
    )
    assert attempt(settings)[0] == 0
    rows = read_dataset(settings.effective_exports_dir / export_id)
    last = ROWS + 200 if guarantee == "snapshot" else ROWS
    assert sorted(row["id"] for row in rows) == list(range(1, last + 1))
    assert [(row["timestamp"], row["id"]) for row in rows] == sorted(
        (row["timestamp"], row["id"]) for row in rows
    )
