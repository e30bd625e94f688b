"""An attempt that dies at any step: the next one goes on, and ends with the same bytes."""

import subprocess
import sys
from pathlib import Path

import pytest

from lumber.exports import ExportConfig
from lumber.settings import Settings
from tests.integration.datasets import STAGING, contents, execute, query, read_dataset
from tests.integration.processes import CHECKOUT, PATIENCE_SECONDS
from tests.integration.workers import (
    assert_complete,
    create,
    details,
    fill_all,
    run_undisturbed,
    settings_for,
)

BUDGET_REASON = "An export dies at many steps, and each attempt is a process that starts its own workers."

ROWS = 600
CONFIG = ExportConfig(
    data_types=["logs", "ips"], output_format="csv", batch_size=50, filters={"message": {"ne": "line 7"}}
)

# Runs one attempt at what waits, and dies without a word at step N of what it does to files and folders.
# Prints the number of steps when it gets to the end. Arguments: N, the address, the folder.
ATTEMPT = """
import asyncio, os, sys
from pathlib import Path
from lumber.exports.attempt import ExportRun
from lumber.exports.ledger import ExportStatusManager
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.workers import settings_for

at, url, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
STEPS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")
steps = 0

def is_of_export(event, arguments):
    if isinstance(arguments[0], int):
        return False  # a file around what was opened before
    name = str(arguments[0])
    if name.startswith("/"):
        return "/exports/" in name
    # The event of an open tells no folder, but only an export opens what it writes from one.
    return event == "open" or "/exports" in os.readlink(f"/proc/self/fd/{arguments[-1]}")

def watch(event, arguments):
    global steps
    is_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if (is_write or event in STEPS) and is_of_export(event, arguments):
        steps += 1
        if steps == at:
            os._exit(9)

async def main():
    settings = settings_for(url, folder)
    database = open_database(DatabaseUrl.parse(url))
    claim = await ExportStatusManager(database).claim_next("test", settings.lease_seconds, max_attempts=1000)
    sys.addaudithook(watch)
    await ExportRun(claim, database, settings).run()
    await database.close()

if __name__ == "__main__":
    asyncio.run(main())
    print(steps)
"""


def attempt(settings: Settings, at: int = 0) -> subprocess.CompletedProcess[str]:
    """Make an attempt that dies at step `at`; the lease of the one before has passed."""
    execute(settings.database_url, "UPDATE exports SET lease_until = 0")
    command = [sys.executable, "-c", ATTEMPT, str(at), settings.database_url, str(settings.data_dir)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=CHECKOUT)


@pytest.fixture
def undisturbed(sqlite_url: str, tmp_path: Path) -> tuple[Settings, dict[str, bytes]]:
    """Settings of a database with rows, and what the export of them is."""
    fill_all(sqlite_url, ROWS)
    settings = settings_for(sqlite_url, tmp_path / "data")
    return settings, run_undisturbed(settings, CONFIG, tmp_path / "twin")


