"""Collects the rows of a source once, into a private SQLite file, from which an export then reads.

The file has a table for each kind, with the columns that its mapping reads. The times of the kind are columns
too, and an index has the order of time and key: making it is the external sort. A second file says that the
first one is complete, and of which moment it is; without it, the rows are collected again.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import adbc_driver_manager
import adbc_driver_sqlite
import pyarrow as pa

from lumber.catalog.kind import Storage
from lumber.catalog.selection import Selection
from lumber.errors import ConfigError, DiskFull, LumberError, SourceFailed, SourceUnfit
from lumber.sources import collected
from lumber.sources.arrow_forms import form_of, in_zone, stored_array
from lumber.sources.expressions import Unfit, Value
from lumber.sources.forms import TIMES, Form, stored_type
from lumber.sources.interface import (
    Json,
    NoSuchTable,
    Query,
    Reader,
    ReaderTable,
    TimeRange,
    as_json,
)
from lumber.sources.mapping import UNITS, Made, TableMapping, offset_minutes
from lumber.sources.tables import SourceTable, TableColumn, quoted
from lumber.store.types import from_microseconds, to_microseconds

# The names of both files, in the staging of an export.
ROWS_FILE, DONE_FILE = "source.db", "source.json"
FILES = (ROWS_FILE, DONE_FILE)

_CACHE_KIB = 65_536
_INSTRUCTIONS = 100_000  # of SQLite, between two looks at whether to stop
_DAY_US = 86_400_000_000
# Longer tokens are told by their hash.
_LONGEST_TOKEN = 2_000


class Stopped(Exception):
    """Somebody wants the collecting to end."""


@dataclass(frozen=True, slots=True)
class CollectedKind:
    """A kind to collect: what is read of it, and the table that its rows are then in."""

    mapping: TableMapping
    described: ReaderTable
    query: Query
    table: SourceTable

    @property
    def name(self) -> str:
        """The name of the kind, and of its table."""
        return self.mapping.kind_name


@dataclass(frozen=True, slots=True)
class Collection:
    """A complete collection. `facts` are what a manifest says about it: its moment, and its rows by kind."""

    facts: Json
    is_whole: Mapping[str, bool] = field(default_factory=dict)


def kind_to_collect(
    mapping: TableMapping, described: ReaderTable, selection: Selection | None = None
) -> CollectedKind:
    """Say what to read of a kind. `selection`: only the rows in its dates are needed.

    Raises SourceUnfit if the names of two columns differ only in upper and lower case.
    """
    table = collected_table(mapping, described)
    names = list(
        dict.fromkeys(
            column.name
            for made in mapping.columns.values()
            for column in map(table.find, made.columns)
            if column is not None
        )
    )
    lowered = [name.lower() for name in names]
    twice = [name for name, low in zip(names, lowered, strict=True) if lowered.count(low) > 1]
    if twice:
        raise SourceUnfit(
            f"The columns {' and '.join(twice)} of {described.name} have the same name in upper and lower "
            "case. Name one of them differently, in a view or a SELECT."
        )
    times = None if selection is None else _times(mapping, table, selection)
    query = Query(mapping.table, mapping.select, tuple(names), mapping.filter, times)
    return CollectedKind(mapping, described, query, table)


def collected_table(mapping: TableMapping, described: ReaderTable) -> SourceTable:
    """Return the table that the rows of a kind are in once they are collected."""
    table = replace(plain_table(described), sql=f"main.{quoted(mapping.kind_name)}")
    made = {}
    for column in mapping.kind.columns:
        if column.storage is Storage.TIME and _made_time(mapping, table, column.name) is not None:
            made[column.name] = f"lumber_{column.name}"
    return replace(table, made=made)


def plain_table(described: ReaderTable) -> SourceTable:
    """Return a table with the types that its columns have once they are collected."""
    columns = tuple(
        TableColumn(column.name, form_of(column.type).value, column.nullable) for column in described.columns
    )
    return SourceTable(
        described.name,
        quoted(described.name),
        columns,
        unique=tuple((name,) for name in described.unique),
    )


def fingerprint(kinds: Sequence[CollectedKind]) -> str:
    """Return the hash of what is collected: a complete collection of the same holds it all."""
    parts = [
        [each.mapping.sha256, as_json(each.query), [[c.name, str(c.type)] for c in each.described.columns]]
        for each in kinds
    ]
    return sha256(json.dumps(parts).encode()).hexdigest()


def collect(
    reader: Reader,
    kinds: Sequence[CollectedKind],
    folder: Path,
    *,
    stopped: threading.Event,
    on_rows: Callable[[int], None] = lambda _rows: None,
    most_rows: int | None = None,
    seconds: float | None = None,
) -> Collection:
    """Read the kinds at one moment, and write them to the files in `folder`; what is there goes.

    With `most_rows` or `seconds`, not more rows of each kind are read. `on_rows` is called with the number of
    rows so far. Raises Stopped, SourceFailed, SourceUnfit, ConfigError for a key that is there twice, or
    DiskFull.
    """
    discard(folder)
    path = folder / ROWS_FILE
    path.touch(0o600)
    rows, is_whole = 0, {}
    counts = {}
    with reading_errors():
        token = reader.freeze([each.query for each in kinds])
    with _writing(path), _connected(path) as connection:
        for kind in kinds:
            _run(connection, _create(kind))
        for kind in kinds:
            done = 0
            with _time_limit(reader, seconds) as expired:
                for batch in _until(expired, _batches(reader, token, kind, most_rows)):
                    if stopped.is_set():
                        raise Stopped
                    _insert(connection, kind, batch)
                    done += batch.num_rows
                    on_rows(rows + done)
            is_whole[kind.name] = not expired.is_set() and (most_rows is None or done < most_rows)
            if stopped.is_set():
                raise Stopped
            rows += done
            counts[kind.name] = done
        connection.commit()
    if most_rows is None:
        with reading_errors():
            reader.confirm(token)
    with _writing(path):
        _index(path, kinds, stopped)
    found: Json = {"moment": _told(token), "rows": counts, "bytes": path.stat().st_size}
    if most_rows is None:
        _finish(folder, {"fingerprint": fingerprint(kinds), **found})
    return Collection(found, is_whole)


def find_collection(folder: Path, kinds: Sequence[CollectedKind]) -> Collection | None:
    """Return the complete collection of these kinds in a folder, if there is one."""
    try:
        found = json.loads((folder / DONE_FILE).read_text())
        size = (folder / ROWS_FILE).stat().st_size
    except (OSError, ValueError):
        return None
    if found.pop("fingerprint", None) != fingerprint(kinds) or found["bytes"] != size:
        return None
    return Collection(found)


def discard(folder: Path) -> None:
    """Remove the files of a collection. Those that are missing are fine."""
    for name in (DONE_FILE, ROWS_FILE, f"{ROWS_FILE}-journal"):
        (folder / name).unlink(missing_ok=True)


@contextmanager
def reading_errors() -> Iterator[None]:
    """Turn what a reader raises that knows nothing of our errors into SourceFailed."""
    try:
        yield
    except (LumberError, NoSuchTable, Stopped):
        raise
    except Exception as error:
        text = str(error).strip().splitlines()
        shown = text[0] if text else type(error).__name__
        raise SourceFailed(f"The source failed while it was read: {shown}") from error


def _made_time(mapping: TableMapping, table: SourceTable, name: str) -> str | None:
    """Return the SQL that makes a time of the kind; None: a column has it, or nothing does."""
    made = mapping.columns.get(name)
    column = None if made is None else table.find(made.column or "")
    if made is None or column is None:
        return None
    try:
        found = collected.time(Value(column.name, quoted(column.name), column.type), made)
    except Unfit:
        return None  # told where the mapping is compiled
    if found.sql == quoted(column.name):
        return None
    return found.sql if found.wrong is None else f"CASE WHEN NOT {found.wrong} THEN {found.sql} END"


def _zoned(kind: CollectedKind) -> list[tuple[str, str]]:
    """Return the columns with times on the clock of a zone whose offset changes, each with that zone."""
    found = []
    for made in kind.mapping.columns.values():
        column = kind.table.find(made.column or "")
        if column is None or made.zone is None or made.path or offset_minutes(made.zone) is not None:
            continue
        if column.type in (Form.LOCAL_TIME, Form.DATE):
            found.append((column.name, made.zone))
    return list(dict.fromkeys(found))


def _create(kind: CollectedKind) -> str:
    types = {column.name: column.type for column in kind.table.columns}
    columns = [f"{quoted(name)} {stored_type(Form(types[name]))}" for name in kind.query.columns]
    columns += [f"{quoted(collected.zoned_name(*each))} INTEGER" for each in _zoned(kind)]
    for name, column in kind.table.made.items():
        sql = _made_time(kind.mapping, kind.table, name)
        columns.append(f"{quoted(column)} INTEGER GENERATED ALWAYS AS ({sql}) STORED")
    return f"CREATE TABLE {quoted(kind.name)} ({', '.join(columns)})"


def _batches(
    reader: Reader, token: Json, kind: CollectedKind, most_rows: int | None
) -> Iterator[pa.RecordBatch]:
    left = most_rows
    with reading_errors():
        ranges = reader.cut(token, kind.query)
    for range_ in ranges:
        with reading_errors(), contextlib.closing(_generator(reader.read(range_))) as batches:
            for batch in batches:
                if left is not None:
                    batch = batch.slice(0, left)
                    left -= batch.num_rows
                yield batch
                if left == 0:
                    return


@contextmanager
def _time_limit(reader: Reader, seconds: float | None) -> Iterator[threading.Event]:
    """Cancel what is read in the block after so many seconds. The event says that they are over."""
    expired = threading.Event()
    if seconds is None:
        yield expired
        return

    def end() -> None:
        expired.set()
        reader.cancel()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()
        timer.join()


def _until(expired: threading.Event, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches until the time is over: a source then fails, because it was cancelled."""
    try:
        for batch in batches:
            yield batch
            if expired.is_set():
                return
    except SourceFailed:
        if not expired.is_set():
            raise


