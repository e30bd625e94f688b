"""`lumber serve`: on this machine only, and gone without a trace when it is told to."""

import ipaddress
import json
import re
import signal
import socket
import urllib.error
import urllib.parse
from pathlib import Path

import psutil
import pytest

from lumber.cli.main import run
from lumber.cli.serve import _bound
from tests.integration.accounts import add_user
from tests.integration.datasets import contents, fill, query
from tests.integration.ledgers import with_database
from tests.integration.processes import PATIENCE_SECONDS, is_server, members, until
from tests.integration.serving import (
    SLOW_CONFIG,
    SLOW_ROWS,
    call,
    outcomes,
    serving,
    wait_for_end,
    wait_for_partitions,
)

BUDGET_REASON = "Every test starts the service as a process, with its signals and ports."


def test_an_export_over_http_completes_and_sigterm_ends_it_all(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, 100)
    with serving(sqlite_url, tmp_path, is_script=True) as (server, address):
        assert call(address, "/health/live")
        export_id = call(address, "/export/", {"data_types": ["logs"], "output_format": "jsonl"})["export_id"]
        wait_for_end(address, export_id)
        assert call(address, f"/export/{export_id}")["record_count"] == 100
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 0
        assert "Press Ctrl-C to stop." in server.stdout
        assert until(lambda: not [*members(server.pid)])
        for line in server.stderr.splitlines():
            json.loads(line)


def test_a_missing_sqlite_database_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'lumber.db'}"
    with serving(url, tmp_path, "--no-worker") as (server, address):
        assert call(address, "/export/") == []
        # What it prints makes the first admin.
        [token] = re.findall(rf"^  {address}/setup#token=(\S{{43}})$", server.stdout, re.MULTILINE)
        admin = {"name": "ada", "password": "correct horse battery", "token": token}
        assert call(address, "/setup", admin)["account"]["role"] == "admin"
        answer = raw_answer(address, b"no HTTP at all\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"x-content-type-options: nosniff\r\n" in answer.lower()
        server.process.send_signal(signal.SIGINT)
        assert server.wait() == 130
        assert "Traceback" not in server.stderr


def raw_answer(address: str, request: bytes) -> bytes:
    """Send bytes to the service and return all that it answers."""
    parts = urllib.parse.urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_sigterm_hands_a_running_export_to_the_next_start(either_database_url: str, tmp_path: Path) -> None:
    fill(either_database_url, SLOW_ROWS)
    with serving(either_database_url, tmp_path, LUMBER_STOP_SECONDS=0) as (server, address):
        export_id = call(address, "/export/", SLOW_CONFIG)["export_id"]
        wait_for_partitions(server, either_database_url)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 0
        assert until(lambda: not [*members(server.pid)])
    assert query(either_database_url, "SELECT status FROM exports") == [("pending",)]
    assert outcomes(either_database_url) == ["handed_back"]
    with serving(either_database_url, tmp_path) as (server, address):
        wait_for_end(address, export_id)
        assert call(address, f"/export/{export_id}")["record_count"] == SLOW_ROWS
    assert outcomes(either_database_url) == ["handed_back", "completed"]
    assert (tmp_path / "exports" / export_id / "manifest.json").exists()


@pytest.mark.parametrize(
    ("number", "code"), [pytest.param(signal.SIGTERM, 0, marks=pytest.mark.slow), (signal.SIGINT, 130)]
)
def test_a_second_signal_hands_back_at_once(
    sqlite_url: str, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    fill(sqlite_url, SLOW_ROWS)
    # An hour: only the second signal ends it in time.
    with serving(sqlite_url, tmp_path, LUMBER_STOP_SECONDS=3600) as (server, address):
        call(address, "/export/", SLOW_CONFIG)
        wait_for_partitions(server, sqlite_url)
        server.signal_group(number)
        until(lambda: server.assert_runs() or "Stopping" in server.stdout)
        server.assert_runs()
        server.signal_group(number)
        assert server.wait() == code
        assert until(lambda: not [*members(server.pid)])
        assert "Traceback" not in server.stderr
    assert query(sqlite_url, "SELECT status FROM exports") == [("pending",)]
    assert outcomes(sqlite_url) == ["handed_back"]


def test_sigterm_lets_a_running_export_end_in_time(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, 200)
    with serving(sqlite_url, tmp_path, LUMBER_STOP_SECONDS=3600) as (server, address):
        export_id = call(address, "/export/", SLOW_CONFIG)["export_id"]
        until(lambda: server.assert_runs() or outcomes(sqlite_url))
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 0
    assert outcomes(sqlite_url) == ["completed"]
    assert contents(tmp_path / "exports" / export_id)


def test_a_service_without_a_worker_leaves_exports_to_one(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, 10)
    with serving(sqlite_url, tmp_path, "--no-worker") as (server, address):
        assert "lumber worker" in server.stdout
        export_id = call(address, "/export/", {"data_types": ["logs"]})["export_id"]
        with serving(sqlite_url, tmp_path) as (_, other):  # one that has a worker, which SQLite lets in
            wait_for_end(other, export_id)
            assert call(other, f"/export/{export_id}")["status"] == "completed"
        assert not any(map(is_server, psutil.Process(server.pid).children()))


def test_sqlite_has_one_worker(sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(sqlite_url, tmp_path) as (server, _):
        assert run(["serve", "--port", "0", "--database-url", sqlite_url]) == 1
        message = " ".join(capsys.readouterr().err.split())
        assert f"(process {server.pid})" in message
        assert "lumber serve --no-worker" in message
        server.kill()
        server.wait()
    with serving(sqlite_url, tmp_path):
        pass  # the lock went with the killed process


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "128.0.0.1"])
def test_any_address_but_loopback_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    code = run(["serve", "--host", host, "--database-url", f"sqlite:///{tmp_path / 'lumber.db'}"])
    assert code == 2
    message = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert f"The address '{host}' needs accounts, and there are none" in message
    assert "`lumber user add NAME --role admin`" in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["example.com", "", "localhost.example.com", "*"])