@pytest.mark.parametrize("stride", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_an_export_that_dies_at_every_step_in_turn_ends_the_same(
    undisturbed: tuple[Settings, dict[str, bytes]], stride: int
) -> None:
    assert_dies_and_ends_the_same(*undisturbed, CONFIG, stride)


@pytest.mark.parametrize("stride", [12, pytest.param(1, marks=pytest.mark.slow)])
def test_an_export_in_folders_that_dies_ends_the_same(
    undisturbed: tuple[Settings, dict[str, bytes]], tmp_path: Path, stride: int
) -> None:
    settings, _ = undisturbed
    config = CONFIG.model_copy(update={"partition_by": "date"})
    twin = run_undisturbed(settings, config, tmp_path / "in-folders")
    assert any("/date=" in path for path in twin)
    assert_dies_and_ends_the_same(settings, twin, config, stride)


def assert_dies_and_ends_the_same(
    settings: Settings, twin: dict[str, bytes], config: ExportConfig, stride: int
) -> None:
    """Check one export, whose attempts die some steps later each time, through the whole commit."""
    (whole,) = create(settings.database_url, [config])
    steps = int(attempt(settings).stdout)
    assert steps >= 12  # folder, lock, staging, three reports, commit list, four moves, manifest
    (export_id,) = create(settings.database_url, [config])
    deaths = 0
    for at in range(1, steps + 1, stride):
        done = attempt(settings, at)
        if done.returncode == 0:
            break
        assert done.returncode == 9, done.stderr
        deaths += 1
        folder = settings.effective_exports_dir / export_id
        if (folder / "manifest.json").exists():
            assert twin.items() <= contents(folder).items()
    else:
        assert attempt(settings).returncode == 0
    assert deaths >= 10 // stride
    for one in (whole, export_id):
        assert_complete(settings.database_url, settings, one, twin)
    outcomes = [item.outcome for item in details(settings.database_url, export_id).attempts]
    assert outcomes == ["lost"] * deaths + ["completed"]


def test_a_later_attempt_sees_the_rows_of_the_first_plan(
    undisturbed: tuple[Settings, dict[str, bytes]],
) -> None:
    settings, twin = undisturbed
    url = settings.database_url
    (export_id,) = create(url, [CONFIG])
    assert attempt(settings, 12).returncode == 9  # in the commit: everything is read
    assert query(url, "SELECT count(*) FROM export_partitions")[0][0] == 7
    execute(url, "INSERT INTO log_entries (timestamp, message) VALUES (1767225600000001, 'late')")
    execute(url, "UPDATE ip_addresses SET risk_score = 99")
    assert attempt(settings).returncode == 0
    assert_complete(url, settings, export_id, twin)


@pytest.mark.parametrize("loss", [pytest.param("file", marks=pytest.mark.slow), "cut", "rows", "times"])
def test_an_export_begins_anew_when_what_was_finished_is_gone(
    loss: str, undisturbed: tuple[Settings, dict[str, bytes]]
) -> None:
    settings, twin = undisturbed
    url = settings.database_url
    (export_id,) = create(url, [CONFIG])
    assert attempt(settings, 12).returncode == 9
    (staging,) = (settings.effective_exports_dir / export_id / STAGING).glob(f"{export_id}.*")
    shard = min(staging.glob("logs-p*.csv"))
    if loss == "file":
        shard.unlink()
    elif loss == "cut":
        shard.write_bytes(shard.read_bytes()[:-1])
    elif loss == "times":  # as an earlier version wrote it
        old = """replace(result, '"times":{', '"gaps":{')"""
        execute(url, f"UPDATE export_partitions SET result = {old}")
    else:
        old = """replace(plan, '"schema_hashes":{"ips":"', '"schema_hashes":{"ips":"old')"""
        execute(url, f"UPDATE exports SET plan = {old}")
    assert attempt(settings).returncode == 0
    assert_complete(url, settings, export_id, twin)


@pytest.mark.parametrize(
    "shares", [(0.5,), pytest.param((0.0, 0.2, 0.4, 0.6, 0.8), marks=pytest.mark.slow)], ids=len
)
def test_what_follows_the_partitions_is_made_again(
    sqlite_url: str, tmp_path: Path, shares: tuple[float, ...]
) -> None:
    """Runs and events wait in staging for the jobs that make shuffled shards and sequences of them."""
    fill_all(sqlite_url, ROWS)
    settings = settings_for(sqlite_url, tmp_path / "data")
    config = ExportConfig(
        data_types=["logs"],
        output_format="jsonl",
        split={"mode": "time"},
        order="shuffle",
        sequences={"size": 5},
        sample={"rows": 500},
    )
    twin = run_undisturbed(settings, config, tmp_path / "twin")
    assert any(name.startswith("sequences/") for name in twin)
    (whole,) = create(sqlite_url, [config])
    steps = int(attempt(settings).stdout)
    (export_id,) = create(sqlite_url, [config])
    for share in shares:
        assert attempt(settings, 3 + int(share * steps)).returncode == 9
    assert query(sqlite_url, "SELECT count(*) FROM export_partitions")[0][0] == 6
    assert attempt(settings).returncode == 0
    for one in (whole, export_id):
        assert_complete(sqlite_url, settings, one, twin)


@pytest.mark.parametrize("is_finished", [True, False])
def test_labels_are_of_one_moment_also_when_an_attempt_died_among_them(
    is_finished: bool, sqlite_url: str, tmp_path: Path
) -> None:
    fill_all(sqlite_url, ROWS)
    settings = settings_for(sqlite_url, tmp_path / "data")
    config = ExportConfig(data_types=["logs"], output_format="jsonl", labels=True)
    (export_id,) = create(sqlite_url, [config])
    assert attempt(settings, 12).returncode == 9  # in the commit: everything is read
    if not is_finished:
        execute(sqlite_url, "DELETE FROM export_partitions WHERE ordinal = 0")
    execute(sqlite_url, "UPDATE anomaly_detections SET verdict = 'false_positive'")
    assert attempt(settings).returncode == 0
    rows = read_dataset(settings.effective_exports_dir / export_id)
    found = [row["label"] for row in rows]
    expected = 1 if is_finished else 0
    assert found.count(expected) == ROWS // 10
    assert found.count(None) == ROWS - ROWS // 10
