"""What people get wrong with the real command: a sentence that helps, nothing half-written, no secret."""

import json
import os
import resource
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lumber.store import migrate
from tests.commands import lumber
from tests.integration.datasets import execute, fill, ledger, sqlite_path
from tests.integration.processes import LUMBER, PATIENCE_SECONDS, lumber_process

BUDGET_REASON = "Every field of a config is given bad values, on the command line and over HTTP."

SECRET = "s3cr3t-9f1c"

# Holds a lock of the given kind until its standard input ends.
LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def export(tmp_path: Path, output: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `lumber export` into `output`, with anything else that is given."""

    def run(*arguments: object, url: str, **environment: object) -> subprocess.CompletedProcess[str]:
        given = {"LUMBER_DATA_DIR": tmp_path / "data", "LUMBER_WORKERS": 1, "LUMBER_DATABASE_URL": url}
        kinds = () if "--config" in arguments else ("--data-type", "logs")
        target = () if "--output" in arguments else ("--output", output)
        # What Python itself takes from the environment, it takes at its start.
        command = lumber_process if "PYTHONPATH" in environment else lumber
        return command("export", *kinds, *target, *arguments, **given | environment)

    return run


def assert_refused(
    done: subprocess.CompletedProcess[str], *words: str, code: int = 1, output: Path | None = None
) -> None:
    """Check the sentence, and that nothing else is said or written."""
    assert done.returncode == code, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line
    if output is not None:
        assert not output.exists()


# The database


def test_no_database_yet(export, output: Path, tmp_path: Path) -> None:
    done = export(url="")
    assert_refused(done, "There is no Lumber database at", "lumber ingest", "lumber sample", output=output)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"mysql://user:{SECRET}@host/name", ["'mysql' is not a database that Lumber can use"]),
        (f"complete {SECRET} nonsense", ["is not a database address"]),
        (f"postgresql://user:{SECRET}@host:port/name", ["is not a database address"]),
        ("sqlite://", ["must name a file"]),
        (f"postgresql://user:{SECRET}@host", ["must name a database"]),
    ],
)
def test_an_address_that_is_none(export, output: Path, url: str, words: list[str]) -> None:
    done = export(url=url)
    assert_refused(done, *words, "sqlite:///FILE", "postgresql://USER:PASSWORD", code=3, output=output)


def test_a_folder_as_database(export, output: Path, tmp_path: Path) -> None:
    assert_refused(
        export(url=f"sqlite:///{tmp_path}"), "cannot be opened", str(tmp_path), "Check", output=output
    )


def test_a_text_as_database(export, output: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("This is a text. " * 100)
    done = export(url=f"sqlite:///{text}")
    assert_refused(done, "is not a SQLite file", str(text), "LUMBER_DATABASE_URL", output=output)
    assert text.read_text() == "This is a text. " * 100


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_locked_database(export, output: Path, sqlite_url: str, statement: str, mode: str) -> None:
    fill(sqlite_url, 10)
    with sqlite3.connect(sqlite_path(sqlite_url)) as connection:
        assert connection.execute(f"PRAGMA journal_mode = {mode}").fetchone() == (mode,)
    connection.close()
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", LOCKER, str(sqlite_path(sqlite_url)), statement]
    with subprocess.Popen(command, **pipes) as locker:
        assert locker.stdout.readline() == "locked\n"
        done = export(url=sqlite_url, LUMBER_BUSY_TIMEOUT_SECONDS=0.5)
        locker.stdin.close()
    assert_refused(done, "is locked by another writer", "Wait", "LUMBER_BUSY_TIMEOUT_SECONDS", output=output)
    assert export(url=sqlite_url).returncode == 0


def test_tables_of_another_version(export, output: Path, sqlite_url: str) -> None:
    fill(sqlite_url, 1)
    execute(sqlite_url, "UPDATE alembic_version SET version_num = '9999'")
    assert_refused(export(url=sqlite_url), "does not know", "newer", output=output)


def test_tables_of_an_older_version(
    export, output: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, 1)
    monkeypatch.setattr(migrate, "head_revision", lambda: "a newer one")
    assert_refused(export(url=sqlite_url), "of an older version", "backup", "lumber migrate", output=output)


# PostgreSQL


def test_postgresql_that_does_not_run(export, output: Path) -> None:
    with socket.socket() as unused:
        # Bound and not listening: nobody else gets the port, and nobody answers on it.
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://user:{SECRET}@127.0.0.1:{unused.getsockname()[1]}/name"
        done = export(url=url)
    assert_refused(done, "cannot be reached", "Check the address", "server runs", output=output)


def test_a_postgresql_host_that_does_not_exist(export, output: Path) -> None:
    done = export(url=f"postgresql://user:{SECRET}@no-such-host.invalid/name")
    assert_refused(done, "cannot be reached", "no-such-host.invalid", output=output)


def test_a_database_that_the_server_does_not_have(export, output: Path, postgres_server) -> None:
    url = postgres_server.url("nothing_here").replace("postgres@", f"postgres:{SECRET}@")
    assert_refused(export(url=url), "nothing_here", "does not exist", output=output)


def test_a_user_whom_the_server_does_not_know(export, output: Path, postgres_url: str) -> None:
    url = postgres_url.replace("postgres@", f"nobody_known:{SECRET}@")
    assert_refused(export(url=url), "nobody_known", "does not exist", output=output)


@pytest.mark.parametrize("query", ["bogus=1", f"password={SECRET}&bogus=1"])
def test_an_address_with_a_parameter_that_does_not_exist(export, output: Path, query: str) -> None:
    done = export(url=f"postgresql://user:{SECRET}@host/name?{query}")
    assert_refused(done, "has the parameter 'bogus'", "sslmode", code=3, output=output)


def test_an_address_with_a_wrong_way_to_encrypt(export, output: Path, postgres_url: str) -> None:
    done = export(url=f"{postgres_url.replace('postgres@', f'postgres:{SECRET}@')}?sslmode=banana")
    assert_refused(done, "sslmode", "verify-full", output=output)


@pytest.mark.parametrize("port", [0, 99_999])
def test_a_port_that_does_not_exist(export, output: Path, port: int) -> None:
    done = export(url=f"postgresql://user:{SECRET}@127.0.0.1:{port}/name")
    assert_refused(done, f"port {port}", "1 to 65535", code=3, output=output)


@contextmanager
def server_that_refuses(message: str) -> Iterator[int]:
    """Answer every connection as PostgreSQL does with a wrong password; yield the port."""
    fields = (b"SFATAL", b"VFATAL", b"C28P01", b"M" + message.encode(), b"")
    body = b"\0".join(fields) + b"\0"
    answer = b"E" + struct.pack("!i", len(body) + 4) + body

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                while data := connection.recv(4096):
                    # A client first asks for TLS, in eight bytes.
                    is_tls = len(data) == 8
                    connection.sendall(b"N" if is_tls else answer)
                    if not is_tls:
                        break

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_wrong_password(export, output: Path) -> None:
    with server_that_refuses('password authentication failed for user "user"') as port:
        plain = export(url=f"postgresql://user:{SECRET}@127.0.0.1:{port}/name")
        inside = export(url=f"postgresql://user@127.0.0.1:{port}/name?password={SECRET}")
        as_json = export("--json", url=f"postgresql://user:{SECRET}@127.0.0.1:{port}/name")
    for done in (plain, inside):
        assert_refused(done, "password authentication failed", "Check", "password", output=output)
    assert SECRET not in as_json.stdout + as_json.stderr
    assert json.loads(as_json.stdout)["error"]["code"] == "database_unreachable"


# The output


def test_an_output_below_a_file(export, sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, 1)
    (tmp_path / "file").write_text("mine")
    done = export("--output", tmp_path / "file" / "out", url=sqlite_url)
    assert_refused(done, str(tmp_path / "file" / "out"), "cannot be written", "--output")
    assert (tmp_path / "file").read_text() == "mine"
    assert [row[:2] for row in ledger(sqlite_url)] == [("failed", "output_unwritable")]


def test_an_output_where_nobody_can_write(export, sqlite_url: str) -> None:
    fill(sqlite_url, 1)
    done = export("--output", "/proc/lumber", url=sqlite_url)
    assert_refused(done, "/proc/lumber", "cannot be written", "--output")


def test_an_output_that_is_a_file(export, output: Path, sqlite_url: str) -> None:
    fill(sqlite_url, 1)
    output.write_text("mine")
    assert_refused(export(url=sqlite_url), str(output), "cannot be written", "--output")
    assert output.read_text() == "mine"


def test_an_output_that_holds_something(export, output: Path, sqlite_url: str) -> None:
    fill(sqlite_url, 1)
    output.mkdir()
    (output / "notes.txt").write_text("mine")
    assert_refused(export(url=sqlite_url), str(output), "is not empty", "notes.txt", "Choose")
    assert [path.name for path in output.iterdir()] == ["notes.txt"]


def test_an_output_that_holds_a_dataset(export, output: Path, sqlite_url: str) -> None:
    fill(sqlite_url, 1)
    assert export(url=sqlite_url).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file()}
    assert_refused(export(url=sqlite_url), str(output), "already holds a dataset", "--output")
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file()} == before


DISK_BYTES = 256 * 1024
FORMATS = ("jsonl", "parquet", "csv", "json", "arrow")

# Python runs it at its start, in workers too: files in one folder find no more room than a small disk has.
FULL_DISK = f"""
import errno, io, os, pathlib

class LimitedFile(io.FileIO):
    folder = pathlib.Path(os.environ["SMALL_DISK"])

    def write(self, data):
        # Files are opened from the descriptor of a folder, so their names are numbers.
        path = pathlib.Path(os.readlink("/proc/self/fd/%d" % self.fileno()))
        if path.is_relative_to(self.folder):
            used = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
            if used + len(data) > {DISK_BYTES}:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)

