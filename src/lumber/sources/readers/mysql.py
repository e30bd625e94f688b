"""Reads tables of MySQL and MariaDB in one read-only transaction, with PyMySQL.

The transaction belongs to one connection, which streams the rows: neither it nor the server holds the result.

Why PyMySQL: it runs statements on a connection of ours, so all tables are of one moment, and `KILL QUERY` can
end them. It needs no compiler and no client library. ConnectorX opens connections of its own and holds the
whole result. asyncmy is compiled, and a reader is called from a thread, where its event loop is of no use.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pymysql
from pymysql.constants import ER, FIELD_TYPE, FLAG
from pymysql.cursors import SSCursor

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

_PARAMETERS = ("ssl_mode", "ssl_ca", "unix_socket")
_SSL_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_CONNECT_SECONDS = 10
_BATCH_ROWS = 10_000
# Keys of one statement. A statement has a longest time, a table has not.
_RANGE_KEYS = 500_000
_MOST_RANGES = 10_000
_BINARY = 63  # the number of the character set of bytes
_SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")
_WHOLE = (
    *(FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG),
    *(FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24, FIELD_TYPE.YEAR),
)
_BYTES = (FIELD_TYPE.BIT, FIELD_TYPE.GEOMETRY)
_TEXTS = (
    *(FIELD_TYPE.VARCHAR, FIELD_TYPE.VAR_STRING, FIELD_TYPE.STRING, FIELD_TYPE.ENUM, FIELD_TYPE.SET),
    *(FIELD_TYPE.TINY_BLOB, FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB, FIELD_TYPE.BLOB),
)
_READ_ONLY = 1792  # a statement that writes
# What the user of the source can mend; everything else may pass.
_THEIRS = (
    *(ER.PARSE_ERROR, ER.BAD_FIELD_ERROR, ER.NO_SUCH_TABLE, ER.TABLEACCESS_DENIED_ERROR),
    *(ER.COLUMNACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.SPECIFIC_ACCESS_DENIED_ERROR),
    *(_READ_ONLY, ER.SP_DOES_NOT_EXIST, ER.BAD_DB_ERROR, ER.DUP_FIELDNAME),
)


class MySqlReader:
    """An open database of MySQL or MariaDB; see `Reader`. The address is `mysql://USER@HOST/NAME`."""

    def __init__(self, address: SourceAddress, options: ReaderOptions) -> None:
        self._arguments = _arguments(address, options)
        self._shown = str(address)
        with self._errors():
            self._connection = pymysql.connect(**self._arguments)
        try:
            with self._errors():
                self._version = str(self._rows("SELECT version()")[0][0])
                self._be_a_guest(options)
        except BaseException:
            self.close()
            raise

    def tables(self) -> list[str]:
        """Return the names of tables and views; with their database, if the address has none."""
        chosen = "table_schema = DATABASE()"
        if self._rows("SELECT DATABASE()")[0][0] is None:
            chosen = f"table_schema NOT IN ({', '.join(map(_text, _SYSTEM))})"
        rows = self._rows(
            "SELECT IF(table_schema = DATABASE(), table_name, CONCAT(table_schema, '.', table_name)) "  # noqa: S608
            f"FROM information_schema.tables WHERE {chosen} ORDER BY 1 LIMIT 10000"
        )
        return [str(row[0]) for row in rows]

    def schema(self, query: Query) -> ReaderTable:
        """Describe the rows of a table, view or SELECT. Raises NoSuchTable."""
        schema, name = (None, None) if query.select is not None else self._find(str(query.table))
        with self._errors():
            columns = self._described(query)
        if name is None:
            guarantee, notes = _promised(self._plain_engines(query.select or ""))
            return ReaderTable("the SELECT", columns, guarantee, notes=notes)
        facts = self._rows(
            "SELECT engine, table_rows, table_type FROM information_schema.tables "  # noqa: S608
            f"WHERE table_schema = {_text(schema or '')} AND table_name = {_text(name)}"
        )
        engine, rows, type_ = facts[0]
        is_view = engine is None or "VIEW" in str(type_)
        plain = self._plain_engines(name) if is_view else self._plain([(name, engine)])
        guarantee, notes = _promised(plain)
        estimate = None if rows is None else int(rows)
        return ReaderTable(
            str(query.table), columns, guarantee, self._unique(schema or "", name), estimate, notes
        )

    def freeze(self, queries: Sequence[Query]) -> Json:
        """Begin a transaction that sees this moment until the next one."""
        with self._errors():
            self._run("ROLLBACK")
            self._run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            moment = self._rows("SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')")[0][0]
        return {"server": self._version, "moment": str(moment)}

    def cut(self, token: Json, query: Query) -> list[Json]:
        """Divide a table by its key; a view or a SELECT is one range."""
        whole = {"query": as_json(query), "key": None}
        if query.table is None:
            return [whole]
        schema, name = self._find(query.table)
        keys = self._keys(schema, name)
        if keys is None:
            return [whole]
        with self._errors():
            low, high = self._rows(
                f"SELECT MIN({_name(keys)}), MAX({_name(keys)}) FROM {_place(schema, name)}"  # noqa: S608
            )[0]
        if low is None:
            return []
        first, last = int(low), int(high)
        step = max(_RANGE_KEYS, -(-(last - first + 1) // _MOST_RANGES))
        return [
            {**whole, "key": [keys, begin, min(begin + step - 1, last)]}
            for begin in range(first, last + 1, step)
        ]

    def read(self, range_: Json) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a range, in the transaction of `freeze`."""
        query = from_json(range_["query"])
        conditions = [] if query.filter is None else [f"(\n{query.filter}\n)"]
        if range_["key"] is not None:
            name, low, high = range_["key"]
            conditions.append(f"mapped.{_name(name)} BETWEEN {int(low)} AND {int(high)}")
        conditions += [] if query.times is None else [_in_range(query.times)]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        columns = ", ".join(f"mapped.{_name(name)}" for name in query.columns) or "*"
        with self._errors():
            cursor = self._connection.cursor(SSCursor)
            is_done = False
            try:
                cursor.execute(f"SELECT {columns} FROM {self._from(query)} AS mapped{where}")  # noqa: S608
                fields = _fields(cursor)
                while rows := cursor.fetchmany(_BATCH_ROWS):
                    yield _batch(fields, rows)
                is_done = True
            finally:
                if not is_done:
                    # Closing reads what the server still sends: it should stop first.
                    self.cancel()
                with suppress(pymysql.Error):
                    cursor.close()

    def confirm(self, token: Json) -> None:
        """Do nothing: the server holds the moment."""

    def cancel(self) -> None:
        """End the statement that runs, in the server."""
        arguments = {**self._arguments, "read_timeout": _CONNECT_SECONDS}
        with (
            suppress(pymysql.Error, OSError),
            pymysql.connect(**arguments) as other,
            other.cursor() as cursor,
        ):
            cursor.execute(f"KILL QUERY {self._connection.thread_id()}")

    def close(self) -> None:
        """Close the connection, and with it the transaction."""
        with suppress(pymysql.Error, OSError):
            self._connection.close()

    def _be_a_guest(self, options: ReaderOptions) -> None:
        seconds = options.statement_seconds
        limit = (
            f"max_statement_time = {seconds:f}"
            if "mariadb" in self._version.lower()
            else f"max_execution_time = {round(seconds * 1000)}"
        )
        self._run(
            f"SET SESSION {limit}, time_zone = '+00:00', net_write_timeout = 3600, wait_timeout = 28800, "
            "group_concat_max_len = 1048576"
        )
        self._run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def _find(self, table: str) -> tuple[str, str]:
        """Return the database and the name of a table, in any case if only one has it. Raises NoSuchTable."""
        parts = [part.strip().strip("`") for part in table.split(".")]
        if len(parts) > 2 or not all(parts):
            raise NoSuchTable(table, self.tables())
        chosen = "DATABASE()" if len(parts) == 1 else _text(parts[0])
        with self._errors():
            rows = self._rows(
                "SELECT table_schema, table_name FROM information_schema.tables "  # noqa: S608
                f"WHERE table_schema = {chosen} AND LOWER(table_name) = LOWER({_text(parts[-1])})"
            )
        exact = [row for row in rows if row[1] == parts[-1]] or rows
        if len(exact) != 1:
            raise NoSuchTable(table, self.tables())
        return str(exact[0][0]), str(exact[0][1])

    def _from(self, query: Query) -> str:
        if query.select is not None:
            return f"(\n{query.select}\n)"
        return _place(*self._find(str(query.table)))

    def _described(self, query: Query) -> tuple[ReaderColumn, ...]:
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {self._from(query)} AS mapped LIMIT 0")  # noqa: S608
            return _fields(cursor)

    def _unique(self, schema: str, name: str) -> tuple[str, ...]:
        rows = self._rows(
            "SELECT MAX(column_name) FROM information_schema.statistics WHERE non_unique = 0 "  # noqa: S608
            f"AND table_schema = {_text(schema)} AND table_name = {_text(name)} "
            "GROUP BY index_name HAVING COUNT(*) = 1"
        )
        return tuple(dict.fromkeys(str(row[0]) for row in rows))

    def _keys(self, schema: str, name: str) -> str | None:
        """Return the whole-numbered column that is the primary key; None if there is none."""
        rows = self._rows(
            "SELECT column_name, data_type FROM information_schema.columns "  # noqa: S608
            f"WHERE table_schema = {_text(schema)} AND table_name = {_text(name)} AND column_key = 'PRI'"
        )
        is_whole = len(rows) == 1 and str(rows[0][1]).lower().endswith("int")
        return str(rows[0][0]) if is_whole else None

    def _plain(self, tables: Sequence[tuple[str, str | None]]) -> list[str]:
        """Return the tables whose engine has no transactions, with the engine."""
        rows = self._rows("SELECT engine FROM information_schema.engines WHERE transactions = 'YES'")
        known = {str(row[0]).lower() for row in rows}
        return [f"{name} ({engine})" for name, engine in tables if engine and engine.lower() not in known]

    def _plain_engines(self, text: str) -> list[str]:
        """Return the tables without transactions that a text of SQL names, in its views too."""
        seen, left, tables = set[str](), set(re.findall(r"[\w$]+", text)), list[tuple[str, str | None]]()
        while left:
            names = ", ".join(_text(word.lower()) for word in left)
            seen |= left
            rows = self._rows(
                "SELECT t.table_name, t.engine, v.view_definition, v.table_name "  # noqa: S608
                "FROM information_schema.tables t "
                "LEFT JOIN information_schema.views v USING (table_schema, table_name) "
                f"WHERE LOWER(t.table_name) IN ({names}) "
                f"AND t.table_schema NOT IN ({', '.join(map(_text, _SYSTEM))})"
            )
            tables += [(str(row[0]), row[1]) for row in rows if row[3] is None]
            hidden = [str(row[0]) for row in rows if row[3] is not None and not row[2]]
            if hidden:
                return [f"{name} (a view whose tables can't be seen without SHOW VIEW)" for name in hidden]
            left = {word for row in rows if row[2] for word in re.findall(r"[\w$]+", str(row[2]))} - seen
        return self._plain(tables)

    def _run(self, text: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(text)

    def _rows(self, text: str) -> Sequence[Sequence[Any]]:
        with self._errors(), self._connection.cursor() as cursor:
            cursor.execute(text)
            return list(cursor.fetchall())

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn the driver's errors into ours."""
        try:
            yield
        except (pymysql.Error, OSError) as error:
            code = error.args[0] if error.args and isinstance(error.args[0], int) else None
            text = str(error.args[-1] if error.args else error).splitlines()[0]
            if code in _THEIRS:
                raise SourceUnfit(f"{self._shown} says: {text}") from error
            if code in (ER.ACCESS_DENIED_ERROR,):
                raise SourceUnfit(f"{self._shown} denies access to the user: {text}") from error
            raise SourceFailed(f"{self._shown} failed: {text}") from error


def _arguments(address: SourceAddress, options: ReaderOptions) -> dict[str, Any]:
    """Return how to connect. Raises ConfigError."""
    checked_parameters(address, _PARAMETERS)
    path = address.path.strip("/")
    if "/" in path or not (address.host or "unix_socket" in address.query):
        raise refused("must name a host, and one database at its end", ("mysql://USER@HOST:PORT/NAME",))
    mode = address.query.get("ssl_mode", "PREFERRED").upper()
    if mode not in _SSL_MODES:
        raise refused(f"has the ssl_mode {mode[:32]!r}", _SSL_MODES)
    authority = address.query.get("ssl_ca")
    if authority is not None and not Path(authority).is_file():
        raise refused(f"has an ssl_ca that is not a readable file: {authority!r}")
    found: dict[str, Any] = {
        "host": address.host or None,
        "port": address.port or 3306,
        "unix_socket": address.query.get("unix_socket"),
        "user": address.user,
        "password": (address.password or "").encode(),
        "database": path or None,
        "charset": "utf8mb4",
        "connect_timeout": _CONNECT_SECONDS,
        # The server ends statements; this is for a server that is gone.
        "read_timeout": options.statement_seconds + 60,
        "program_name": options.name,
        "autocommit": True,
        # Texts: Arrow makes numbers and times of them faster than Python does.
        "conv": {},
    }
    return {**found, **_tls(mode, authority)}


def _tls(mode: str, authority: str | None) -> dict[str, Any]:
    if mode == "DISABLED":
        return {"ssl_disabled": True}
    if mode == "PREFERRED" and authority is None:
        return {}
    # A context of our own: the driver doesn't compare the name of the host if there is no file.
    context = ssl.create_default_context(cafile=authority)
    # Certificates that MySQL makes for itself aren't strict.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = mode == "VERIFY_IDENTITY"
    if mode == "REQUIRED" and authority is None:
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}


