"""Retention: what goes, what stays, and what is never touched."""

import asyncio
import fcntl
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from lumber.exports.cleaning import RetentionLoop
from lumber.exports.retention import CleanupReport, RetentionPolicy, clean_up
from lumber.exports.versions.retention import has_limits
from lumber.settings import Settings
from lumber.store.database import Database
from tests.integration.datasets import query
from tests.integration.ledgers import NOW, export_id, export_row, fill_ledger, with_database
from tests.integration.processes import PATIENCE_SECONDS

DAY = timedelta(days=1)
MARK = "lumber staging\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def ended(
    settings: Settings,
    number: int,
    days: float,
    *,
    status: str = "completed",
    size: int = 100,
    path: Any = None,
) -> dict[str, Any]:
    """Make an export that ended so many days ago, with a file of `size` bytes in its folder."""
    folder = path or settings.effective_exports_dir / export_id(number)
    folder.mkdir(parents=True)
    (folder / "manifest.json" if status == "completed" else folder / "part").write_bytes(b"x" * size)
    moment = NOW - days * DAY
    return export_row(
        number,
        status=status,
        created_at=moment - DAY,
        finished_at=moment,
        counts=None,
        file_size=size if status == "completed" else 0,
        output_path=str(folder),
    )


def active(settings: Settings, number: int, status: str) -> dict[str, Any]:
    """Make an export from long ago that waits or runs."""
    row = ended(settings, number, 900, status=status)
    return row | {"finished_at": None}


def cleaned(url: str, settings: Settings, policy: RetentionPolicy, **options: Any) -> CleanupReport:
    return with_database(url, lambda database: clean_up(database, settings, policy, **options))


def left(url: str) -> set[str]:
    return {row[0] for row in query(url, "SELECT id FROM exports")}


def folders(settings: Settings) -> set[str]:
    return {path.name for path in settings.effective_exports_dir.iterdir()}


def ids(numbers: Sequence[int]) -> list[str]:
    return [export_id(number) for number in numbers]


@pytest.mark.parametrize(
    ("policy", "gone", "reasons"),
    [
        (RetentionPolicy(), [], []),
        (RetentionPolicy(days=7), [4, 3], ["days", "days"]),
        (RetentionPolicy(days=0.5), [4, 3, 2, 1], ["days"] * 4),
        (RetentionPolicy(keep_last=3), [4, 3], ["keep_last"] * 2),
        (RetentionPolicy(keep_last=0), [4, 3, 2, 1, 0], ["keep_last"] * 5),
        (RetentionPolicy(keep_last=99), [], []),
        # Together 500 bytes: of failed exports too, whose finished parts lie on the disk.
        (RetentionPolicy(total_bytes=500), [], []),
        (RetentionPolicy(total_bytes=499), [4], ["total_bytes"]),
        (RetentionPolicy(total_bytes=200), [4, 3, 2], ["total_bytes"] * 3),
        (RetentionPolicy(total_bytes=0), [4, 3, 2, 1, 0], ["total_bytes"] * 5),
        (
            RetentionPolicy(days=30, keep_last=4, total_bytes=250),
            [4, 3, 2],
            ["days", "total_bytes", "total_bytes"],
        ),
    ],
)
def test_the_oldest_go_first_and_only_what_the_policy_names(
    database_url: str, settings: Settings, policy: RetentionPolicy, gone: list[int], reasons: list[str]
) -> None:
    statuses = ["completed", "failed", "cancelled", "completed", "failed"]
    rows = [
        ended(settings, number, days, status=status)
        for number, (days, status) in enumerate(zip((0.1, 1, 5, 20, 400), statuses, strict=True))
    ]
    rows += [active(settings, 10, "pending"), active(settings, 11, "running")]
    fill_ledger(database_url, rows)

    planned = cleaned(database_url, settings, policy, is_dry_run=True)
    assert left(database_url) == folders(settings) == set(ids([0, 1, 2, 3, 4, 10, 11]))
    report = cleaned(database_url, settings, policy)

    assert [item.export_id for item in report.exports] == ids(gone)
    assert [item.reason for item in report.exports] == reasons
    assert report.exports == planned.exports
    assert (planned.is_dry_run, report.is_dry_run) == (True, False)
    assert report.kept == planned.kept == 5 - len(gone)
    expected = set(ids([0, 1, 2, 3, 4, 10, 11])) - set(ids(gone))
    assert left(database_url) == folders(settings) == expected


