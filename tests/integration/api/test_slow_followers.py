"""Clients of event streams that stop reading: nothing is kept for them, and nobody waits for them."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from lumber.api import create_app, events
from lumber.api.service import Service
from lumber.settings import Settings
from lumber.store.models import ExportStatus
from tests.integration.api.serving import LONG_SECONDS, listening, running_export, stalled, until

BUDGET_REASON = "A client that stops reading is waited for until the service gives it up."

MESSAGE_BYTES = 1024 * 1024
CHANGES = 12
CLIENTS = 10


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=sqlite_url)


def path_of(export_id: str) -> str:
    return f"/api/v1/export/{export_id}/events"


@asynccontextmanager
async def followed(settings: Settings, clients: int) -> AsyncIterator[tuple[Service, str, int]]:
    """Serve an export that clients follow without reading; yield service, export and port."""
    app = create_app(settings)
    # The system keeps little for them: the rest would have to be kept by the service.
    async with listening(app, send_buffer_bytes=65_536) as (port, _):
        service: Service = app.state.service
        claim = await running_export(service.ledger)
        path = path_of(claim.export_id)
        opened: list[socket.socket] = []
        try:
            for _ in range(clients):
                opened.append(await stalled(port, path))
            yield service, claim.export_id, port
        finally:
            for client in opened:
                client.close()


async def change(service: Service, export_id: str, number: int) -> None:
    """Change the export so that its next event is long."""
    changed = sa.update(ExportStatus).where(ExportStatus.id == export_id)
    async with service.database.session() as session:
        await session.execute(changed.values(error_message=f"{number} " + "x" * MESSAGE_BYTES))


async def read_change(reader: asyncio.StreamReader, number: int) -> None:
    """Read events up to the one that tells of a change."""
    async with asyncio.timeout(LONG_SECONDS):
        while True:
            line = await reader.readline()
            assert line, "the stream ended"
            if line.startswith(b"data: "):
                message = json.loads(line.removeprefix(b"data: "))["error_message"]
                if (message or "").startswith(f"{number} "):
                    return


async def test_a_client_that_reads_hears_every_change_and_memory_stays(settings: Settings) -> None:
    process = psutil.Process()
    async with followed(settings, CLIENTS) as (service, export_id, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4 * MESSAGE_BYTES)
        writer.write(f"GET {path_of(export_id)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        await until(lambda: service.watch.followers == CLIENTS + 1)
        memory = []
        for number in range(CHANGES):
            await change(service, export_id, number)
            await read_change(reader, number)
            memory.append(process.memory_info().rss)
        assert service.watch.followers == CLIENTS + 1
        writer.close()
        await until(lambda: service.watch.followers == CLIENTS)
    # Each is being sent an early change, and a later one waits: those after that cost nothing.
    early, late = memory[CHANGES // 3], memory[-1]
    assert late - early < CLIENTS * MESSAGE_BYTES * CHANGES // 3


async def test_a_client_that_never_reads_is_left_and_that_is_no_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(events, "_SEND_SECONDS", 1)
    with capture_logs() as logs, caplog.at_level(logging.INFO):
        async with followed(settings, 3) as (service, export_id, _):
            await until(lambda: service.watch.followers == 3)
            await change(service, export_id, 1)
            # Whatever is sent next, a change or a sign of life, finds no room.
            await until(lambda: service.watch.followers == 0)
    assert [log["event"] for log in logs].count("event_client_stalled") == 3
    assert [log for log in logs if log["log_level"] in ("error", "critical")] == []
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