def _promised(plain: Sequence[str]) -> tuple[Guarantee, tuple[str, ...]]:
    """Return what reads of these rows can hold, if these of their tables have no transactions."""
    if not plain:
        return Guarantee.SNAPSHOT, ()
    note = (
        f"{' and '.join(plain)}: without transactions, what others write while it is read may be there in "
        "part."
    )
    return Guarantee.BEST_EFFORT, (note,)


def _fields(cursor: Any) -> tuple[ReaderColumn, ...]:
    """Return the columns of a result."""
    # Only the raw fields tell texts from bytes and signed numbers from others.
    fields = cursor._result.fields
    return tuple(ReaderColumn(field.name, _type(field), not field.flags & FLAG.NOT_NULL) for field in fields)


def _type(field: Any) -> pa.DataType:
    code = field.type_code
    is_unsigned = bool(field.flags & FLAG.UNSIGNED)
    if code in _WHOLE:
        return pa.uint64() if is_unsigned and code == FIELD_TYPE.LONGLONG else pa.int64()
    if code in (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE):
        return pa.float64()
    if code in (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        return pa.decimal128(38, field.scale) if field.length <= 38 else pa.decimal256(76, field.scale)
    if code == FIELD_TYPE.TIMESTAMP:
        return pa.timestamp("us", "UTC")
    if code == FIELD_TYPE.DATETIME:
        return pa.timestamp("us")
    if code in (FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE):
        return pa.date32()
    is_binary = code in _BYTES or (code in _TEXTS and field.charsetnr == _BINARY)
    return pa.binary() if is_binary else pa.string()


def _batch(fields: Sequence[ReaderColumn], rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [_array(field.type, values) for field, values in zip(fields, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=[field.name for field in fields])


def _array(type_: pa.DataType, values: Sequence[Any]) -> pa.Array[Any]:
    if pa.types.is_binary(type_):
        encoded = (each.encode() if isinstance(each, str) else each for each in values)
        return pa.array(encoded, pa.binary())
    texts: pa.Array[Any] = pa.array(values, pa.string())
    if pa.types.is_string(type_):
        return texts
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        # MySQL has days that don't exist, such as 0000-00-00.
        is_wrong = pc.match_substring_regex(texts, "^0000|-00")
        texts = pc.if_else(is_wrong, pa.scalar(None, pa.string()), texts)
        if pa.types.is_timestamp(type_):
            return pc.cast(pc.cast(texts, pa.timestamp("us")), type_)
    return pc.cast(texts, type_)


def _in_range(times: TimeRange) -> str:
    column = f"mapped.{_name(times.column)}"
    ends = [
        None if end is None else f"{column} {sign} {_value(end)}"
        for sign, end in ((">=", times.low), ("<=", times.high))
    ]
    within = " AND ".join(end for end in ends if end is not None)
    return f"({within or 'TRUE'} OR {column} IS NULL)"


def _value(end: int | datetime) -> str:
    if isinstance(end, int):
        return str(end)
    # The time zone of the connection is UTC.
    naive = _in_utc(end)
    return f"'{naive.isoformat(' ')}'"


def _in_utc(moment: datetime) -> datetime:
    """Return a moment on the clock of UTC, without a zone."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _place(schema: str, name: str) -> str:
    return f"{_name(schema)}.{_name(name)}"


def _name(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
