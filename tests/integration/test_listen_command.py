"""The command `lumber listen` in a process: its first lines, its end, and kills in the middle."""

import random
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.commands import lumber
from tests.integration.following import messages
from tests.integration.listening import deliver
from tests.integration.loading import rows
from tests.integration.processes import LUMBER, PATIENCE_SECONDS, Running, started, until


def address_of(running: Running, transport: str) -> tuple[str, int]:
    def found() -> str | None:
        running.assert_runs()
        lines = running.stdout.splitlines()
        return next((line for line in lines if line.startswith(f"listening on {transport} ")), None)

    host, _, port = until(found).rpartition(" ")[2].rpartition(":")
    return host, int(port)


def text(number: int) -> bytes:
    return b"<13>1 2024-05-01T10:00:00Z host app 7 - - %d\n" % number


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_signal_loads_what_has_arrived(sqlite_url: str, tmp_path: Path, number: signal.Signals) -> None:
    command = (LUMBER, "listen", "--tcp", "0", "--udp", "0", "--database-url", sqlite_url)
    with started(*command, LUMBER_DATA_DIR=tmp_path, LUMBER_LIVE_BATCH_SECONDS=3600) as running:
        with (
            socket.create_connection(address_of(running, "tcp")) as sender,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        ):
            other.sendto(text(1), address_of(running, "udp"))
            other.sendto(b"<13>app: undated", address_of(running, "udp"))
            sender.sendall(text(2) + text(3)[:20])
            running.process.send_signal(number)
            assert running.wait() == 0, running.stderr
        assert "4 messages received, 3 loaded, 1 rejected" in running.stdout
        assert "1 message without a time got the time of arrival" in running.stdout
    assert sorted(messages(sqlite_url)) == ["1", "2", "undated"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--tcp", "somewhere"], "--tcp"),
        (["--udp", "127.0.0.1:99999"], "--udp"),
        (["--tls", "0"], "--cert"),
        (["--tls", "0", "--cert", "missing.crt"], "--key"),
        (["--tls", "0", "--cert", "missing.crt", "--key", "missing.key"], "missing.crt"),
        (["--tcp", "0", "--client-ca", "ca.crt"], "--client-ca"),
        (["--timezone", "Mars"], "timezone"),
        (["--format", "csv"], "format of whole files"),
        (["--pattern", "(?P<time>"], "pattern"),
        (["--map", "message=Content", "--format", "syslog"], "map"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: list[str], named: str) -> None:
    done = lumber("listen", *options, LUMBER_DATA_DIR=tmp_path)
    assert done.returncode == 3
    assert named in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_address_in_use_is_named(sqlite_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        done = lumber("listen", "--tcp", taken, "--database-url", sqlite_url, LUMBER_DATA_DIR=tmp_path)
    assert done.returncode == 3
    assert f"can't listen on {taken}: another program uses it" in done.stderr


def test_a_kill_acknowledges_nothing_and_the_next_start_loads_the_spool(
    sqlite_url: str, tmp_path: Path
) -> None:
    command = (LUMBER, "listen", "--tcp", "0", "--database-url", sqlite_url)
    values = {"LUMBER_DATA_DIR": tmp_path, "LUMBER_LIVE_BATCH_SECONDS": 3600}
    with started(*command, **values) as running:
        with socket.create_connection(address_of(running, "tcp"), timeout=PATIENCE_SECONDS) as sender:
            sender.sendall(text(1) + text(2)[:20])
            until(lambda: list((tmp_path / "spool").glob("*.segment")))
            running.kill()
            with pytest.raises(ConnectionResetError):
                sender.recv(1)
        running.wait()
    with started(*command, **values) as running:
        until(lambda: running.assert_runs() or not list((tmp_path / "spool").glob("*.segment")))
        running.process.send_signal(signal.SIGTERM)
        assert running.wait() == 0, running.stderr
    assert messages(sqlite_url) == ["1"]


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_kills_and_is_loaded_once(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[database])
    command = (LUMBER, "listen", "--tcp", "0", "--database-url", url)
    values = {"LUMBER_DATA_DIR": tmp_path, "LUMBER_LIVE_BATCH_SECONDS": 0.01, "LUMBER_LIVE_BATCH_LINES": 50}
    chance = random.Random(11)
    acknowledged: set[int] = set()
    sent = 0
    for _ in range(6):
        with started(*command, **values) as running:
            address = address_of(running, "tcp")
            killer = threading.Timer(chance.uniform(0.1, 1.5), running.kill)
            killer.start()
            while running.process.poll() is None:
                batch = list(range(sent, sent + 40))
                sent += 40
                try:
                    deliver(address, [text(number) for number in batch])
                    acknowledged.update(batch)
                except OSError:
                    time.sleep(0.01)
            killer.join()
    with started(*command, **values) as running:
        until(lambda: running.assert_runs() or not list((tmp_path / "spool").glob("*.segment")))
        running.process.send_signal(signal.SIGTERM)
        assert running.wait() == 0, running.stderr
    found = [int(message) for message in messages(url)]
    assert len(found) == len(set(found))
    assert acknowledged
    assert acknowledged - set(found) == set()
    assert not list((tmp_path / "spool").glob("*.segment"))
    assert len(rows(url, "SELECT source_id FROM ingest_sources")) <= 2
