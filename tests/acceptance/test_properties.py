"""Whatever is in the tables: every row is written or rejected, and what is written reads back equal."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumber.catalog.kind import Level
from lumber.catalog.registry import get_kind
from lumber.catalog.selection import select
from lumber.engine.partition import PartitionSpec, run_partition
from lumber.engine.result import PartitionResult
from lumber.engine.source import Source, SourceSpec
from lumber.formats import Compression, WriteOptions, all_formats, extension
from lumber.steps.cast import Cast
from lumber.steps.recipe import Recipe
from lumber.steps.transform import Transform
from lumber.steps.validate import Validate
from lumber.store.keyset import Cutoff
from lumber.store.reading import read_statement
from lumber.store.url import DatabaseUrl
from tests.acceptance.expected import FIRST_US, LAST_US, Row, broken_rules, record_of
from tests.acceptance.exporting import KINDS, export
from tests.acceptance.reading import empty_as_none, rejects_of, rows_in, rows_of
from tests.all_pairs import all_pairs_first
from tests.clones import make_tables
from tests.databases import PostgresServer

BUDGET_REASON = "Hypothesis makes many datasets, and every one is exported and read back."

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NOW_US = 1_767_225_600_000_000
BROKEN_UTF8 = [b"\xed\xa0\x80", b"half \xc3", b"\xff\xfe", b"\xc0\x80", b"ok \x80 ok", b"\xf5\x80\x80\x80"]
TEXT = st.one_of(
    st.text(
        st.characters(exclude_categories=["Cs"]) | st.sampled_from("'=+-@\t\r\n\",\x00\u2028\ufeff"),
        max_size=12,
    ),
    st.sampled_from(
        ["", "=1+1", "'=1", "''@x", "-5", "a\r\nb", "lone\rcr", 'say "hi"', "null", "007", "日本語😀"]
    ),
)
RAW_TEXT = st.none() | TEXT | st.sampled_from(BROKEN_UTF8)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\x00é", max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)
JSON_TEXT = st.one_of(
    JSON_VALUES.map(json.dumps),
    JSON_VALUES.map(lambda value: json.dumps(value, ensure_ascii=False, indent=1)),
    st.sampled_from(
        [
            "",
            "{",
            "{'a':1}",
            "NaN",
            "[Infinity]",
            "1e400",
            "-1e400",
            '"\\ud800"',
            '"\x00"',
            "[1,]",
            "01",
            "tru",
        ]
    ),
    st.sampled_from(
        [
            "9" * 40,
            "-" + "9" * 20,
            str(2**63),
            str(2**64),
            "1" + "0" * 400,
            '{"a":1,"a":2}',
            "[" * 90 + "]" * 90,
        ]
    ),
    st.sampled_from(BROKEN_UTF8),
)
TIME_US = st.one_of(
    st.integers(FIRST_US, LAST_US),
    st.sampled_from([NOW_US, NOW_US + 300_000_000, NOW_US + 300_000_001]),
    st.integers(946_684_800_000_000, NOW_US),
    st.sampled_from(
        [FIRST_US, FIRST_US - 1, LAST_US, LAST_US + 1, -1, 0, 1, -(2**63), 2**63 - 1, -999_999, -(2**63) + 1]
    ),
)  # fmt: skip
INT64 = st.sampled_from([-(2**63), 2**63 - 1, 2**53 + 1, 0, -1]) | st.integers(-(2**63), 2**63 - 1)
REAL = (
    st.none()
    | st.floats(allow_nan=False)
    | st.sampled_from([0.0, 1.0, -0.0, 0.1 + 0.2, 5e-324, 1e308, 100.0])
)
SEVERITY = st.sampled_from([None, "", "info", "ERR", "Warning", "LOUD", "panic", "debug ", "ﬁ", "İnfo"])
ADDRESS = st.sampled_from(
    ["10.0.0.1", "::1", "2001:DB8::1", "fe80::1%eth0", "999.1.1.1", "1.2.3", "", "::ffff:1.2.3.4", "٣.1.1.1"]
)
VERDICT = st.sampled_from([None, "true_positive", "unknown", "TRUE_POSITIVE", ""])


def rows_of_kind(
    text: st.SearchStrategy, json_text: st.SearchStrategy, time: st.SearchStrategy, real: Any
) -> Any:
    """Return a strategy of rows for each kind; ids differ within a list."""
    required_text = text.filter(lambda value: value is not None)
    columns = {
        "logs": {
            "id": INT64, "timestamp": time, "log_level": SEVERITY, "severity_text": SEVERITY | text,
            "process_name": text, "message": text | required_text, "device_id": text,
            "device_ip": st.none() | ADDRESS | text, "host_name": text, "raw_message": text,
            "structured_data": st.none() | json_text,
        },
        "anomalies": {
            "id": INT64, "timestamp": time, "anomaly_type": text | required_text, "severity": text,
            "score": real, "score_raw": real, "score_max": real, "description": text,
            "features": st.none() | json_text,
            "log_entry_id": st.none() | INT64, "device_id": text, "detector": text, "status": text,
            "verdict": VERDICT | text,
        },
        "ips": {
            "id": INT64, "address": ADDRESS | text, "first_seen": time, "last_seen": st.none() | time,
            "risk_score": real, "sightings": st.none() | INT64, "device_id": text,
            "tags": st.none() | json_text,
        },
    }  # fmt: skip
    return {
        kind: st.lists(
            st.fixed_dictionaries(values),
            max_size=8,
            unique_by=(lambda row: row["id"], lambda row: row.get("address", row["id"])),
        )
        for kind, values in columns.items()
    }


# SQLite keeps whole floats as integers, which have no negative zero.
SQLITE_REAL = REAL.map(lambda value: None if value is None else value + 0.0)
ROWS = rows_of_kind(RAW_TEXT, JSON_TEXT, TIME_US, SQLITE_REAL)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with Lumber's tables and no rows."""
    path = tmp_path_factory.mktemp("template") / "lumber.db"
    make_tables(f"sqlite:///{path}")
    return path


