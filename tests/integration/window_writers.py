"""A seeded writer of log lines, anomalies and addresses, as a process of its own.

`python -m tests.integration.window_writers URL SEED NUMBER` takes commands from standard input, one a line:
`go` allows STEPS more steps, `pause` stops and is answered when no step is running. On PostgreSQL several
transactions are open at a time, also while it pauses; they end in any order, committed or rolled back. On
SQLite, where only one writer at a time has a transaction, none is open then.
"""

import asyncio
import os
import random
import sqlite3
import sys
import threading
from collections.abc import Iterator

import asyncpg

from tests.integration.datasets import at, sqlite_path, sqlite_time

STEPS = 60
_OPEN = 4
_IDS = 1_000_000
_SPAN_US = 10_000_000_000
# Each makes the next version read all log lines again, so that they must be rare.
_LOG_CHANGES = 0.004
_BUSY_SECONDS = 300.0

Statement = tuple[str, list[object]]


class Writer:
    """Makes up transactions. Ids are the writer's own, in no order on PostgreSQL."""

    def __init__(self, seed: int, number: int, *, is_sqlite: bool) -> None:
        self.chance = random.Random(f"{seed}-{number}")
        self._number, self._made, self._is_sqlite = number, 0, is_sqlite

    def statements(self) -> Iterator[Statement]:
        """Yield the statements of a transaction."""
        for _ in range(self.chance.randint(1, 4)):
            yield self._insert()
        if self.chance.random() < _LOG_CHANGES:
            yield self._change("log_entries", "message")
        if self.chance.random() < 0.5:
            table, column = self.chance.choice(
                [("anomaly_detections", "description"), ("ip_addresses", "device_id")]
            )
            yield self._change(table, column)

    def _insert(self) -> Statement:
        self._made += 1
        text = f"writer {self._number} row {self._made}"
        time = self._time(self.chance.randrange(_SPAN_US))
        kind = self.chance.random()
        if kind < 0.8:
            if self._is_sqlite:
                return "INSERT INTO log_entries (timestamp, message) VALUES ($1, $2)", [time, text]
            # Numbers without order: 7 and the size of the range have no common factor.
            id_ = self._number * _IDS + (self._made * 700_001) % _IDS
            return "INSERT INTO log_entries (id, timestamp, message) VALUES ($1, $2, $3)", [id_, time, text]
        if kind < 0.9:
            columns = "(timestamp, anomaly_type, description)"
            return f"INSERT INTO anomaly_detections {columns} VALUES ($1, 'spike', $2)", [time, text]
        address = f"10.{self._number}.{self._made // 250}.{self._made % 250}"
        columns = "(address, first_seen, last_seen, device_id)"
        return f"INSERT INTO ip_addresses {columns} VALUES ($1, $2, $2, $3)", [address, time, text]

    def _change(self, table: str, column: str) -> Statement:
        order = self.chance.choice(["id", "id DESC"])
        one = f"id = (SELECT id FROM {table} ORDER BY {order} LIMIT 1 OFFSET {self.chance.randrange(40)})"
        if self.chance.random() < 0.3:
            return f"DELETE FROM {table} WHERE {one}", []
        return f"UPDATE {table} SET {column} = $1 WHERE {one}", [f"changed {self._made}"]

    def _time(self, offset: int) -> object:
        return sqlite_time(offset) if self._is_sqlite else at(offset)


class Commands:
    """What the test asks for. It is read in a thread of its own."""

    def __init__(self) -> None:
        self._left = 0
        self._changed = threading.Condition()
        self._is_asked = False
        self.has_ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            with self._changed:
                self._left = STEPS if line.strip() == "go" else 0
                self._is_asked = line.strip() == "pause"
                self._changed.notify()
        with self._changed:
            self.has_ended = True
            self._changed.notify()

    def next_step(self) -> bool:
        """Wait until a step is allowed; False: the writer ends."""
        with self._changed:
            while not self.has_ended and not self._left:
                if self._is_asked:
                    self._is_asked = False
                    sys.stdout.write("paused\n")
                    sys.stdout.flush()
                self._changed.wait()
            self._left -= 1
            return not self.has_ended


def write_sqlite(url: str, writer: Writer, commands: Commands) -> None:
    """Play transactions on SQLite."""
    connection = sqlite3.connect(sqlite_path(url), timeout=_BUSY_SECONDS, isolation_level=None)
    while commands.next_step():
        connection.execute("BEGIN IMMEDIATE")
        for text, values in writer.statements():
            connection.execute(text.replace("$1", "?1").replace("$2", "?2").replace("$3", "?3"), values)
        connection.execute("COMMIT" if writer.chance.random() < 0.85 else "ROLLBACK")
    connection.close()


async def write_postgresql(url: str, writer: Writer, commands: Commands) -> None:
    """Play transactions on PostgreSQL, several at a time."""
    pool = [await asyncpg.connect(url) for _ in range(_OPEN)]
    open_: dict[int, object] = {}
    for connection in pool:
        # Transactions of this process, or of another writer, may want the same row.
        await connection.execute("SET lock_timeout = '100ms'")
    while await asyncio.to_thread(commands.next_step):
        number = writer.chance.randrange(_OPEN)
        if number in open_ and writer.chance.random() < 0.6:
            await end(open_.pop(number), is_committed=writer.chance.random() < 0.85)
            continue
        if number not in open_:
            open_[number] = pool[number].transaction()
            await open_[number].start()
        try:
            for text, values in list(writer.statements()):
                await pool[number].execute(text, *values)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await end(open_.pop(number), is_committed=False)
    for transaction in open_.values():
        await end(transaction, is_committed=writer.chance.random() < 0.85)
    for connection in pool:
        await connection.close()


async def end(transaction: object, *, is_committed: bool) -> None:
    """End a transaction."""
    await (transaction.commit() if is_committed else transaction.rollback())


def main(url: str, seed: int, number: int) -> None:
    """Play transactions until standard input ends."""
    commands = Commands()
    writer = Writer(seed, number, is_sqlite=url.startswith("sqlite"))
    if url.startswith("sqlite"):
        write_sqlite(url, writer, commands)
    else:
        asyncio.run(write_postgresql(url, writer, commands))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
