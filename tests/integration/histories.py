"""A history that a writer plays on the tables, transaction by transaction, and that a test can replay.

Transaction number n of a writer is a function of n alone, so that the state after any number of them is
known exactly. Each transaction writes n into the writer's counter row: a dataset that was read from one
moment names in it the state that the whole dataset must equal.

As a program (`python -m tests.integration.histories URL WRITER PROGRESS_FILE`) it plays on a real database,
from a process of its own, until its standard input ends; the progress file holds its last number.
"""

import asyncio
import os
import random
import select
import sqlite3
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from tests.integration.datasets import at, sqlite_path, sqlite_time

ROWS = 8_000
SPAN = ROWS * 1_000_000  # microseconds from the first to the last row
_IDS = 10_000_000  # each writer has ids of its own
_IPS = 300
_BUSY_SECONDS = 60.0

# kind, id, time, text; without time and text the row is deleted
Change = tuple[str, int, int | None, str | None]
TABLES = {
    "logs": ("log_entries", "timestamp", "message"),
    "anomalies": ("anomaly_detections", "timestamp", "description"),
    "ips": ("ip_addresses", "first_seen", "device_id"),
}


@dataclass
class History:
    """The rows of one writer, by kind and id: time (microseconds from the start) and text."""

    writer: int
    rows: dict[str, dict[int, tuple[int, str]]] = field(default_factory=lambda: {kind: {} for kind in TABLES})
    done: int = -1

    @property
    def counter_id(self) -> int:
        return self.writer * _IDS + 1

    def next(self) -> list[tuple[Change, bool]]:
        """Make the next transaction; return its changes, each with whether the row was there before."""
        self.done += 1
        changes = list(self._first() if self.done == 0 else self._later())
        changes.append(self._row("logs", self.counter_id, SPAN // 2, f"done {self.done}"))
        made = []
        for change in changes:
            kind, id_, time, text = change
            made.append((change, id_ in self.rows[kind]))
            if time is None or text is None:
                del self.rows[kind][id_]
            else:
                self.rows[kind][id_] = (time, text)
        return made

    def _first(self) -> Iterator[Change]:
        for number in range(2, ROWS):
            yield self._row("logs", self.writer * _IDS + number, number * (SPAN // ROWS), "first")
        for number in range(_IPS):
            yield self._row("ips", self.writer * _IDS + number, number, "first")

    def _later(self) -> Iterator[Change]:
        chance = random.Random(self.writer * 1_000_003 + self.done)
        base = self.writer * _IDS
        # Ids of first rows by number: each is changed or deleted by at most one kind of change.
        number = 2 + (self.done * 7) % (ROWS - 2)
        step = f"step {self.done}"
        for id_ in (base + number, base + 2 + (number + ROWS // 2) % (ROWS - 2)):
            if id_ in self.rows["logs"]:
                # Its new time is anywhere: most rows move to another partition.
                yield self._row("logs", id_, chance.randrange(SPAN), step)
        deleted = base + 2 + (number + ROWS // 3) % (ROWS - 2)
        changed = {base + number, base + 2 + (number + ROWS // 2) % (ROWS - 2)}
        if deleted in self.rows["logs"] and deleted not in changed:
            yield ("logs", deleted, None, None)
        new = base + ROWS + 3 * self.done
        yield self._row("logs", new, SPAN + self.done, step)
        yield self._row("logs", new + 1, chance.randrange(SPAN), step)
        # Always together: a detector's finding and the line that it points to.
        yield self._row("anomalies", new + 1, chance.randrange(SPAN), step)
        if self.done > 20:
            old = base + ROWS + 3 * (self.done - 20) + 1
            yield ("anomalies", old, None, None)
            yield ("logs", old, None, None)
        for ip in {self.done % _IPS, (self.done * 13) % _IPS}:
            yield self._row("ips", base + ip, chance.randrange(SPAN), step)

    def _row(self, kind: str, id_: int, time: int, text: str) -> Change:
        """Make a row whose text shows by a checksum that it belongs to its id and time."""
        body = f"{text} {id_} {time}"
        return (kind, id_, time, f"{body} {zlib.crc32(body.encode())}")


def is_whole(id_: int, time: int, text: str) -> bool:
    """Say whether id, time and text of a row were written together."""
    body, _, checksum = text.rpartition(" ")
    return body.endswith(f" {id_} {time}") and zlib.crc32(body.encode()) == int(checksum)


def statement(change: Change, is_known: bool, dialect: str) -> tuple[str, list[object]]:
    """Return a change as SQL with its values."""
    kind, id_, time, text = change
    table, time_column, text_column = TABLES[kind]
    marks = iter("?" * 9) if dialect == "sqlite" else iter([f"${n}" for n in range(1, 10)])
    if time is None:
        return f"DELETE FROM {table} WHERE id = {next(marks)}", [id_]
    moment: object = sqlite_time(time) if dialect == "sqlite" else at(time)
    values: dict[str, object] = {time_column: moment, text_column: text}
    if kind == "ips":
        values["last_seen"] = moment
    if is_known:
        settings = ", ".join(f"{name} = {next(marks)}" for name in values)
        return f"UPDATE {table} SET {settings} WHERE id = {next(marks)}", [*values.values(), id_]
    values["id"] = id_
    if kind == "ips":
        values["address"] = f"10.{id_ // _IDS}.{id_ % _IDS // 256}.{id_ % 256}"
    if kind == "anomalies":
        values |= {"anomaly_type": "spike", "log_entry_id": id_}
    names = ", ".join(values)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(next(marks) for _ in values)})", [
        *values.values()
    ]


def statements(history: History, dialect: str) -> list[tuple[str, list[object]]]:
    """Make the history's next transaction and return it as SQL."""
    return [statement(change, is_known, dialect) for change, is_known in history.next()]


def play(url: str, writer: int, progress: Path) -> None:
    """Play a history until standard input ends."""
    history = History(writer)
    handle = os.open(progress, os.O_WRONLY | os.O_CREAT)

    def goes_on() -> bool:
        os.pwrite(handle, f"{history.done:012d}".encode(), 0)
        return not select.select([sys.stdin], [], [], 0.001)[0]

    if url.startswith("sqlite"):
        _play_sqlite(url, history, goes_on)
    else:
        asyncio.run(_play_postgresql(url, history, goes_on))


def _play_sqlite(url: str, history: History, goes_on) -> None:
    # A writer that has to wait longer than its timeout fails, and with it the test.
    connection = sqlite3.connect(sqlite_path(url), timeout=_BUSY_SECONDS, isolation_level=None)
    while True:
        changes = statements(history, "sqlite")
        connection.execute("BEGIN IMMEDIATE")
        for text, values in changes:
            connection.execute(text, values)
        connection.execute("COMMIT")
        if not goes_on():
            break
    connection.close()


async def _play_postgresql(url: str, history: History, goes_on) -> None:
    connection = await asyncpg.connect(url)
    while True:
        async with connection.transaction():
            for text, values in statements(history, "postgresql"):
                await connection.execute(text, *values)
        if not goes_on():
            break
    await connection.close()


if __name__ == "__main__":
    play(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