def test_a_name_is_no_address(tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str) -> None:
    code = run(["serve", "--host", host, "--database-url", f"sqlite:///{tmp_path / 'lumber.db'}"])
    assert code == 2
    message = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "is not an address. Use localhost, 127.0.0.1 or ::1" in message
    assert list(tmp_path.iterdir()) == []


def test_a_public_url_needs_accounts_and_a_network_needs_a_public_url(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refusal(*arguments: str) -> str:
        assert run(["serve", "--port", "0", *arguments, "--database-url", sqlite_url]) == 2
        return " ".join(capsys.readouterr().err.replace("│", " ").split())

    public = ("--public-url", "https://lumber.example.org")
    assert "A public URL needs accounts" in refusal(*public)
    with_database(sqlite_url, lambda database: add_user(database, "ada"))
    assert "needs --public-url" in refusal("--host", "0.0.0.0")
    assert run(["serve", "--public-url", "lumber.example.org/x", "--database-url", sqlite_url]) == 3
    assert "LUMBER_PUBLIC_URL" in capsys.readouterr().err


def test_a_service_on_a_network_knows_its_public_name_only(sqlite_url: str, tmp_path: Path) -> None:
    with_database(sqlite_url, lambda database: add_user(database, "ada"))
    public = ("--host", "0.0.0.0", "--public-url", "http://lumber.example.org", "--no-worker")
    with serving(sqlite_url, tmp_path, *public) as (server, address):
        assert "People reach it at http://lumber.example.org." in server.stdout
        own = address.replace("0.0.0.0", "127.0.0.1")
        for host, status in (("lumber.example.org", b"401"), ("evil.example", b"403")):
            request = f"GET /api/v1/export/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            assert raw_answer(own, request.encode()).startswith(b"HTTP/1.1 " + status), host
        assert call(own, "/health/live")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.77", "localhost"])
def test_a_taken_port_is_said(sqlite_url: str, capsys: pytest.CaptureFixture[str], host: str) -> None:
    address = "127.0.0.1" if host == "localhost" else host
    with socket.create_server((address, 0)) as taken:
        port = str(taken.getsockname()[1])
        code = run(["serve", "--host", host, "--port", port, "--no-worker", "--database-url", sqlite_url])
    assert code == 1
    assert f"Port {port} of {address} is in use" in " ".join(capsys.readouterr().err.split())


def test_another_loopback_address_is_served(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path, "--host", "localhost", "--no-worker") as (_, address):
        assert address.startswith("http://localhost:")
        assert call(address, "/export/") == []


def test_a_database_that_is_away_is_said_and_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    url = "postgresql://lumber:s3cr3t@127.0.0.1:1/lumber"
    for command in (["serve", "--port", "0"], ["worker"]):
        assert run([*command, "--database-url", url]) == 1
        message = capsys.readouterr().err
        assert "cannot be reached" in message
        assert "s3cr3t" not in message


def test_a_reloading_service_serves_and_ends(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path, "--reload", "--no-worker", is_script=True) as (server, address):
        # It listens before the service has started; the first call waits for that.
        assert call(address, "/export/") == []
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 0
        assert until(lambda: not [*members(server.pid)])


def test_a_foreign_host_name_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path, "--no-worker") as (_, address):
        port = address.rpartition(":")[2]
        with socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE_SECONDS) as client:
            client.sendall(b"GET /api/v1/export/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            answer = client.recv(4096)
        assert answer.startswith(b"HTTP/1.1 4")
        with pytest.raises(urllib.error.HTTPError):
            call(address, "/export/unknown")


def test_a_connection_that_takes_nothing_is_cut_in_the_end() -> None:
    with (
        _bound(ipaddress.ip_address("127.0.0.1"), 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as connection,
    ):
        # Milliseconds after which the system gives up what cannot be sent.
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 600_000
