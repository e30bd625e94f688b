"""Reads folders of Parquet, CSV and JSON files, with DuckDB.

A table is a folder (with those in it), a file, or a pattern such as `events/*.jsonl.gz`, below the folder of
the address. Its files are read one after the other, in the order of their names. They must be the same when
all are read as when the first one was.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb
import pyarrow as pa

from lumber.errors import SourceFailed, SourceUnfit
from lumber.sources.address import SourceAddress, checked_parameters, refused
from lumber.sources.guarantee import Guarantee
from lumber.sources.interface import (
    Json,
    NoSuchTable,
    Query,
    ReaderColumn,
    ReaderOptions,
    ReaderTable,
    TimeRange,
    as_json,
    from_json,
)
from lumber.sources.tables import quoted, text_literal
from lumber.text import counted

# Columns of every table, unless its files have columns of these names.
ROW_NUMBER, FILE_NAME = "row_number", "file_name"
# A row's number is that of its file times this, and its place in the file.
ROWS_OF_A_FILE = 2**40

_ENDINGS = {
    "parquet": "parquet",
    "csv": "csv",
    "tsv": "csv",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
}
_PACKED = ("gz", "zst")
_BATCH_ROWS = 10_000
# CSV and JSON files whose first rows tell the columns; of Parquet, each file does.
_SNIFFED = 50
_MOST_SHOWN = 40
_PLAIN = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    *("FLOAT", "DOUBLE", "BOOLEAN", "VARCHAR", "DATE", "BLOB", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
)


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file as it was when it was listed: its path below the folder, its size, and what tells a change."""

    name: str
    size: int
    changed: int | str

    @property
    def format(self) -> str:
        return format_of(self.name) or ""


@dataclass(frozen=True, slots=True)
class LakeTable:
    """The files of a table, and the type of each of their columns in DuckDB."""

    files: tuple[LakeFile, ...]
    types: dict[str, str] = field(default_factory=dict)


