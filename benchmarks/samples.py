"""The databases that are measured: the rows of `lumber sample --seed 7`, in SQLite and in PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.process import measure
from tests.databases import PostgresServer, running_postgres

LUMBER = str(Path(sys.executable).with_name("lumber"))
DATABASES = ("sqlite", "postgresql")
_PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Sample:
    """A database with `rows` log rows and the sample's anomalies and addresses."""

    database: str
    rows: int
    url: str
    server: PostgresServer | None = None

    def server_cpu_seconds(self) -> float | None:
        """Return the CPU time of all connections that have ended, since the start; None without a server."""
        if self.server is None:
            return None
        postmaster = _postmaster(self.server)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while _has_connections(postmaster) and time.monotonic() < deadline:
            time.sleep(0.02)
        times = postmaster.cpu_times()
        return float(times.children_user + times.children_system)


@contextmanager
def sample(database: str, rows: int, folder: Path) -> Iterator[Sample]:
    """Make a sample for the block. SQLite's stays in `folder` and is taken again when it is there."""
    if database == "sqlite":
        yield Sample(database, rows, _sqlite(rows, folder))
        return
    with running_postgres() as server:
        server.create_database("bench")
        _fill(server.url("bench"), rows)
        # As the server would do by itself before long; here it never does.
        psql = [str(server.bin_folder / "psql"), "--quiet", "--dbname", server.url("bench")]
        subprocess.run([*psql, "--command", "VACUUM ANALYZE"], check=True)
        yield Sample(database, rows, server.url("bench"), server)


def _sqlite(rows: int, folder: Path) -> str:
    file = folder.absolute() / f"sample-{rows}.db"
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        _fill(f"sqlite:///{unfinished}", rows)
        unfinished.rename(file)
    return f"sqlite:///{file}"


def _fill(url: str, rows: int) -> None:
    measure([LUMBER, "sample", "--rows", str(rows), "--seed", "7", "--database-url", url, "--json"])


def _postmaster(server: PostgresServer) -> psutil.Process:
    return psutil.Process(int((server.data_folder / "postmaster.pid").read_text().split()[0]))


def _has_connections(postmaster: psutil.Process) -> bool:
    """Say whether a connection is open or not counted yet: its process names the client's address."""
    for child in postmaster.children():
        try:
            if "127.0.0.1" in " ".join(child.cmdline()):
                return True
        except psutil.ZombieProcess:
            return True  # it has ended, and the server has not asked for its times
        except psutil.Error:
            continue
    return False