def _generator(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
    # So that a reader may return any iterator, and an early end still closes what it holds.
    yield from batches


def _insert(
    connection: adbc_driver_manager.AdbcConnection, kind: CollectedKind, batch: pa.RecordBatch
) -> None:
    if batch.schema.names != list(kind.query.columns):
        raise SourceFailed(
            f"The source gave the columns {', '.join(batch.schema.names)} of {kind.described.name}, and not "
            f"{', '.join(kind.query.columns)}."
        )
    arrays, names = [], []
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        try:
            arrays.append(stored_array(values))
        except pa.ArrowException as error:
            raise SourceUnfit(
                f"The column {name} of {kind.described.name} has a value that can't be collected: "
                f"{str(error).splitlines()[0]}"
            ) from error
        names.append(name)
    for name, zone in _zoned(kind):
        arrays.append(in_zone(arrays[names.index(name)], zone))
        names.append(collected.zoned_name(name, zone))
    columns, marks = ", ".join(map(quoted, names)), ", ".join("?" * len(names))
    text = f"INSERT INTO {quoted(kind.name)} ({columns}) VALUES ({marks})"  # noqa: S608 - names are quoted
    with adbc_driver_manager.AdbcStatement(connection) as statement:
        statement.set_sql_query(text)
        # Names of its own: SQLite numbers its parameters.
        plain = pa.RecordBatch.from_arrays(arrays, names=[str(at) for at in range(len(arrays))])
        statement.bind(plain)
        statement.execute_update()


def _index(path: Path, kinds: Sequence[CollectedKind], stopped: threading.Event) -> None:
    """Make the order of each kind, and see that no key is there twice."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.set_progress_handler(stopped.is_set, _INSTRUCTIONS)
        for setting in _SETTINGS:
            connection.execute(setting)
        # The sort writes more than fits into memory, where the file is: not to the folder of the system.
        connection.execute(f"PRAGMA temp_store_directory = {_literal(str(path.parent))}")
        try:
            for kind in kinds:
                _index_kind(connection, kind, is_alone=len(kinds) == 1)
        except sqlite3.OperationalError as error:
            if stopped.is_set():
                raise Stopped from error
            raise
        finally:
            connection.execute("PRAGMA temp_store_directory = ''")
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _index_kind(connection: sqlite3.Connection, kind: CollectedKind, *, is_alone: bool) -> None:
    mapping, table = kind.mapping, kind.table
    time_name, key_name = mapping.kind.time_column, mapping.kind.id_column
    key = table.find(mapping.columns[key_name].column or "")
    when = table.find(mapping.columns[time_name].column or "")
    assert key is not None
    assert when is not None
    ordered = quoted(table.made.get(time_name, when.name))
    name, column = quoted(kind.name), quoted(key.name)
    connection.execute(f"CREATE INDEX {quoted(kind.name + '_order')} ON {name} ({ordered}, {column})")
    if is_alone and table.is_unique(key.name):
        return
    try:
        connection.execute(f"CREATE UNIQUE INDEX {quoted(kind.name + '_key')} ON {name} ({column})")
    except sqlite3.IntegrityError:
        text = f"SELECT {column} FROM {name} GROUP BY {column} HAVING count(*) > 1 LIMIT 1"  # noqa: S608
        (twice,) = connection.execute(text).fetchone()
        message = f"the value {twice} is there more than once, and a key names one row"
        raise ConfigError([mapping.problem(key_name, key.name, message)]) from None


_SETTINGS = (
    # Nobody else reads the file before it is complete, and an incomplete one is made anew.
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    f"PRAGMA cache_size = -{_CACHE_KIB}",
    "PRAGMA temp_store = FILE",
)


@contextmanager
def _connected(path: Path) -> Iterator[adbc_driver_manager.AdbcConnection]:
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(adbc_driver_sqlite.connect(str(path)))
        connection = stack.enter_context(adbc_driver_manager.AdbcConnection(database))
        for setting in _SETTINGS:
            _run(connection, setting)
        connection.set_autocommit(False)
        yield connection


def _run(connection: adbc_driver_manager.AdbcConnection, text: str) -> None:
    with adbc_driver_manager.AdbcStatement(connection) as statement:
        statement.set_sql_query(text)
        statement.execute_update()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say what to do if the file can't be written."""
    try:
        yield
    except (adbc_driver_manager.Error, sqlite3.Error) as error:
        text = str(error).strip().splitlines()[0]
        if "full" in text or "disk I/O" in text:
            raise DiskFull(
                f"The disk of {path.parent} is full: the rows of the source are collected there first. Free "
                "some space and run the command again."
            ) from error
        raise SourceFailed(f"The rows of the source can't be collected in {path}: {text}") from error


def _finish(folder: Path, values: Json) -> None:
    """Say that the collection is complete: whole, or not at all."""
    part = folder / f"{DONE_FILE}.part"
    with part.open("w") as file:
        json.dump(values, file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(folder / DONE_FILE)


def _told(token: Json) -> Json:
    text = json.dumps(token, sort_keys=True)
    if len(text) <= _LONGEST_TOKEN:
        return token
    return {"sha256": sha256(text.encode()).hexdigest()}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _times(mapping: TableMapping, table: SourceTable, selection: Selection) -> TimeRange | None:
    """Return the dates of a selection as values of the column that has the time, if that can be."""
    kind = mapping.kind
    made = mapping.columns[kind.time_column]
    column = table.find(made.column or "")
    if column is None or made.path or column.type == Form.TEXT:
        return None
    # With an overlap, a row may begin before the first date.
    start = None if kind.overlap_column is not None else selection.start
    ends = [each for each in (selection.end, selection.before) if each is not None]
    if start is None and not ends:
        return None
    low = None if start is None else _bound(to_microseconds(start) - 1, column, made, is_low=True)
    # A source may keep more digits than microseconds.
    high = _bound(to_microseconds(min(ends)) + 1, column, made, is_low=False) if ends else None
    return TimeRange(column.name, low, high)


def _bound(us: int, column: TableColumn, made: Made, *, is_low: bool) -> int | datetime | None:
    form = Form(column.type)
    if form not in TIMES:
        scaled = us * UNITS[made.unit or "us"]
        return scaled // 1_000_000 if is_low else -(-scaled // 1_000_000)
    minutes = offset_minutes(made.zone or "UTC")
    if form is not Form.TIME:
        us += (minutes or 0) * 60_000_000
    if minutes is None or form is Form.DATE:
        us += -_DAY_US if is_low else _DAY_US
    try:
        found = from_microseconds(us)
    except (OverflowError, ValueError):
        return None
    return found if form is Form.TIME else found.replace(tzinfo=None)