class FolderReader:
    """An open folder; see `Reader`. The address is `folder:///PATH`."""

    def __init__(self, address: SourceAddress, options: ReaderOptions) -> None:
        if address.host or address.user or address.port or not address.path.startswith("/"):
            raise refused("names a folder by its whole path: folder:///PATH")
        checked_parameters(address, ())
        root = Path(address.path).absolute()
        if not root.is_dir():
            raise SourceUnfit(f"{root} is not a folder that can be read.")
        self._open(root, str(root), options)

    def _open(self, root: Path, shown: str, options: ReaderOptions) -> None:
        """Open DuckDB on the folder `root`. `shown` is what people see of it."""
        self.shown = shown
        self._root = root
        self._tables: dict[str, LakeTable] = {}
        self._connection = _connect(root, options)

    def tables(self) -> list[str]:
        """Return the folders that have files with rows; the folder itself is `.`."""
        found = {str(Path(file.name).parent) for file in self.walk()}
        return sorted(found)

    def schema(self, query: Query) -> ReaderTable:
        """Describe the rows of a table or of a SELECT. Raises NoSuchTable."""
        table = self._table(query)
        arrow = self._arrow_schema(query, table)
        columns = tuple(ReaderColumn(each.name, each.type, words=table.types[each.name]) for each in arrow)
        size = sum(file.size for file in table.files)
        has_number = query.select is None and ROW_NUMBER not in table.types
        if query.select is None:
            added = (ReaderColumn(FILE_NAME, pa.string(), nullable=False, words="VARCHAR"),)
            number = (ReaderColumn(ROW_NUMBER, pa.int64(), nullable=False, words="BIGINT"),)
            columns += () if FILE_NAME in table.types else added
            columns += number if has_number else ()
        return ReaderTable(
            query.table or "the SELECT",
            columns,
            Guarantee.SNAPSHOT,
            (ROW_NUMBER,) if has_number else (),
            self.rows(table),
            (f"{counted(len(table.files), 'file')} with {_size(size)}.",),
        )

    def freeze(self, queries: Sequence[Query]) -> Json:
        """List the files with their sizes and times: they must be the same when all are read."""
        self._tables.clear()
        files = {file for query in queries for file in self._table(query).files}
        listed = sorted(files, key=lambda file: file.name)
        return {"files": [[file.name, file.size, file.changed] for file in listed]}

    def cut(self, token: Json, query: Query) -> list[Json]:
        """Return a range for each file; one for a SELECT."""
        table = self._table(query)
        base = {"query": as_json(query)}
        if query.select is not None:
            return [base]
        return [
            {**base, "file": file.name, "number": at, "types": table.types}
            for at, file in enumerate(table.files)
        ]

    def read(self, range_: Json) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a file, or of a SELECT."""
        query = from_json(range_["query"])
        with _errors(query):
            text = (
                f"SELECT {self._columns(query, self._table(query).types)} FROM ({query.select}) AS mapped"  # noqa: S608
                if query.select is not None
                else self._file_sql(query, range_["file"], range_["number"], range_["types"])
            )
            conditions = [f"(\n{query.filter}\n)"] if query.filter is not None else []
            conditions += [] if query.times is None else [_in_range(query.times)]
            where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
            found = self._connection.query(text + where).to_arrow_reader(_BATCH_ROWS)
            assert found is not None
            yield from found

    def confirm(self, token: Json) -> None:
        """Raise SourceFailed if a file is gone or has changed."""
        now = {file.name: [file.size, file.changed] for file in self.walk()}
        for name, *then in token["files"]:
            if name not in now:
                raise SourceFailed(
                    f"{self.shown}/{name} went away while the files were read. Run the export again."
                )
            if now[name] != then:
                raise SourceFailed(
                    f"{self.shown}/{name} changed while the files were read. Run the export again when "
                    "nothing writes to it, or map only files that are complete."
                )

    def cancel(self) -> None:
        """End the query that runs."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close DuckDB."""
        self._connection.close()

    def walk(self) -> Iterator[LakeFile]:
        """Yield the files with rows, in the order of their names. Links to folders aren't followed."""
        found = []
        for folder, _, names in os.walk(self._root):
            for name in names:
                path = Path(folder, name)
                if format_of(name) is None or name.startswith((".", "_")):
                    continue
                try:
                    state = path.stat()
                except OSError:
                    continue
                found.append(LakeFile(str(path.relative_to(self._root)), state.st_size, state.st_mtime_ns))
        yield from sorted(found, key=lambda file: file.name)

    def _table(self, query: Query) -> LakeTable:
        name = query.table if query.select is None else None
        key = f"table {name}" if name is not None else f"select {query.select}"
        if key not in self._tables:
            table = self._found(name) if name is not None else self._views(str(query.select))
            with _errors(query):
                described = self._describe(query.select or self.union(table.files, _SNIFFED))
            is_text = query.select is None and table.files[0].format != "parquet"
            table.types.update({each: _read_as(type_, is_text=is_text) for each, type_ in described.items()})
            self._tables[key] = table
        return self._tables[key]

    def _views(self, select: str) -> LakeTable:
        """Make a view of each table that a SELECT may name; return their files."""
        found: set[LakeFile] = set()
        for name in self.tables():
            if name not in select:
                continue
            query = Query(name)
            table = self._table(query)
            with _errors(query):
                all_of_it = replace(
                    query, columns=tuple(dict.fromkeys((*table.types, FILE_NAME, ROW_NUMBER)))
                )
                parts = [
                    self._file_sql(all_of_it, file.name, at, table.types)
                    for at, file in enumerate(table.files)
                ]
                view = " UNION ALL ".join(parts)
                self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {view}")
            found.update(table.files)
        return LakeTable(tuple(sorted(found, key=lambda file: file.name)))

    def _found(self, name: str) -> LakeTable:
        wanted = os.path.normpath(name.strip("/") or ".")
        files = tuple(
            file
            for file in self.walk()
            if wanted == "."
            or file.name == wanted
            or file.name.startswith(wanted + "/")
            or fnmatchcase(file.name, wanted)
        )
        if not files:
            raise NoSuchTable(name, self.tables()[:_MOST_SHOWN])
        formats = sorted({file.format for file in files})
        if len(formats) > 1:
            pattern = f"*.{formats[0]}" if wanted == "." else f"{wanted}/*.{formats[0]}"
            raise SourceUnfit(
                f"{name} has files of the formats {' and '.join(formats)}. Choose those of one: {pattern}"
            )
        return LakeTable(files)

    def _describe(self, text: str) -> dict[str, str]:
        rows = self._connection.execute(f"DESCRIBE {text}").fetchall()
        return {str(row[0]): str(row[1]) for row in rows}

    def union(self, files: Sequence[LakeFile], most: int) -> str:
        step = 1 if files[0].format == "parquet" else -(-len(files) // most)
        return f"SELECT * FROM {self.scan(files[::step], 'union_by_name = true')}"  # noqa: S608

    def path(self, name: str) -> Path:
        """Return where a file can be read."""
        return self._root / name

    def scan(self, files: Sequence[LakeFile], *options: str) -> str:
        """Return the function that reads files."""
        paths = ", ".join(text_literal(str(self.path(file.name))) for file in files)
        given = list(options)
        if any("=" in part for file in files for part in file.name.split("/")[:-1]):
            given.append("hive_partitioning = true")
        return f"read_{files[0].format}({', '.join([f'[{paths}]', *given])})"

    def _file_sql(self, query: Query, name: str, number: int, types: dict[str, str]) -> str:
        """Return the SQL of a file's rows: with every column of the table, whichever of them it has."""
        file = LakeFile(name, 0, 0)
        there = self._describe(f"SELECT * FROM {self.scan([file])}")  # noqa: S608
        options = []
        if file.format == "csv":
            options.append(f"types = {_struct({each: types[each] for each in there if each in types})}")
        if file.format == "json":
            options.append(f"columns = {_struct(types)}")
        listed = [quoted(each) for each in types if each in there or file.format == "json"]
        missing = [f"NULL::{type_} AS {quoted(each)}" for each, type_ in types.items() if each not in there]
        inner = [*listed, *(missing if file.format != "json" else [])]
        if FILE_NAME not in types:
            inner.append(f"{text_literal(name)} AS {FILE_NAME}")
        if ROW_NUMBER not in types:
            inner.append(f"{number * ROWS_OF_A_FILE}::BIGINT + row_number() OVER () AS {ROW_NUMBER}")
        scan = self.scan([file], *options)
        columns = self._columns(query, types)
        return f"SELECT {columns} FROM (SELECT {', '.join(inner)} FROM {scan}) AS mapped"  # noqa: S608

    def _columns(self, query: Query, types: dict[str, str]) -> str:
        names = query.columns or tuple(types)
        made = ((_cast(f"mapped.{quoted(name)}", types.get(name)), quoted(name)) for name in names)
        return ", ".join(f"{sql} AS {name}" for sql, name in made)

    def _arrow_schema(self, query: Query, table: LakeTable) -> pa.Schema:
        nulls = ", ".join(
            f"{_cast(f'NULL::{type_}', type_)} AS {quoted(name)}" for name, type_ in table.types.items()
        )
        with _errors(query):
            found = self._connection.query(f"SELECT {nulls} LIMIT 0").to_arrow_table()
        assert found is not None
        schema: pa.Schema = found.schema
        return schema

    def rows(self, table: LakeTable) -> int | None:
        if not table.files or any(file.format != "parquet" for file in table.files):
            return None
        paths = ", ".join(text_literal(str(self.path(file.name))) for file in table.files)
        text = f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata([{paths}])"  # noqa: S608
        try:
            # All of it: with an unfinished result, DuckDB refuses the next query of the connection.
            ((found,),) = self._connection.execute(text).fetchall()
        except duckdb.Error:
            return None
        return None if found is None else int(found)


def _connect(root: Path, options: ReaderOptions) -> duckdb.DuckDBPyConnection:
    """Open DuckDB: it reads below the folder only, and loads nothing."""
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
    # Without a folder for them, there are no temporary files.
    scratch = "" if options.scratch is None else str(options.scratch)
    settings = (
        "SET autoload_known_extensions = false",
        "SET python_enable_replacements = false",
        "SET threads = 2",
        "SET memory_limit = '512MB'",
        "SET TimeZone = 'UTC'",
        f"SET temp_directory = {text_literal(scratch)}",
        f"SET allowed_directories = [{text_literal(str(root))}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    )
    try:
        for setting in settings:
            connection.execute(setting)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _errors(query: Query) -> Iterator[None]:
    """Say what is wrong with a filter, a SELECT or a file."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        # An error in the middle of a stream comes by way of Arrow, which keeps the text only.
        lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
        files = [line.removeprefix("file = ") for line in lines if line.startswith("file = ")]
        text = " ".join([*lines[:3], *(f"(in {file})" for file in files[:1])])
        place = "the SELECT" if query.select is not None else str(query.table)
        if isinstance(error, duckdb.OperationalError) or text.startswith(("IO Error", "INTERRUPT")):
            raise SourceFailed(f"The files of {place} can't be read: {text}") from error
        raise SourceUnfit(f"The rows of {place} can't be read: {text}") from error


def format_of(name: str) -> str | None:
    """Return the format of a file by the end of its name; None: it has no rows."""
    parts = name.lower().split(".")
    if len(parts) > 2 and parts[-1] in _PACKED and _ENDINGS.get(parts[-2], "parquet") != "parquet":
        return _ENDINGS[parts[-2]]
    return _ENDINGS.get(parts[-1]) if len(parts) > 1 else None


def _read_as(type_: str, *, is_text: bool) -> str:
    """Return the type that a column is read with.

    Times in texts stay texts: DuckDB's times have no offset from UTC.
    """
    return "VARCHAR" if is_text and (type_ == "DATE" or type_.startswith("TIME")) else type_


def _cast(sql: str, type_: str | None) -> str:
    """Return a column with a type that Arrow and SQLite have; nested values as JSON."""
    if type_ is None or type_ in _PLAIN or type_.startswith("DECIMAL("):
        return sql
    if type_.startswith("TIMESTAMP"):
        return f"{sql}::TIMESTAMP"
    is_nested = type_.startswith(("STRUCT", "MAP", "UNION", "VARIANT")) or type_.endswith("]")
    return f"to_json({sql})::VARCHAR" if is_nested else f"{sql}::VARCHAR"


def _struct(types: dict[str, str]) -> str:
    pairs = (f"{text_literal(name)}: {text_literal(type_)}" for name, type_ in types.items())
    return f"{{{', '.join(pairs)}}}"


def _in_range(times: TimeRange) -> str:
    column = f"mapped.{quoted(times.column)}"
    ends = [
        None if end is None else f"{column} {sign} {_value(end)}"
        for sign, end in ((">=", times.low), ("<=", times.high))
    ]
    within = " AND ".join(end for end in ends if end is not None)
    return f"({within or 'true'} OR {column} IS NULL)"


def _value(end: int | datetime) -> str:
    if isinstance(end, int):
        return str(end)
    if end.tzinfo is not None:
        return f"TIMESTAMPTZ '{end.isoformat(' ')}'"
    return f"TIMESTAMP '{end.isoformat(' ')}'"


def _size(count: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:,.1f} {unit}"
    return counted(count, "byte")
