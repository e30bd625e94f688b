"""Workers that are frozen past their lease, and a database that goes away: nothing is lost or doubled."""

import signal
from pathlib import Path

import pytest

from lumber.exports import ExportConfig
from lumber.settings import Settings
from tests.databases import running_postgres
from tests.integration.datasets import contents, execute
from tests.integration.exports_in_motion import staged_files
from tests.integration.processes import Running, until
from tests.integration.workers import (
    assert_complete,
    create,
    details,
    ended,
    fill_all,
    run_undisturbed,
    settings_for,
    worker,
)

BUDGET_REASON = "Processes are frozen until their leases have run out."

ROWS = 1_500
CONFIG = ExportConfig(data_types=["logs", "ips"], output_format="jsonl", batch_size=5)


def begin(url: str, settings: Settings, running: Running, partitions: int = 3) -> str:
    """Put the export into the queue and wait until the worker has some partitions of it."""
    (export_id,) = create(url, [CONFIG])
    folder = settings.effective_exports_dir / export_id
    until(lambda: running.assert_runs() or len(staged_files(folder)) >= partitions)
    return export_id


@pytest.mark.parametrize("who", ["coordinator", pytest.param("all", marks=pytest.mark.slow)])
def test_a_worker_frozen_past_its_lease_changes_nothing_when_it_wakes(
    who: str, postgres_url: str, tmp_path: Path
) -> None:
    fill_all(postgres_url, ROWS)
    # The lease ends when this test says so, however slow the machine is.
    settings = settings_for(postgres_url, tmp_path / "data", lease_seconds=3_600)
    twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
    with worker(settings) as frozen:
        export_id = begin(postgres_url, settings, frozen)
        if who == "all":
            frozen.signal_group(signal.SIGSTOP)
        else:
            frozen.process.send_signal(signal.SIGSTOP)
        execute(postgres_url, "UPDATE exports SET lease_until = now() - interval '1 second'")
        with worker(settings) as second:
            until(lambda: second.assert_runs() or ended(postgres_url, [export_id]))
            assert_complete(postgres_url, settings, export_id, twin)
            before = details(postgres_url, export_id)
            frozen.signal_group(signal.SIGCONT)
            until(lambda: frozen.assert_runs() or "lease_lost" in frozen.stdout + frozen.stderr)
            # Afterwards it works as before.
            others = create(postgres_url, [CONFIG, CONFIG])
            until(lambda: ended(postgres_url, others))
        for other in others:
            assert_complete(postgres_url, settings, other, twin)
    assert details(postgres_url, export_id) == before
    assert [attempt.outcome for attempt in before.attempts] == ["lost", "completed"]
    assert contents(settings.effective_exports_dir / export_id) == twin


def test_a_postgresql_server_that_crashes_in_the_middle_delays_an_export(tmp_path: Path) -> None:
    with running_postgres() as server:
        server.create_migrated("lumber")
        url = server.url("lumber")
        fill_all(url, ROWS)
        settings = settings_for(url, tmp_path / "data")
        twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
        with worker(settings) as running:
            export_id = begin(url, settings, running)
            server.restart()
            until(lambda: running.assert_runs() or ended(url, [export_id]))
        assert_complete(url, settings, export_id, twin)
        assert len(details(url, export_id).attempts) >= 2