def insert(path: Path, kind: str, rows: Sequence[Row]) -> None:
    """Put rows into a SQLite file, bytes as texts, and close it."""
    names = [column.name for column in get_kind(kind).columns]
    marks = ", ".join("CAST(? AS TEXT)" if is_text(kind, name) else "?" for name in names)
    statement = f"INSERT INTO {get_kind(kind).table} ({', '.join(names)}) VALUES ({marks})"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(statement, [tuple(stored(row[name]) for name in names) for row in rows])


def is_text(kind: str, name: str) -> bool:
    return get_kind(kind).column(name).storage in ("text", "json")


def stored(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


@contextmanager
def database_of(template: Path, kind: str, rows: Sequence[Row]) -> Iterator[Source]:
    """Open a fresh database with these rows as a worker does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lumber.db"
        shutil.copy(template, path)
        insert(path, kind, rows)
        uri = DatabaseUrl.parse(f"sqlite:///{path}").adbc_uri(read_only=True)
        with closing(Source(SourceSpec("sqlite", uri))) as source:
            yield source


def run(
    source: Source, kind: str, rows: int, level: str, options: WriteOptions, *, batch_size: int = 3
) -> tuple[PartitionResult, list[Row], list[Row]]:
    """Run the whole table as one partition; return the result, the rows written and the rejects."""
    (selection,) = select([get_kind(kind)])
    with tempfile.TemporaryDirectory() as folder:
        spec = PartitionSpec(
            kind=kind, ordinal=0, attempt=1, planned_rows=rows, source=source.spec,
            statement=read_statement(selection, source.spec.dialect, Cutoff()), batch_size=batch_size,
            recipe=Recipe((Cast(), Validate(Level(level)), Transform())), options=options,
            shard_size_bytes=2**20, staging=Path(folder), now=NOW,
        )  # fmt: skip
        result = run_partition(spec, source=source)
        written: list[Row] = []
        for shard in result.shards:
            # The kind's rows are named by their folder and ending in a dataset, here by their ending only.
            path = Path(folder) / shard.name
            assert path.name.endswith(extension(options.format, options.compression))
            written += rows_in(path, kind, unescapes=options.csv_escape_formulas)
        lines: list[Row] = []
        if result.rejects is not None:
            lines = [
                json.loads(line) for line in (Path(folder) / result.rejects.name).read_bytes().splitlines()
            ]
        return result, written, lines


OPTIONS = [
    *(WriteOptions(format_, Compression.NONE) for format_ in all_formats()),
    WriteOptions("csv", Compression.GZIP, csv_escape_formulas=False),
    WriteOptions("json", Compression.ZSTD, metadata={"kind": "x"}),
]


def check(
    source: Source, kind: str, rows: Sequence[Row], level: str, all_options: Sequence[WriteOptions]
) -> None:
    """Hold the partition of these rows against plain Python, in every format."""
    order = sorted(rows, key=lambda row: (row[get_kind(kind).time_column], row["id"]))
    broken = {row["id"]: broken_rules(kind, row, level, NOW_US) for row in order}
    expected = [record_of(kind, row) for row in order if not broken[row["id"]]]
    for options in all_options:
        result, written, lines = run(source, kind, len(rows), level, options)
        assert result.read == len(rows) == result.written + result.rejected
        found: dict[int, set[tuple[str, str]]] = {row_id: set() for row_id in broken}
        for line in lines:
            assert line["kind"] == kind
            assert line["reason"]
            assert line["value"] is None or len(line["value"]) <= 256
            found[line["id"]].add((line["rule"], line["column"]))
        assert found == broken
        assert result.rejected == sum(bool(rules) for rules in broken.values())
        assert result.rules.total() == len(lines)
        is_csv = options.format == "csv"
        assert shown(kind, written) == shown(kind, empty_as_none(kind, expected) if is_csv else expected)


def shown(kind: str, rows: Sequence[Row]) -> list[str]:
    """Write rows so that -0.0 and 0.0, 1 and 1.0 and True differ; columns in the record's order."""
    names = [name for name in get_kind(kind).schema.names if name != "ip_scope"]
    return [
        json.dumps([row[name] for name in names], sort_keys=True, default=lambda moment: moment.isoformat())
        for row in rows
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", list(Level))
@settings(
    max_examples=settings.default.max_examples // 5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_row_is_written_or_rejected_and_reads_back_equal(
    template: Path, kind: str, level: str, data: st.DataObject
) -> None:
    rows = data.draw(ROWS[kind])
    with database_of(template, kind, rows) as source:
        check(source, kind, rows, level, OPTIONS)


def plain_row(kind: str, **values: Any) -> Row:
    """Return a row that breaks no rule, with these values."""
    plain: dict[str, Row] = {
        "logs": {"timestamp": NOW_US, "message": "x"},
        "anomalies": {"timestamp": NOW_US, "anomaly_type": "x"},
        "ips": {"address": "10.0.0.1", "first_seen": NOW_US, "last_seen": NOW_US},
    }
    return {column.name: None for column in get_kind(kind).columns} | {"id": 1} | plain[kind] | values


MEGABYTE = "ß\n\",'=" * 150_000
HARD = {
    "logs": [
        plain_row("logs", id=1, message=MEGABYTE, raw_message="=" + MEGABYTE),
        plain_row("logs", id=2, structured_data=json.dumps({"a": MEGABYTE, "b": [1] * 1000}, indent=2)),
        plain_row("logs", id=3, message=b"\xed\xa0\x80" + b"x" * 1_000_000),
        plain_row("logs", id=4, structured_data=json.dumps(MEGABYTE) + ","),
        plain_row("logs", id=5, device_ip="1" * 1_000_000),
        plain_row("logs", id=6, message=MEGABYTE + "\x00"),
    ],
    "anomalies": [
        plain_row("anomalies", id=1, score_raw=57.9, score_max=100.0),
        plain_row("anomalies", id=2, score_raw=1e308, score_max=5e-324),
        plain_row("anomalies", id=3, score=float("inf")),
        plain_row("anomalies", id=4, score=2.0, score_raw=0.5, score_max=-1.0),
        plain_row("anomalies", id=5, description="", features='""'),
        plain_row("anomalies", id=6, features="null", detector='""'),
    ],
    "ips": [
        plain_row("ips", id=1, address="2001:0DB8:0:0::1", sightings=2**63 - 1, risk_score=100.0),
        plain_row("ips", id=2, address="x" * 1_000_000, last_seen=NOW_US - 1),
    ],
}


@pytest.mark.parametrize(("kind", "level", "number"), all_pairs_first(KINDS, Level, range(len(OPTIONS))))
def test_huge_cells_and_numbers_past_the_end_of_floats_are_kept_or_rejected(
    template: Path, kind: str, level: str, number: int
) -> None:
    with database_of(template, kind, HARD[kind]) as source:
        check(source, kind, HARD[kind], level, [OPTIONS[number]])


# What PostgreSQL can hold: valid UTF-8 without NUL, years 4713 BC to 294276 AD.
POSTGRES_TEXT = st.none() | TEXT.map(lambda text: text.replace("\x00", ""))
POSTGRES_JSON = JSON_TEXT.filter(lambda text: isinstance(text, str)).map(
    lambda text: text.replace("\x00", "")
)
POSTGRES_TIME = st.one_of(
    st.integers(FIRST_US, LAST_US),
    st.sampled_from([FIRST_US, FIRST_US - 1, LAST_US, LAST_US + 1, -1, 0, NOW_US + 300_000_001]),
    st.sampled_from([-210_000_000_000_000_000, 9_000_000_000_000_000_000]),
)
POSTGRES_ROWS = rows_of_kind(POSTGRES_TEXT, POSTGRES_JSON, POSTGRES_TIME, REAL)


@pytest.fixture(scope="module")
def postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database with Lumber's tables."""
    postgres_server.create_migrated("properties")
    url = postgres_server.url("properties")
    make_tables(url)
    yield url
    postgres_server.drop_database("properties")


def refill(url: str, kind: str, rows: Sequence[Row]) -> None:
    """Replace the table's rows."""
    names = [column.name for column in get_kind(kind).columns]
    epoch = "(TIMESTAMPTZ '1970-01-01 00:00:00+00' + ({} || ' microseconds')::interval)"
    marks = [
        epoch.format(f"${i}::text") if get_kind(kind).column(name).storage == "time" else f"${i}"
        for i, name in enumerate(names, start=1)
    ]
    table = get_kind(kind).table
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(marks)})"

    async def fill() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"DELETE FROM {table}")
            await connection.executemany(statement, [values_of(kind, row) for row in rows])
        finally:
            await connection.close()

    asyncio.run(fill())