io.FileIO = LimitedFile
"""


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, dict[str, object]]]:
    """A disk with room for a quarter of a megabyte, and the environment in which it has no more.

    Where no disk can be mounted, writing is refused as a full disk refuses it.
    """
    disk = tmp_path / "disk"
    disk.mkdir()
    if request.param == "mounted" and is_mounted(disk):
        yield disk, {}
        subprocess.run(["umount", disk], check=True)
        return
    code = tmp_path / "code"
    code.mkdir()
    (code / "sitecustomize.py").write_text(FULL_DISK)
    yield disk, {"PYTHONPATH": code, "SMALL_DISK": disk}


def is_mounted(disk: Path) -> bool:
    """Mount a small disk, which only root may do; say whether that went well."""
    if shutil.which("mount") is None:
        return False
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", disk]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("small_disk", "output_format"),
    [
        *[("mounted", name) for name in FORMATS],
        ("pretended", "jsonl"),
        *[pytest.param("pretended", name, marks=pytest.mark.slow) for name in FORMATS if name != "jsonl"],
    ],
    indirect=["small_disk"],
)
def test_a_full_disk(
    export, small_disk: tuple[Path, dict[str, object]], sqlite_url: str, output_format: str
) -> None:
    disk, environment = small_disk
    fill(sqlite_url, 20_000)
    # Parquet would press equal lines into nothing.
    execute(sqlite_url, "UPDATE log_entries SET message = hex(randomblob(40))")
    done = export("--output", disk / "out", "--format", output_format, url=sqlite_url, **environment)
    assert_refused(done, "disk", "full", "ree some space", str(disk / "out"), output=disk / "out")
    assert [row[:2] for row in ledger(sqlite_url)] == [("failed", "disk_full")]


def test_a_limit_on_the_size_of_files(output: Path, postgres_url: str, tmp_path: Path) -> None:
    """As `ulimit -f` sets it. The database is elsewhere: SQLite's file would meet the limit too."""
    fill(postgres_url, 5_000)
    limit = 100_000
    done = subprocess.run(
        [LUMBER, "export", "--data-type", "logs", "--format", "jsonl", "--output", str(output)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=os.environ | {"LUMBER_DATABASE_URL": postgres_url, "LUMBER_WORKERS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert_refused(done, "cannot be written", "File too large", output=output)


# The config


@pytest.mark.parametrize("address", ["s3://bucket/out", "gs://bucket"])
def test_an_address_as_output_makes_no_folder(
    export, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    fill(sqlite_url, 5)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    done = export("--output", address, url=sqlite_url)
    assert_refused(done, "--output", address, "is an address", "path on this machine", code=3)
    assert sorted(tmp_path.iterdir()) == before


def test_a_config_that_is_missing(export, output: Path, sqlite_url: str, tmp_path: Path) -> None:
    done = export("--config", tmp_path / "none.json", url=sqlite_url)
    assert_refused(done, "--config", "none.json", "No such file", code=3, output=output)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{data_types: logs", ["is not JSON", "line 1"]),
        ("[1]", ["must be a JSON object"]),
        ('{"data_types": ["logs"], "data_tpyes": []}', ["data_tpyes", "is not a field", "batch_size"]),
        ('{"data_types": ["metrics"]}', ["'metrics' is not a kind", "logs, anomalies, ips"]),
        ('{"data_types": ["logs"], "filters": {"colour": 1}}', ["colour", "message"]),
        (
            '{"data_types": ["logs"], "output_format": "arrow", "compression": "gzip"}',
            ["compression", "gzip", "arrow"],
        ),
    ],
)
def test_a_config_that_is_wrong(
    export, output: Path, sqlite_url: str, tmp_path: Path, content: str, words: list[str]
) -> None:
    (tmp_path / "config.json").write_text(content)
    done = export("--config", tmp_path / "config.json", url=sqlite_url)
    assert_refused(done, *words, code=3, output=output)


def test_a_setting_that_is_no_number(export, output: Path, sqlite_url: str) -> None:
    done = export(url=sqlite_url, LUMBER_WORKERS="many")
    assert_refused(done, "LUMBER_WORKERS", "many", code=3, output=output)
