"""Ctrl-C at any phase of an export: a whole dataset or nothing, and a ledger that knows which."""

import asyncio
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from lumber.engine.staging import OutputFolder
from lumber.errors import ExportCancelled
from lumber.exports import DataExporter, ExportConfig, ExportMetadata, ExportStatusManager
from lumber.exports.progress import ExportProgress
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.models import LogEntry
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl

ROWS, SAMPLE = 30, 25


async def filled(url: str) -> Database:
    database = open_database(DatabaseUrl.parse(url))
    rows = [{"id": index, "timestamp": utc_now(), "message": "x"} for index in range(ROWS)]
    async with database.session() as session:
        await session.execute(sa.insert(LogEntry), rows)
    return database


@dataclass
class Attempt:
    """An export that can be cancelled from inside, from any thread."""

    output: Path
    cancel_at: str = ""
    task: asyncio.Future[ExportMetadata] | None = None
    loop: asyncio.AbstractEventLoop | None = None
    told: list[ExportProgress] = field(default_factory=list)

    async def run(self, url: str) -> tuple[bool, ExportMetadata]:
        """Export; return whether the task ended as cancelled, and what the ledger says."""
        database = await filled(url)
        exporter = DataExporter(
            # A sample of so many rows takes a first pass.
            ExportConfig(data_types=["logs"], sample={"rows": SAMPLE}),
            settings=Settings(workers=1, partition_rows=10),
            database=database,
            output=self.output,
            on_progress=self._watch,
        )
        try:
            self.loop = asyncio.get_running_loop()
            self.task = asyncio.ensure_future(exporter.export_data())
            await asyncio.wait({self.task})
            (recorded,) = await ExportStatusManager(database).list()
            is_cancelled = self.task.cancelled() or isinstance(self.task.exception(), ExportCancelled)
            return is_cancelled, recorded
        finally:
            await database.close()

    def cancel_from_thread(self) -> None:
        """Cancel the export and return when it has heard of it."""
        assert self.task is not None
        assert self.loop is not None
        heard = threading.Event()
        self.loop.call_soon_threadsafe(self.task.cancel)
        self.loop.call_soon_threadsafe(self.loop.call_soon, heard.set)
        assert heard.wait(timeout=300)

    def _watch(self, progress: ExportProgress) -> None:
        self.told.append(progress)
        if progress.phase == self.cancel_at:
            assert self.task is not None
            self.task.cancel()


@pytest.mark.parametrize("phase", ["planning", "surveying", "exporting", "packing"])
def test_an_export_cancelled_in_any_phase_leaves_nothing(phase: str, sqlite_url: str, tmp_path: Path) -> None:
    attempt = Attempt(tmp_path / "out", cancel_at=phase)
    is_cancelled, recorded = asyncio.run(attempt.run(sqlite_url))
    assert (is_cancelled, recorded.status) == (True, "cancelled")
    assert recorded.finished_at is not None
    assert not attempt.output.exists()


def test_the_phases_follow_each_other_and_the_first_pass_says_how_far_it_is(
    sqlite_url: str, tmp_path: Path
) -> None:
    attempt = Attempt(tmp_path / "out")
    asyncio.run(attempt.run(sqlite_url))
    phases = ["planning", "surveying", "exporting", "packing"]
    places = [phases.index(progress.phase) for progress in attempt.told]
    assert set(places) == {0, 1, 2, 3}
    assert places == sorted(places)
    for progress in attempt.told:
        if progress.phase == "surveying":
            assert progress.surveyed_percent is not None
            assert 0 <= progress.surveyed_percent <= 100
        else:
            assert progress.surveyed_percent is None


def test_a_commit_that_has_begun_is_finished(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are being moved: to take them away meanwhile could leave a manifest without its files."""
    attempt = Attempt(tmp_path / "out")
    commit = OutputFolder.commit

    def interrupted(self: OutputFolder, moves: dict[str, str], manifest: bytes) -> None:
        attempt.cancel_from_thread()
        commit(self, moves, manifest)

    monkeypatch.setattr(OutputFolder, "commit", interrupted)
    is_cancelled, recorded = asyncio.run(attempt.run(sqlite_url))
    assert (is_cancelled, recorded.status, recorded.record_count) == (False, "completed", SAMPLE)
    listed = json.loads((attempt.output / "manifest.json").read_text())["files"]
    assert all((attempt.output / entry["path"]).stat().st_size == entry["bytes"] for entry in listed)
    assert not (attempt.output / ".lumber-staging").exists()
