"""The private SQLite file that the rows of a source are collected into: its tables, and their order."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import adbc_driver_manager
import adbc_driver_sqlite
import pyarrow as pa

from lumber.errors import ConfigError, DiskFull, SourceFailed, SourceUnfit
from lumber.sources import collected
from lumber.sources.arrow_forms import in_zone, stored_array
from lumber.sources.collected_kind import CollectedKind, made_time
from lumber.sources.forms import Form, stored_type
from lumber.sources.mapping import offset_minutes
from lumber.sources.tables import quoted

_CACHE_KIB = 65_536
_INSTRUCTIONS = 100_000  # of SQLite, between two looks at whether to stop
_SETTINGS = (
    # Nobody else reads the file before it is complete, and an incomplete one is made anew.
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    f"PRAGMA cache_size = -{_CACHE_KIB}",
    "PRAGMA temp_store = FILE",
)


class Stopped(Exception):
    """Somebody wants the collecting to end."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
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


@contextmanager
def connected(path: Path) -> Iterator[adbc_driver_manager.AdbcConnection]:
    """Open the file for writing, in one transaction."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(adbc_driver_sqlite.connect(str(path)))
        connection = stack.enter_context(adbc_driver_manager.AdbcConnection(database))
        for setting in _SETTINGS:
            _run(connection, setting)
        connection.set_autocommit(False)
        yield connection


def create_table(connection: adbc_driver_manager.AdbcConnection, kind: CollectedKind) -> None:
    """Create the table of a kind, with the times that its mapping makes as columns of their own."""
    types = {column.name: column.type for column in kind.table.columns}
    columns = [f"{quoted(name)} {stored_type(Form(types[name]))}" for name in kind.query.columns]
    columns += [f"{quoted(collected.zoned_name(*each))} INTEGER" for each in _zoned(kind)]
    for name, column in kind.table.made.items():
        sql = made_time(kind.mapping, kind.table, name)
        columns.append(f"{quoted(column)} INTEGER GENERATED ALWAYS AS ({sql}) STORED")
    _run(connection, f"CREATE TABLE {quoted(kind.name)} ({', '.join(columns)})")


def insert(
    connection: adbc_driver_manager.AdbcConnection, kind: CollectedKind, batch: pa.RecordBatch
) -> None:
    """Write a batch. Raises SourceFailed for other columns, SourceUnfit for a value that doesn't fit."""
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


def index_rows(path: Path, kinds: Sequence[CollectedKind], stopped: threading.Event) -> None:
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


def _run(connection: adbc_driver_manager.AdbcConnection, text: str) -> None:
    with adbc_driver_manager.AdbcStatement(connection) as statement:
        statement.set_sql_query(text)
        statement.execute_update()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
