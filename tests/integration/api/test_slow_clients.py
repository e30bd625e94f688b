"""Clients of downloads that stop reading or go away: they cost no memory, and nobody waits for them."""

import asyncio
from pathlib import Path

import psutil
import pytest

from lumber.api import create_app
from lumber.exports.ledger import ExportStatusManager
from lumber.settings import Settings
from tests.integration.api.serving import (
    LONG_SECONDS,
    listening,
    running_export,
    stalled,
    until,
    write_dataset,
)

MEBIBYTE = 1024 * 1024
FILE_BYTES = 64 * MEBIBYTE
CLIENTS = 60  # more than there are threads to read files


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=sqlite_url)


async def large_export(ledger: ExportStatusManager, folder: Path) -> tuple[str, str]:
    """Create a completed export with one large file; return the ids of both."""
    claim = await running_export(ledger)
    entries = write_dataset(folder, {"logs/train-00000-of-00001.jsonl": bytes(FILE_BYTES)})
    await ledger.placed(claim, str(folder))
    await ledger.complete(claim, {"logs": {"read": 1, "written": 1}}, entries)
    [file] = await ledger.files(claim.export_id)
    return claim.export_id, file.id


async def read_whole(port: int, path: str) -> int:
    """Read an answer to its end, as a client that keeps up does; return its bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    received = 0
    while chunk := await asyncio.wait_for(reader.read(MEBIBYTE), LONG_SECONDS):
        received += len(chunk)
    writer.close()
    return received


@pytest.mark.parametrize("whole", [False, True])
async def test_clients_that_stop_reading(settings: Settings, tmp_path: Path, whole: bool) -> None:
    app = create_app(settings)
    process = psutil.Process()
    async with listening(app) as (port, _):
        export_id, file_id = await large_export(app.state.service.ledger, tmp_path / "done")
        address = f"/api/v1/export/{export_id}"
        path = f"{address}/download" if whole else f"{address}/files/{file_id}"
        await read_whole(port, path)
        before = process.memory_info().rss
        clients = [await stalled(port, path) for _ in range(CLIENTS)]
        try:
            assert await read_whole(port, f"{address}/progress") > 0
            assert await read_whole(port, path) > FILE_BYTES
            after = process.memory_info().rss
            # The file of the client that kept up is closed soon after its answer. Each stalled client has one
            # file open, or two of the same: a file by itself is opened again to be sent.
            each = 1 if whole else 2
            await until(lambda: _open_files(tmp_path) == CLIENTS * each)
        finally:
            for client in clients:
                client.close()
        # What a client had open is closed when it is gone.
        await until(lambda: _open_files(tmp_path) == 0)

    assert after - before < CLIENTS * MEBIBYTE


def _open_files(folder: Path) -> int:
    """Return how many files of datasets this process has open."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += link.readlink().is_relative_to(folder / "done")
        except FileNotFoundError:
            continue
    return found
