"""SIGTERM ends the service and a worker in time, whatever their clients did and whatever hangs."""

import json
import signal
import socket
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.integration.datasets import fill
from tests.integration.processes import Running, members, started, until
from tests.integration.serving import SLOW_CONFIG, SLOW_ROWS, call, environment, serving, wait_for_partitions

BUDGET_REASON = "Services are stopped as processes, some of them only after the time that hanging ones get."

# The real command with a part that hangs when it is told to stop.
HANGING = """
import asyncio, sys, threading
from lumber.cli import watchdog
from lumber.cli.main import run
watchdog.LEAST_SECONDS = 1.0
{patch}
if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
"""
HANGING_TASK = """
from lumber.ingest.uploads.uploads import Uploads
never = asyncio.Event()  # of a global name: a task that nothing refers to is garbage, and ends
async def waits_for_nobody(self):
    while True:
        try:
            await never.wait()
        except asyncio.CancelledError:
            pass
Uploads.close = waits_for_nobody
"""
HANGING_THREAD = """
from lumber.exports.worker import Worker
async def hangs_in_a_thread(self):
    await asyncio.to_thread(threading.Event().wait)
Worker._finish = hangs_in_a_thread
"""
HANGING_LOOP = """
from lumber.exports.watch import ExportWatch
async def blocks_the_loop(self):
    threading.Event().wait()
ExportWatch.close = blocks_the_loop
"""


@contextmanager
def hanging(url: str, folder: Path, patch: str, *arguments: object) -> Iterator[Running]:
    """Run a command in which something hangs at its end."""
    script = folder / "hanging.py"
    script.write_text(HANGING.format(patch=textwrap.dedent(patch)))
    values = environment(url, folder / "data", LUMBER_STOP_SECONDS=0)
    with started(sys.executable, script, *arguments, **values) as running:
        yield running


def hung(running: Running) -> dict[str, Any]:
    """Return the last line of the log; the server's own last one may come between it and the end."""
    lines = [json.loads(line) for line in running.stderr.splitlines()]
    return [line for line in lines if not line["event"].startswith("Finished server process")][-1]


@pytest.mark.parametrize(
    ("patch", "part", "place"),
    [
        (HANGING_TASK, "tasks", "waits_for_nobody > Event.wait"),
        pytest.param(HANGING_LOOP, "threads", "blocks_the_loop > ", marks=pytest.mark.slow),
    ],
)
def test_a_service_that_hangs_on_shutdown_ends_and_names_what_hung(
    sqlite_url: str, tmp_path: Path, patch: str, part: str, place: str
) -> None:
    with hanging(sqlite_url, tmp_path, patch, "serve", "--port", 0) as server:
        until(lambda: server.assert_runs() or "Press Ctrl-C" in server.stdout)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 1
        line = hung(server)
        assert (line["event"], line["level"]) == ("shutdown_hung", "error")
        assert any(place in found for found in line[part]), line
        assert until(lambda: not [*members(server.pid)])


@pytest.mark.slow
def test_a_worker_that_hangs_on_shutdown_ends_and_names_what_hung(sqlite_url: str, tmp_path: Path) -> None:
    with hanging(sqlite_url, tmp_path, HANGING_THREAD, "worker") as worker:
        until(lambda: worker.assert_runs() or "worker_started" in worker.stderr)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.wait() == 1
        line = hung(worker)
        assert line["event"] == "shutdown_hung"
        assert any("hangs_in_a_thread" in task for task in line["tasks"])
        assert any("Event.wait" in thread for thread in line["threads"])
        assert until(lambda: not [*members(worker.pid)])


def test_clients_that_went_away_or_do_not_read_hold_up_no_shutdown(
    either_database_url: str, tmp_path: Path
) -> None:
    """Event streams, downloads and half-sent uploads, whose clients are gone, frozen or never read."""
    fill(either_database_url, SLOW_ROWS)
    with (
        serving(either_database_url, tmp_path, LUMBER_STOP_SECONDS=15) as (server, address),
        ExitStack() as stack,
    ):
        done = call(address, "/export/", {"data_types": ["logs"], "output_format": "jsonl"})["export_id"]
        until(lambda: server.assert_runs() or call(address, f"/export/{done}")["status"] == "completed")
        running = call(address, "/export/", SLOW_CONFIG)["export_id"]
        wait_for_partitions(server, either_database_url)
        clients = []
        for _ in range(5):
            clients.append(requesting(stack, address, f"GET /api/v1/export/{running}/events"))
            clients.append(requesting(stack, address, f"GET /api/v1/export/{done}/download"))
        for name in ("a.log", "b.log"):
            upload = call(address, "/ingest/uploads", {"kind": "logs", "name": name})["upload_id"]
            path = f"/api/v1/ingest/uploads/{upload}/content"
            clients.append(requesting(stack, address, f"PUT {path}", "Content-Length: 1000000"))
            clients[-1].sendall(b"2026-01-01T00:00:00Z host app: line\n" * 100)
            until(lambda: call(address, f"/ingest/uploads/{upload}")["bytes_received"])  # noqa: B023
        for client in clients[::2]:
            client.close()
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 0, server.stderr
        assert "shutdown_hung" not in server.stderr
        assert until(lambda: not [*members(server.pid)])


def requesting(stack: ExitStack, address: str, request: str, *headers: str) -> socket.socket:
    """Send the head of a request; nobody reads the answer."""
    place = urlsplit(address)
    client = stack.enter_context(socket.create_connection((place.hostname, place.port)))
    lines = [f"{request} HTTP/1.1", f"Host: {place.netloc}", *headers, "", ""]
    client.sendall("\r\n".join(lines).encode())
    return client
