"""A command that was killed leaves files in a folder of the user: the next start of Lumber removes them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lumber.engine.staging import Holder, OutputFolder
from lumber.exports.lost_commands import fail_lost_commands
from lumber.settings import Settings
from tests.integration.book import CONFIG, Book, open_book


@pytest.fixture
async def book(sqlite_url: str) -> AsyncIterator[Book]:
    async with open_book(sqlite_url) as book:
        yield book


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


async def lost_in(book: Book, path: Path | None, settings: Settings) -> OutputFolder:
    """Return what a command holds that stopped renewing its lease; without a path, in the exports folder."""
    export_id = (await book.ledger.create(CONFIG, executor="command")).export_id
    claim = await book.claimed(export_id, "command")
    path = path or settings.effective_exports_dir / export_id
    await book.ledger.placed(claim, str(path))
    await book.lose(export_id)
    folder = OutputFolder(path, Holder(export_id, claim.fence))
    folder.open()
    (folder.staging / "part").write_text("rows")
    return folder


async def test_what_a_dead_command_staged_is_removed(book: Book, settings: Settings, tmp_path: Path) -> None:
    (await lost_in(book, tmp_path / "out", settings)).suspend()
    await fail_lost_commands(book.database, settings)
    assert list((tmp_path / "out").iterdir()) == []


async def test_a_command_that_only_stands_still_keeps_its_files(
    book: Book, settings: Settings, tmp_path: Path
) -> None:
    folder = await lost_in(book, tmp_path / "out", settings)
    await fail_lost_commands(book.database, settings)
    assert (folder.staging / "part").read_text() == "rows"
    folder.discard()


async def test_what_a_retry_would_resume_from_stays(book: Book, settings: Settings) -> None:
    folder = await lost_in(book, None, settings)
    folder.suspend()
    await fail_lost_commands(book.database, settings)
    assert (folder.staging / "part").read_text() == "rows"


async def test_what_another_export_has_begun_there_stays(
    book: Book, settings: Settings, tmp_path: Path
) -> None:
    (await lost_in(book, tmp_path / "out", settings)).suspend()
    later = OutputFolder(tmp_path / "out", Holder("another", 1))
    later.open()
    (later.staging / "part").write_text("new rows")
    later.suspend()
    await fail_lost_commands(book.database, settings)
    assert (later.staging / "part").read_text() == "new rows"


async def test_folders_that_are_gone_or_not_ours_are_left_alone(
    book: Book, settings: Settings, tmp_path: Path
) -> None:
    (await lost_in(book, tmp_path / "out", settings)).suspend()
    (tmp_path / "out" / ".lumber-staging" / "lock").write_text("of another program")
    (await lost_in(book, tmp_path / "gone", settings)).discard()
    await fail_lost_commands(book.database, settings)
    assert len([*(tmp_path / "out").rglob("part")]) == 1
    assert not (tmp_path / "gone").exists()
