"""Workers killed at random moments: every export ends complete and equal to its undisturbed twin."""

import random
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from lumber.exports import ExportConfig
from lumber.settings import Settings
from tests.databases import FIXTURES
from tests.integration.datasets import STAGING, query
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

BUDGET_REASON = "Workers are killed at random moments while they export."

SEED = 20260101
CONFIGS = [
    ExportConfig(data_types=["logs"], output_format="jsonl", batch_size=10),
    ExportConfig(data_types=["logs", "anomalies", "ips"], output_format="parquet", batch_size=20),
    ExportConfig(data_types=["ips", "logs"], output_format="csv", compression="gzip", batch_size=10),
    ExportConfig(data_types=["logs"], output_format="json", include_metadata=False, batch_size=15),
]


@pytest.mark.parametrize(
    ("kind", "rows", "kills", "workers"),
    [
        ("postgresql", 1_000, 4, 2),
        pytest.param("postgresql", 3_000, 50, 3, marks=pytest.mark.slow),
        pytest.param("sqlite", 3_000, 10, 1, marks=pytest.mark.slow),
    ],
)
def test_every_export_survives_its_workers(
    kind: str, rows: int, kills: int, workers: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue(FIXTURES[kind])
    fill_all(url, rows)
    # So short that a lease may also end under a healthy worker: that is one more thing to survive.
    settings = settings_for(url, tmp_path / "data", concurrency=2, lease_seconds=2)
    twins = [run_undisturbed(settings, config, tmp_path / str(n)) for n, config in enumerate(CONFIGS)]
    ids = kill_while_they_run(url, settings, kills=kills, workers=workers)
    for n, export_id in enumerate(ids):
        assert_complete(url, settings, export_id, twins[n % len(CONFIGS)])
    assert [path for path in settings.effective_exports_dir.rglob("*") if path.name == STAGING] == []
    # A kill that hits nobody at work shows nothing.
    assert count(url, "export_attempts WHERE outcome = 'lost'") >= kills / 2


def kill_while_they_run(url: str, settings: Settings, *, kills: int, workers: int) -> list[str]:
    """Kill workers at random moments while there is work; then let it end. Return the exports' ids."""
    chance = random.Random(SEED)
    ids: list[str] = []
    with ExitStack() as stack:
        running = [stack.enter_context(worker(settings)) for _ in range(workers)]
        for _ in range(kills):
            if ended(url, ids):
                ids += create(url, CONFIGS)
            busy = until(lambda: [one for one in running if one.assert_runs() or is_busy(url, one)])
            victim = chance.choice(busy)
            time.sleep(chance.uniform(0.0, 1.5))
            victim.kill()
            running[running.index(victim)] = stack.enter_context(worker(settings))
        until(lambda: ended(url, ids))
    return ids


def is_busy(url: str, one: Running) -> bool:
    return count(url, f"exports WHERE status = 'running' AND lease_owner LIKE '%:{one.pid}-%'") > 0


def count(url: str, what: str) -> int:
    return int(query(url, f"SELECT count(*) FROM {what}")[0][0])
