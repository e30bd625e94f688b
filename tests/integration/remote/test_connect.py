"""`lumber.connect` and `lumber.connect_async`: a service makes and opens datasets as the library does."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import lumber
from lumber.errors import (
    AuthenticationFailed,
    ConfigError,
    DatasetNotFound,
    ExportNotFound,
    OutputOccupied,
    ServerUnreachable,
)
from lumber.exports.history import HistoryQuery
from lumber.exports.progress import ExportProgress
from lumber.identity.keys import new_key
from lumber.remote.aio import AsyncRemoteService
from lumber.remote.library import RemoteService
from tests.integration.datasets import contents, query
from tests.integration.processes import until
from tests.integration.remote.houses import ROWS, House
from tests.integration.serving import PARTITION_ROWS, SLOW_CONFIG

CONFIG = {"data_types": ["logs"], "output_format": "parquet", "split": "random"}
_NEWEST = "SELECT status FROM exports ORDER BY created_at DESC LIMIT 1"
BUDGET_REASON = "Exports run at a real service, and one is cancelled there."


@pytest.fixture
def service(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemoteService]:
    monkeypatch.setenv("LUMBER_DATA_DIR", str(tmp_path / "data"))
    with lumber.connect(house.address, house.keys["exporter"]) as found:
        yield found


@pytest.fixture
async def waiting(house: House, service: RemoteService) -> AsyncIterator[AsyncRemoteService]:
    async with lumber.connect_async(house.address, house.keys["exporter"]) as found:
        yield found


def test_a_dataset_of_a_service_is_the_one_of_its_database(
    house: House, service: RemoteService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[ExportProgress] = []
    there = service.export(CONFIG, output=tmp_path / "there", on_progress=seen.append)
    monkeypatch.setenv("LUMBER_PARTITION_ROWS", str(PARTITION_ROWS))
    here = lumber.export(CONFIG, database_url=house.url, output=tmp_path / "here")
    assert there.to_polars("logs").equals(here.to_polars("logs"))
    assert there.to_polars("logs").height == ROWS
    assert there.verify().is_ok
    assert seen[-1].rows_done == ROWS


def test_without_a_folder_it_is_downloaded_once(service: RemoteService, tmp_path: Path) -> None:
    made = service.export(CONFIG, name="nightly", tags=["plant"])
    folder = Path(made.path)
    assert folder.parent == tmp_path / "data" / "downloads"
    before = {path: (folder / path).stat().st_mtime_ns for path in contents(folder)}
    assert service.open(folder.name[:8]).path == made.path
    assert {path: (folder / path).stat().st_mtime_ns for path in contents(folder)} == before
    elsewhere = service.open(folder.name, output=tmp_path / "elsewhere")
    assert contents(Path(elsewhere.path)) == contents(folder)
    (found,) = service.exports(HistoryQuery(tags=["plant"], limit=1))
    assert (found.export_id, found.name) == (folder.name, "nightly")


def test_versions_of_named_datasets_are_opened_by_their_names(service: RemoteService) -> None:
    made = service.export({**CONFIG, "split": {"mode": "group"}, "dataset": "connected"})
    assert service.open("connected@latest").path == service.open("Connected@v1").path == made.path
    with pytest.raises(DatasetNotFound, match="v7"):
        service.open("connected@v7")


def test_mistakes_are_told_before_anything_runs(house: House, service: RemoteService, tmp_path: Path) -> None:
    count = "SELECT COUNT(*) FROM exports"
    before = query(house.url, count)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(OutputOccupied):
        service.export(CONFIG, output=tmp_path / "full")
    with pytest.raises(ConfigError, match="data_types"):
        service.export({**CONFIG, "data_types": ["no"]})
    with pytest.raises(ExportNotFound, match="begins with 'zzzz'"):
        service.open("zzzz")
    with pytest.raises(ExportNotFound, match="begins with 'a'"):
        service.open("a")
    assert query(house.url, count) == before
    with lumber.connect(house.address, new_key().text) as stranger, pytest.raises(AuthenticationFailed):
        stranger.exports()
    with lumber.connect("http://127.0.0.1:1", new_key().text) as nobody:
        nobody.client.connection.waits = ()
        with pytest.raises(ServerUnreachable):
            nobody.exports()


def test_ctrl_c_cancels_the_export_at_the_service(house: House, service: RemoteService) -> None:
    def interrupt(_: ExportProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service.export(SLOW_CONFIG, on_progress=interrupt)
    until(lambda: query(house.url, _NEWEST) == [("cancelled",)])


async def test_methods_to_await_do_the_same(waiting: AsyncRemoteService) -> None:
    seen: list[ExportProgress] = []
    made = await waiting.export(CONFIG, on_progress=seen.append)
    assert made.verify().is_ok
    assert seen[-1].rows_done == ROWS
    again = await waiting.open(Path(made.path).name)
    assert again.path == made.path
    assert (await waiting.exports(HistoryQuery(limit=1)))[0].export_id == Path(made.path).name


async def test_a_cancelled_task_cancels_the_export_at_the_service(
    house: House, waiting: AsyncRemoteService
) -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(waiting.export(SLOW_CONFIG, on_progress=lambda _: begun.set()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(until, lambda: query(house.url, _NEWEST) == [("cancelled",)])
