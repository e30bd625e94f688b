"""Runs the service for asynchronous tests, and brings exports to where a test wants them."""

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

from lumber.api import create_app
from lumber.api.service import Service
from lumber.audit.actor import Actor
from lumber.dataset.manifest import FileEntry
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.creation import NewExport
from lumber.exports.ledger.rows import Claim
from lumber.exports.metadata import ExportMetadata
from lumber.exports.progress import ExportProgress, KindProgress
from lumber.settings import Settings
from tests.integration.book import listed

# Nothing is waited for longer than it takes, and a busy machine may take long.
LONG_SECONDS = 300.0
CONFIG = {"data_types": ["logs"]}


class _Server(uvicorn.Server):
    """A server that says when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[tuple[httpx2.AsyncClient, Service]]:
    """Yield a client of the service in this process, and the service itself."""
    app = create_app(settings)
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as client,
    ):
        yield client, app.state.service


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[httpx2.AsyncClient, Service]]:
    """Yield a client of the service behind a real server, and the service itself."""
    app = create_app(settings)
    async with listening(app) as (port, _):
        address = f"http://127.0.0.1:{port}/api/v1"
        async with httpx2.AsyncClient(base_url=address, timeout=LONG_SECONDS) as client:
            yield client, app.state.service


@asynccontextmanager
async def listening(
    app: FastAPI, *, send_buffer_bytes: int | None = None
) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    """Serve an app on a free loopback port until the block ends; yield the port and the server.

    `send_buffer_bytes` is what the system keeps for a client that does not read.
    """
    server = _Server(uvicorn.Config(app, log_config=None, ws="none", lifespan="on"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if send_buffer_bytes is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await asyncio.wait_for(server.ready.wait(), LONG_SECONDS)
            yield listener.getsockname()[1], server
        finally:
            server.should_exit = True
            await asyncio.wait_for(task, LONG_SECONDS)


async def stalled(port: int, path: str) -> socket.socket:
    """Ask for something, take the first bytes of the answer, and read no more."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    await loop.sock_connect(client, ("127.0.0.1", port))
    await loop.sock_sendall(client, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    assert (await loop.sock_recv(client, 15)) == b"HTTP/1.1 200 OK"
    return client


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(LONG_SECONDS):
        while not is_so():  # noqa: ASYNC110 - what is waited for knows nothing of tests
            await asyncio.sleep(0.01)


async def running_export(
    ledger: ExportStatusManager, rows: int = 100, *, by: Actor | None = None, **config: Any
) -> Claim:
    """Create an export that somebody runs, with a plan. `by` is who asked for it."""
    new = NewExport(ExportConfig(**(CONFIG | config)), by=by)
    (created,) = await ledger.create_all([new])
    assert isinstance(created, ExportMetadata)
    claim = await ledger.claim(created.export_id, "a test", LONG_SECONDS)
    await ledger.planned(claim, {"rows": rows})
    return claim


async def advance(ledger: ExportStatusManager, claim: Claim, done: int, rows: int = 100) -> None:
    """Let a running export have read `done` rows."""
    kinds = {"logs": KindProgress(done, rows, done // 10, rows // 10)}
    await ledger.renew(claim, LONG_SECONDS, ExportProgress("exporting", kinds, 50.0))


async def completed_export(
    ledger: ExportStatusManager,
    folder: Path,
    files: dict[str, bytes],
    *,
    by: Actor | None = None,
    **config: Any,
) -> str:
    """Create a completed export whose dataset has these files; return its id. `by` is who asked for it."""
    claim = await running_export(ledger, by=by, **config)
    entries = write_dataset(folder, files)
    await ledger.placed(claim, str(folder))
    counts = {"logs": {"read": 100, "written": 98, "rejected": 2, "deduplicated": 0}}
    await ledger.complete(claim, counts, entries)
    return claim.export_id


def write_dataset(folder: Path, files: dict[str, bytes]) -> list[FileEntry]:
    """Write files and a manifest that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        kind = "logs" if path.startswith("logs/") else None
        digest = hashlib.sha256(content).hexdigest()
        entries.append(listed(path, kind, 1, len(content), digest))
    # The list of files stands in it as Lumber writes it.
    manifest = {**_MANIFEST, "files": [entry.as_json() for entry in entries]}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
    return entries


_HASH = "0" * 64
_MANIFEST = {
    "manifest_version": 1,
    "config": {},
    "config_hash": _HASH,
    "kinds": {
        "logs": {
            "read": 1,
            "written": 1,
            "rejected": 0,
            "deduplicated": 0,
            "balanced": True,
            "planned": 1,
            "rejects_by_rule": {},
            "schema_hash": _HASH,
            "schema": [{"name": "message", "type": "string", "nullable": False}],
        }
    },
    "plan": {"kinds": {}},
}