def values_of(kind: str, row: Row) -> tuple[Any, ...]:
    times = [column.name for column in get_kind(kind).columns if column.storage == "time"]
    return tuple(
        str(value) if name in times and value is not None else value
        for name, value in ((column.name, row[column.name]) for column in get_kind(kind).columns)
    )


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=settings.default.max_examples // 5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_row_of_postgresql_is_written_or_rejected_and_reads_back_equal(
    postgres: str, kind: str, data: st.DataObject
) -> None:
    rows = data.draw(POSTGRES_ROWS[kind])
    level = data.draw(st.sampled_from(list(Level)))
    refill(postgres, kind, rows)
    uri = DatabaseUrl.parse(postgres).adbc_uri(read_only=True)
    with closing(Source(SourceSpec("postgresql", uri))) as source:
        check(source, kind, rows, level, OPTIONS)


@pytest.mark.parametrize(
    ("level", "escapes"),
    [
        *((level, True) for level in Level),
        (Level.STRICT, False),
        *(pytest.param(level, False, marks=[pytest.mark.slow]) for level in (Level.NONE, Level.BASIC)),
    ],
)
def test_the_whole_exporter_accounts_for_every_row(
    template: Path, tmp_path: Path, level: str, escapes: bool
) -> None:
    path = tmp_path / "lumber.db"
    shutil.copy(template, path)
    kinds = {kind: [*HARD[kind], plain_row(kind, id=99, device_id="=1+1")] for kind in KINDS}
    kinds["ips"][-1]["address"] = "10.0.0.2"
    for kind, rows in kinds.items():
        insert(path, kind, rows)
    done = export(
        f"sqlite:///{path}",
        tmp_path / "out",
        output_format="csv",
        compression=True,
        validation_level=level,
        csv_escape_formulas=escapes,
        batch_size=2,
        settings={"partition_rows": 3},
    )
    now_us = round(done.created_at.timestamp() * 1_000_000)
    for kind, rows in kinds.items():
        broken = {row["id"]: broken_rules(kind, row, level, now_us) for row in rows}
        if kind == "anomalies":
            assert not any(row["log_entry_id"] for row in rows)
        expected = [record_of(kind, row) for row in rows if not broken[row["id"]]]
        written = rows_of(tmp_path / "out", kind, unescapes=escapes)
        assert shown(kind, written) == shown(kind, empty_as_none(kind, expected))
        assert {line["id"] for line in rejects_of(tmp_path / "out", kind)} == {i for i in broken if broken[i]}
        assert done.kinds[kind] == {
            "read": len(rows),
            "written": len(written),
            "rejected": len(rows) - len(written),
            "deduplicated": 0,
        }
