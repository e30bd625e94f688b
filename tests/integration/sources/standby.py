"""A real hot standby of a PostgreSQL server, which cancels reads that its primary's changes conflict with."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.databases import PostgresServer, _reserved_port, _run_as
from tests.integration.datasets import execute, query
from tests.integration.processes import until

# Lasts as long as its standard input stays open. The arguments are: the folder of the binaries, the folder of
# this server, the port of the primary, the port.
SUPERVISOR = r"""
bin=$1 home=$2 primary=$3 port=$4
clean_up() {
    [ ! -e "$home/data/postmaster.pid" ] || "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null
    rm -rf "$home"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
cd "$home" || exit 1
"$bin/pg_basebackup" -h 127.0.0.1 -p "$primary" -U postgres -D data -R -X stream -c fast --no-sync \
    >log 2>&1 &&
"$bin/pg_ctl" -D data -w -l log start >>log 2>&1 -o "-h 127.0.0.1 -p $port -k '' -c fsync=off \
    -c hot_standby_feedback=off -c max_standby_streaming_delay=0 -c max_standby_archive_delay=0" ||
{ cat log; exit 1; }
echo ready
read -r _
"""


class Standby:
    """A running standby. Everything is replayed at once, whoever reads."""

    def __init__(self, primary: PostgresServer, port: int) -> None:
        self._primary = primary
        self.port = port

    def url(self, database: str) -> str:
        """Return the URL of a database, as this server has it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def catch_up(self, database: str) -> None:
        """Wait until what the primary has committed is here."""
        # Nobody waits for the disk in tests: the primary sends what it has written.
        execute(self._primary.url(database), "SELECT pg_logical_emit_message(true, 'lumber', 'flush')")
        ((end,),) = query(self._primary.url(database), "SELECT pg_current_wal_insert_lsn()::text")
        until(lambda: query(self.url(database), f"SELECT pg_last_wal_replay_lsn() >= '{end}'::pg_lsn")[0][0])


@contextmanager
def running_standby(primary: PostgresServer) -> Iterator[Standby]:
    """Copy a server and follow it; stop and remove the copy at the end."""
    home = Path(tempfile.mkdtemp(prefix="lumber-standby-"))
    if primary.account is not None:
        os.chown(home, primary.account.pw_uid, primary.account.pw_gid)
    with _reserved_port() as port:
        supervisor = subprocess.Popen(
            [
                "/bin/sh",
                "-c",
                SUPERVISOR,
                "supervisor",
                primary.bin_folder,
                home,
                str(primary.port),
                str(port),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **_run_as(primary.account),
        )
        with supervisor:
            try:
                answer = supervisor.stdout.readline()
                if answer != "ready\n":
                    raise RuntimeError("The standby did not start:\n" + answer + supervisor.stdout.read())
                yield Standby(primary, port)
            finally:
                with suppress(BrokenPipeError):
                    os.write(supervisor.stdin.fileno(), b"stop\n")