def test_a_folder_that_a_user_chose_stays(database_url: str, settings: Settings, tmp_path: Path) -> None:
    chosen = tmp_path / "elsewhere" / export_id(1)
    # Inside the service's folder, but not its own: somebody put it there.
    inside = settings.effective_exports_dir / "mine"
    rows = [
        ended(settings, 0, 90),
        ended(settings, 1, 90, path=chosen) | {"executor": "command"},
        ended(settings, 2, 90, path=inside) | {"executor": "command"},
    ]
    fill_ledger(database_url, rows)
    by_size = cleaned(database_url, settings, RetentionPolicy(total_bytes=0), is_dry_run=True)
    assert [item.export_id for item in by_size.exports] == ids([0])
    report = cleaned(database_url, settings, RetentionPolicy(days=1))
    assert {item.export_id: item.files_deleted for item in report.exports} == dict(
        zip(ids([0, 1, 2]), [True, False, False], strict=True)
    )
    assert report.freed_bytes == 100
    assert left(database_url) == set()
    assert (chosen / "manifest.json").exists()
    assert (inside / "manifest.json").exists()
    assert folders(settings) == {"mine"}


def test_an_export_that_somebody_retries_meanwhile_stays(
    database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lumber.exports import ExportStatusManager, retention

    fill_ledger(database_url, [ended(settings, n, 90 - n, status="failed") for n in range(3)])
    delete = retention.delete_export

    async def delete_and_retry(database: Database, *arguments: Any, **who: Any) -> Any:
        if arguments[-1] == export_id(0):
            await ExportStatusManager(database).retry(export_id(1))
            await delete(database, settings, export_id(2))
        return await delete(database, *arguments, **who)

    monkeypatch.setattr(retention, "delete_export", delete_and_retry)
    report = cleaned(database_url, settings, RetentionPolicy(days=1))
    assert [item.export_id for item in report.exports] == ids([0])
    assert report.skipped == ids([1, 2])
    assert left(database_url) == folders(settings) == set(ids([1]))


def aged(path: Path, age: timedelta) -> None:
    moment = (NOW - age).timestamp()
    for item in [*path.rglob("*"), path]:
        os.utime(item, (moment, moment), follow_symlinks=False)


def test_only_folders_that_nobody_owns_any_more_are_removed(
    database_url: str, settings: Settings, tmp_path: Path
) -> None:
    fill_ledger(database_url, [ended(settings, 0, 0.1, status="failed")])
    root = settings.effective_exports_dir
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    for name in (export_id(1), export_id(2), "notes", export_id(3).upper(), export_id(5), export_id(6)):
        (root / name / ".lumber-staging").mkdir(parents=True)
        (root / name / ".lumber-staging" / "part").write_text("12345")
        (root / name / ".lumber-staging" / "lock").write_text(MARK)
    # Of another program, which also names its folders so.
    (root / export_id(8)).mkdir()
    (root / export_id(8) / "precious").write_text("x")
    # A removal that was interrupted.
    (root / f".lumber-removed-{export_id(9)}").mkdir()
    (root / f".lumber-removed-{export_id(9)}" / "part").write_text("12")
    (root / export_id(4)).symlink_to(outside)
    (root / export_id(1) / "link").symlink_to(outside)
    (root / export_id(7)).write_text("a file")
    (root / export_id(5) / "manifest.json").write_text("{}")
    for path in root.iterdir():
        aged(path, 2 * DAY)
    # Old, but for one file that was written this moment.
    (root / export_id(2) / ".lumber-staging" / "part").write_text("new")
    with (root / export_id(6) / ".lumber-staging" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        aged(root / export_id(6), 2 * DAY)
        before = folders(settings)
        gone = [f".lumber-removed-{export_id(9)}", export_id(1)]
        assert cleaned(database_url, settings, RetentionPolicy(), is_dry_run=True).orphans == gone
        assert folders(settings) == before
        report = cleaned(database_url, settings, RetentionPolicy())
    assert report.orphans == gone
    assert report.freed_bytes == 2 + 5 + len(MARK)
    assert report.unknown_datasets == ids([5])
    assert folders(settings) == before - {*gone}
    assert (outside / "precious").exists()


def test_a_missing_folder_is_no_error(database_url: str, settings: Settings) -> None:
    report = cleaned(database_url, settings, RetentionPolicy(days=1, total_bytes=1, keep_last=1))
    assert (report.exports, report.orphans, report.kept) == ([], [], 0)


async def gone(database: Database, number: int) -> None:
    """Wait until an export is no longer in the ledger."""
    from lumber.errors import ExportNotFound
    from lumber.exports import ExportStatusManager

    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await ExportStatusManager(database).get(export_id(number))
            except ExportNotFound:
                return
            await asyncio.sleep(0.01)


def test_the_loop_cleans_up_again_and_again_also_after_an_error(
    database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lumber.exports import cleaning
    from tests.integration import ledgers

    fill_ledger(database_url, [ended(settings, 0, 90), ended(settings, 1, 0.1)])
    log = LogCapture()
    structlog.configure(processors=[log])
    calls = 0

    async def sometimes(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("the disk went away")
        return await clean_up(*arguments, **options)

    monkeypatch.setattr(cleaning, "clean_up", sometimes)

    async def run(database: Database) -> None:
        loop = RetentionLoop(
            database, settings.model_copy(update={"retention_days": 7.0}), every_seconds=0.01
        )
        loop.start()
        assert loop.is_running
        await gone(database, 0)
        late = ended(settings, 2, 90)
        await asyncio.to_thread(ledgers.insert, database_url, "exports", [late])
        await gone(database, 2)
        await loop.stop()
        assert not loop.is_running
        assert "retention" not in {task.get_name() for task in asyncio.all_tasks()}

    try:
        with_database(database_url, run)
    finally:
        structlog.reset_defaults()
    assert left(database_url) == folders(settings) == set(ids([1]))
    assert [entry["event"] for entry in log.entries].count("clean-up failed") == 1


def test_without_limits_the_loop_deletes_nothing(
    database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lumber.exports import cleaning

    fill_ledger(database_url, [ended(settings, 0, 900)])
    asked = asyncio.Event()

    async def no_limits(session: Any) -> bool:
        found = await has_limits(session)
        asked.set()
        return found

    monkeypatch.setattr(cleaning, "has_limits", no_limits)

    async def run(database: Database) -> None:
        loop = RetentionLoop(database, settings)
        loop.start()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asked.wait()
        await loop.stop()

    with_database(database_url, run)
    assert left(database_url) == folders(settings) == set(ids([0]))


def test_a_stopping_loop_deletes_no_more(database_url: str, settings: Settings) -> None:
    fill_ledger(database_url, [ended(settings, number, 90) for number in range(3)])
    asked = iter([False, True])
    report = cleaned(database_url, settings, RetentionPolicy(days=1), is_stopping=lambda: next(asked, True))
    assert len(report.exports) == 1
    assert len(left(database_url)) == 2


def in_folders(folder: Path) -> Path:
    """Put a file of 30 bytes where an export with `partition_by` puts it."""
    file = folder / "logs" / "train" / "date=2026-01-31" / "train-00000-of-00001.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * 30)
    return file


@pytest.mark.parametrize(("total_bytes", "is_gone"), [(230, False), (229, True)])
def test_files_in_folders_of_days_are_measured_and_removed(
    database_url: str, settings: Settings, total_bytes: int, is_gone: bool
) -> None:
    fill_ledger(database_url, [ended(settings, 0, 2, status="failed"), ended(settings, 1, 1)])
    in_folders(settings.effective_exports_dir / export_id(0))
    report = cleaned(database_url, settings, RetentionPolicy(total_bytes=total_bytes))
    assert [item.export_id for item in report.exports] == (ids([0]) if is_gone else [])
    assert report.freed_bytes == (130 if is_gone else 0)
    assert folders(settings) == {*ids([1] if is_gone else [0, 1])}
    by_age = cleaned(database_url, settings, RetentionPolicy(days=0.5))
    assert {item.files_deleted for item in by_age.exports} == {True}
    assert folders(settings) == set()


def test_orphans_are_as_old_as_their_newest_file_in_any_folder(
    database_url: str, settings: Settings, tmp_path: Path
) -> None:
    fill_ledger(database_url, [])
    outside = in_folders(tmp_path / "outside")
    for number in (1, 2):
        folder = settings.effective_exports_dir / export_id(number)
        inner = in_folders(folder).parent
        (folder / ".lumber-staging").mkdir()
        (folder / ".lumber-staging" / "lock").write_text(MARK)
        (inner / "link").symlink_to(outside.parent)
        aged(folder, 2 * DAY)
    (inner / "train-00001-of-00002.csv").write_text("new")
    report = cleaned(database_url, settings, RetentionPolicy())
    assert report.orphans == ids([1])
    assert report.freed_bytes == 30 + len(MARK)
    assert folders(settings) == set(ids([2]))
    assert outside.exists()
