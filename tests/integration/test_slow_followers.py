"""Clients of the real service that follow an export and never read: they hold nobody back, nor its end."""

import json
import signal
import socket
from datetime import timedelta
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.integration.datasets import execute, fill
from tests.integration.ledgers import NOW, export_row, fill_ledger
from tests.integration.processes import PATIENCE_SECONDS, members, until
from tests.integration.serving import call, serving, wait_for_end

CLIENTS = 5
# More than the system keeps for a client that does not read.
MESSAGE_BYTES = 8_000_000


@pytest.fixture
def waiting(sqlite_url: str) -> str:
    """An export that waits for a command which never comes; its id."""
    row = export_row(5, status="pending", executor="command", created_at=NOW + timedelta(days=1))
    fill_ledger(sqlite_url, [row])
    return row["id"]


def follow_without_reading(address: str, path: str) -> socket.socket:
    """Ask for events, take the first bytes of the answer, and read no more."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    client = socket.socket()
    client.settimeout(PATIENCE_SECONDS)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((host, port))
    client.sendall(f"GET /api/v1{path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    assert client.recv(15) == b"HTTP/1.1 200 OK"
    return client


def next_message(events: HTTPResponse) -> str | None:
    """Return the error message of the next event."""
    for line in events:
        if line.startswith(b"data: "):
            return json.loads(line.removeprefix(b"data: "))["error_message"]
    raise AssertionError("the stream ended")


def test_clients_that_never_read_hold_nobody_back(sqlite_url: str, tmp_path: Path, waiting: str) -> None:
    fill(sqlite_url, 100)
    path = f"/export/{waiting}/events"
    with serving(sqlite_url, tmp_path) as (server, address):
        clients = [follow_without_reading(address, path) for _ in range(CLIENTS)]
        try:
            with urlopen(f"{address}/api/v1{path}", timeout=PATIENCE_SECONDS) as events:
                assert next_message(events) is None
                for letter in "abc":
                    text = letter * MESSAGE_BYTES
                    execute(
                        sqlite_url, "UPDATE exports SET error_message = ? WHERE id = ?", [(text, waiting)]
                    )
                    assert next_message(events) == text
            export_id = call(address, "/export/", {"data_types": ["logs"]})["export_id"]
            wait_for_end(address, export_id)
            assert call(address, f"/export/{export_id}")["record_count"] == 100
            server.process.send_signal(signal.SIGTERM)
            assert server.wait() == 0
            assert until(lambda: not [*members(server.pid)])
            assert "Traceback" not in server.stderr
        finally:
            for client in clients:
                client.close()
