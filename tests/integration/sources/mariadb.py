"""A real MariaDB server on loopback: Debian's, from `scripts/mariadb.sh`."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from tests.databases import _account, _reserved_port, _run_as
from tests.integration.processes import CHECKOUT

# Lasts as long as its standard input stays open, so the server also ends when the tests are killed.
# The arguments are: the server, its folder, the port.
SUPERVISOR = r"""
server=$1 home=$2 port=$3 PATH="$PATH:/usr/sbin"
cd "$home" || exit 1
mariadb-install-db --no-defaults --datadir="$home/data" --auth-root-authentication-method=normal \
    --skip-test-db --innodb-flush-log-at-trx-commit=0 >log 2>&1 || { cat log; exit 1; }
"$server" --no-defaults --datadir="$home/data" --socket="$home/socket" --pid-file="$home/pid" \
    --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --innodb-buffer-pool-size=64M \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --default-time-zone=+03:00 >>log 2>&1 &
child=$!
trap 'kill "$child" 2>/dev/null; wait "$child"; rm -rf "$home"' EXIT
trap 'exit 1' HUP INT TERM
while ! [ -S socket ]; do kill -0 "$child" 2>/dev/null || { cat log; exit 1; }; sleep 0.05; done
echo ready
read -r _
"""


@dataclass
class MariaDb:
    """A running server, whose root user has no password on loopback, and `reader` has one."""

    port: int

    def run(self, database: str, *statements: str, rows: Sequence[Sequence[Any]] = ()) -> list[Any]:
        """Run statements, the last of them for each of `rows`; return what the last one finds."""
        with (
            pymysql.connect(
                host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements[:-1] if rows else statements:
                cursor.execute(statement)
            if rows:
                cursor.execute("BEGIN")
                cursor.executemany(statements[-1], rows)
                cursor.execute("COMMIT")
            return list(cursor.fetchall())

    def create(self) -> str:
        """Create an empty database, and return its name."""
        name = f"lumber_{uuid.uuid4().hex[:12]}"
        self.run("mysql", f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return name


@contextmanager
def running_mariadb() -> Iterator[MariaDb]:
    """Start a server on a free port; stop it and remove its data at the end."""
    found = subprocess.run(["sh", CHECKOUT / "scripts" / "mariadb.sh"], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    account = _account()
    home = Path(tempfile.mkdtemp(prefix="lumber-mariadb-"))
    if account is not None:
        os.chown(home, account.pw_uid, account.pw_gid)
    with _reserved_port() as port:
        supervisor = subprocess.Popen(
            ["/bin/sh", "-c", SUPERVISOR, "supervisor", found.stdout.strip(), home, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **_run_as(account),
        )
        with supervisor:
            try:
                answer = supervisor.stdout.readline()
                if answer != "ready\n":
                    raise RuntimeError("MariaDB did not start:\n" + answer + supervisor.stdout.read())
                server = MariaDb(port)
                server.run(
                    "mysql",
                    "CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'hunter2'",
                    "GRANT SELECT, SHOW VIEW ON *.* TO reader@'127.0.0.1'",
                )
                yield server
            finally:
                with suppress(BrokenPipeError):
                    os.write(supervisor.stdin.fileno(), b"stop\n")
    shutil.rmtree(home, ignore_errors=True)
