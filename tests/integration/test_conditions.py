"""The filter compiler against a plain Python reading of the same filters, on every engine that runs it."""

import asyncio
import ipaddress
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine

from lumber.catalog.addresses import parse_address
from lumber.catalog.kind import ADDRESS, Column, Kind, Storage
from lumber.catalog.operators import operators_for
from lumber.catalog.registry import all_kinds, get_kind
from lumber.catalog.selection import Selection, select
from lumber.store.conditions import where
from lumber.store.database import open_database
from lumber.store.literal import literal_sql
from lumber.store.tables import table_of
from lumber.store.types import TYPE_OF, from_microseconds, to_microseconds
from lumber.store.url import DatabaseUrl
from tests.examples import examples

Row = dict[str, Any]
Ask = Callable[[list[Row], Selection], list[int]]

LARGEST = sys.float_info.max
HOSTILE = [
    *(
        "",
        "'",
        "''",
        '"',
        "\\",
        "\\'",
        "%",
        "%%",
        "%s",
        "100%",
        "_",
        "*",
        "?",
        "[a]",
        ":name",
        "::text",
        "$1",
        ";",
    ),
    *(
        "--",
        "/*",
        "it's",
        "' OR 1=1 --",
        "a\nb",
        "a\tb",
        "é",
        "É",
        "e\u0301",
        "日本",
        "\U0001f600",
        "{0}",
        "\x7f",
    ),
    *("%(x)s", "__[POSTCOMPILE_x]", "Error", "ERROR", "abc", "ABC", "abcabc"),
]
TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join),
)
SEVERITY = st.sampled_from(["Error", "err", "INFO", "Notice", "warn", "panic", "debug", "trace", "", "x'"])
ADDRESSES = st.one_of(
    st.ip_addresses().map(str), st.sampled_from(["10.0.0.1", "10.9.9.9", "2001:db8::1", "x", "10.0.0.01"])
)
# The years 1 to 9999, to the microsecond.
TIMES = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999).map(from_microseconds)
VALUES = {
    Storage.INTEGER: st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63), 7]) | st.integers(-(2**63), 2**63 - 1),
    Storage.REAL: st.sampled_from([0.0, 0.1, -0.5, 1e300, 5e-324])
    | st.floats(allow_nan=False, allow_infinity=False),
    Storage.TEXT: TEXT,
    Storage.TIME: st.sampled_from([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]) | TIMES,
    Storage.JSON: TEXT,
}


def values_of(column: Column) -> st.SearchStrategy[Any]:
    if column.vocabulary or "severity_text" in column.filter_sources:
        return SEVERITY
    return ADDRESSES if column.filtering is ADDRESS else VALUES[column.storage]


@st.composite
def row_lists(draw: st.DrawFn, kind: Kind) -> list[Row]:
    needed = ("id", kind.time_column)
    fields = {c.name: values_of(c) if c.name in needed else st.none() | values_of(c) for c in kind.columns}
    rows = draw(st.lists(st.fixed_dictionaries(fields), min_size=1, max_size=10))
    return [{**row, "id": index} for index, row in enumerate(rows)]


@st.composite
def selections(draw: st.DrawFn, kind: Kind, rows: list[Row]) -> Selection:
    """A selection whose values are often taken from the rows, so that both answers come up."""
    filters = {}
    for column in draw(st.lists(st.sampled_from(list(kind.filterable.values())), max_size=2)):
        operator = draw(st.sampled_from(list(operators_for(column))))
        filters[f"{kind.name}.{column.name}"] = {operator: draw(operands(column, operator, rows))}
    dates = sorted(draw(st.lists(VALUES[Storage.TIME], min_size=2, max_size=2)))
    start, end = (date if draw(st.booleans()) else None for date in dates)
    last = "before" if draw(st.booleans()) else "end"
    return select([kind], start=start, **{last: end}, filters=filters)[0]


def operands(column: Column, operator: str, rows: list[Row]) -> st.SearchStrategy[Any]:
    if operator == "is_null":
        return st.booleans()
    if operator == "cidr":
        return st.lists(
            st.sampled_from(["10.0.0.0/8", "::/1", "0.0.0.0/0", "10.0.0.1/32"]), min_size=1, max_size=3
        )
    if column.vocabulary:
        value = st.sampled_from(list(column.vocabulary))
    else:
        stored = [row[column.name] for row in rows if row[column.name] is not None]
        value = st.sampled_from(stored) | values_of(column) if stored else values_of(column)
    if operator in ("in", "not_in"):
        return st.lists(value, min_size=1, max_size=4)
    if operator in ("contains", "starts_with"):
        return st.builds(
            lambda text, a, b: text[a:b], value, st.just(0) | st.integers(0, 2), st.integers(0, 9)
        )
    return value


def reference(rows: list[Row], selection: Selection) -> list[int]:
    """Read the selection in plain Python."""
    kind, found = selection.kind, []
    for row in rows:
        begins = row[kind.time_column]
        ends = (row[kind.overlap_column] if kind.overlap_column else None) or begins
        in_range = (
            (selection.start is None or ends >= selection.start)
            and (selection.end is None or begins <= selection.end)
            and (selection.before is None or begins < selection.before)
        )
        if in_range and all(
            holds(kind.column(c.column), row, c.operator.name, c.values) for c in selection.conditions
        ):
            found.append(row["id"])
    return found


def first_of(row: Row, names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row[name] is not None), None)


def holds(column: Column, row: Row, operator: str, given: tuple[Any, ...]) -> bool:
    sources = column.filter_sources or (column.name,)
    value = first_of(row, sources)
    if column.filter_scale is not None and (row[column.filter_scale[0]] or 0) > 0:
        raw = first_of(row, column.filter_scale[1])
        # PostgreSQL knows no quotient beyond the range of a double: both take the largest one.
        value = None if raw is None else max(-LARGEST, min(LARGEST, raw / row[column.filter_scale[0]]))
    if column.vocabulary and value is not None:
        known = [name for name, spellings in column.vocabulary.items() if value.lower() in spellings]
        value = known[0] if known else None
    negative = {"ne": value not in given, "not_in": value not in given}
    if operator in negative:
        return negative[operator]
    if operator == "is_null":
        return (value is None) == given[0]
    if value is None:
        return False
    if operator == "cidr":
        address = parse_address(value)
        parsed = ipaddress.ip_address(address.text) if address else None
        return parsed is not None and any(parsed in ipaddress.ip_network(network) for network in given)
    answers = {
        "eq": lambda: value in given,
        "in": lambda: value in given,
        "gt": lambda: value > given[0],
        "gte": lambda: value >= given[0],
        "lt": lambda: value < given[0],
        "lte": lambda: value <= given[0],
        "contains": lambda: given[0] in value,
        "starts_with": lambda: value.startswith(given[0]),
    }
    return answers[operator]()


METADATA = sa.MetaData()
TABLES = {
    kind.name: sa.Table(
        kind.table, METADATA, *[sa.Column(column.name, TYPE_OF[column.storage]) for column in kind.columns]
    )
    for kind in all_kinds().values()
}


def query(selection: Selection, dialect: str) -> sa.Select[tuple[int]]:
    table = table_of(selection.kind)
    return sa.select(table.c.id).where(*where(selection, dialect)).order_by(table.c.id)


@pytest.fixture(scope="module")
def bound_sqlite() -> Iterator[Ask]:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    METADATA.create_all(engine)

    def ask(rows: list[Row], selection: Selection) -> list[int]:
        with engine.begin() as connection:
            connection.execute(TABLES[selection.kind.name].delete())
            connection.execute(TABLES[selection.kind.name].insert(), rows)
            return list(connection.execute(query(selection, "sqlite")).scalars())

    yield ask
    engine.dispose()


@pytest.fixture(scope="module")
def postgres_address(postgres_server) -> Iterator[str]:
    postgres_server.create_database("conditions")
    yield postgres_server.url("conditions")
    postgres_server.drop_database("conditions")


@pytest.fixture(scope="module")
def bound_postgresql(postgres_address: str) -> Iterator[Ask]:
    with asyncio.Runner() as runner:
        engine = create_async_engine(DatabaseUrl.parse(postgres_address).async_url)

        async def prepare() -> None:
            async with engine.begin() as connection:
                await connection.run_sync(METADATA.create_all)

        async def answer(rows: list[Row], selection: Selection) -> list[int]:
            async with engine.begin() as connection:
                await connection.execute(TABLES[selection.kind.name].delete())
                await connection.execute(TABLES[selection.kind.name].insert(), rows)
                return list((await connection.execute(query(selection, "postgresql"))).scalars())

        runner.run(prepare())
        yield lambda rows, selection: runner.run(answer(rows, selection))
        runner.run(engine.dispose())


def as_arrow(rows: list[Row], kind: Kind, dialect: str) -> pa.Table:
    types = {Storage.INTEGER: pa.int64(), Storage.REAL: pa.float64(), Storage.TIME: pa.timestamp("us", "UTC")}
    columns = {}
    for column in kind.columns:
        values, type_ = [row[column.name] for row in rows], types.get(column.storage, pa.string())
        if column.storage is Storage.TIME and dialect == "sqlite":
            values, type_ = (
                [None if value is None else to_microseconds(value) for value in values],
                pa.int64(),
            )
        columns[column.name] = pa.array(values, type_)
    return pa.table(columns)


def literal_ask(connection: Any, dialect: str) -> Ask:
    def ask(rows: list[Row], selection: Selection) -> list[int]:
        table = selection.kind.table
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
            cursor.adbc_ingest(table, as_arrow(rows, selection.kind, dialect), mode="append")
            cursor.execute(literal_sql(query(selection, dialect), dialect))
            return [row[0] for row in cursor.fetchall()]

    return ask


@pytest.fixture(scope="module")
def literal_sqlite() -> Iterator[Ask]:
    with adbc_driver_sqlite.dbapi.connect("file:conditions?mode=memory") as connection:
        with connection.cursor() as cursor:
            for table in METADATA.sorted_tables:
                cursor.execute(literal_sql(sa.schema.CreateTable(table), "sqlite"))
        yield literal_ask(connection, "sqlite")


@pytest.fixture(scope="module")
def literal_postgresql(postgres_address: str, bound_postgresql: Ask) -> Iterator[Ask]:
    with adbc_driver_postgresql.dbapi.connect(postgres_address, autocommit=True) as connection:
        yield literal_ask(connection, "postgresql")


@pytest.fixture(
    scope="module", params=["bound_sqlite", "literal_sqlite", "bound_postgresql", "literal_postgresql"]
)
def ask(request: pytest.FixtureRequest) -> Ask:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("kind", list(all_kinds()))
@examples(120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_compiled_filters_and_plain_python_agree(ask: Ask, kind: str, data: st.DataObject) -> None:
    rows = data.draw(row_lists(get_kind(kind)))
    selection = data.draw(selections(get_kind(kind), rows))
    assert ask(rows, selection) == reference(rows, selection)


@pytest.mark.parametrize("operator", ["eq", "contains", "starts_with"])
def test_hostile_text_finds_itself_and_nothing_else(ask: Ask, operator: str) -> None:
    kind = get_kind("logs")
    blank = dict.fromkeys((column.name for column in kind.columns), None)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {**blank, "id": index, "timestamp": moment, "message": text} for index, text in enumerate(HOSTILE)
    ]
    for text in HOSTILE:
        (selection,) = select([kind], filters={"message": {operator: text}})
        assert ask(rows, selection) == reference(rows, selection)
    (everything,) = select([kind], filters={"message": HOSTILE})
    assert ask(rows, everything) == list(range(len(HOSTILE)))


def test_a_score_beyond_the_range_of_a_double_is_the_largest(ask: Ask) -> None:
    kind = get_kind("anomalies")
    blank = dict.fromkeys((column.name for column in kind.columns), None)
    scored = {"timestamp": datetime(2026, 1, 1, tzinfo=UTC), "score_max": 5e-324}
    rows = [{**blank, **scored, "id": id_, "score_raw": raw} for id_, raw in enumerate((0.1, -0.1))]
    for id_, score in enumerate((LARGEST, -LARGEST)):
        (selection,) = select([kind], filters={"score": score})
        assert ask(rows, selection) == reference(rows, selection) == [id_]


def make_logs(*severities: tuple[str | None, str | None]) -> list[Row]:
    blank = dict.fromkeys((column.name for column in get_kind("logs").columns), None)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        {**blank, "id": index, "timestamp": moment, "severity_text": text, "log_level": level}
        for index, (text, level) in enumerate(severities)
    ]


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("ERROR", [0, 1, 2]),
        ({"ne": "ERROR"}, [3, 4, 5]),
        ({"in": ["ERROR", "DEBUG"]}, [0, 1, 2, 5]),
        ({"not_in": ["ERROR", "DEBUG"]}, [3, 4]),
        ({"is_null": True}, [3, 4]),
        ({"is_null": False}, [0, 1, 2, 5]),
    ],
)
def test_level_filter_reads_every_spelling(ask: Ask, condition: Any, ids: list[int]) -> None:
    rows = make_logs(
        ("Err", None), (None, "ERROR"), ("error", "DEBUG"), ("loud", "ERROR"), (None, None), ("debug", None)
    )
    (selection,) = select([get_kind("logs")], filters={"log_level": condition})
    assert ask(rows, selection) == ids


def make_addresses(*spans: tuple[int, int | None]) -> list[Row]:
    blank = dict.fromkeys((column.name for column in get_kind("ips").columns), None)
    day = {None: None} | {number: datetime(2026, 1, number, tzinfo=UTC) for number in range(1, 10)}
    return [
        {**blank, "id": index, "first_seen": day[first], "last_seen": day[last]}
        for index, (first, last) in enumerate(spans)
    ]


def test_addresses_are_selected_by_overlap_with_both_dates_included(ask: Ask) -> None:
    rows = make_addresses((1, 2), (1, 3), (1, 9), (4, 4), (5, 9), (6, 9), (1, None), (4, None))
    (selection,) = select(
        [get_kind("ips")], start=datetime(2026, 1, 3, tzinfo=UTC), end=datetime(2026, 1, 5, tzinfo=UTC)
    )
    assert ask(rows, selection) == [1, 2, 3, 4, 7]


@pytest.mark.parametrize("condition", ["ERROR", {"in": ["ERROR", "DEBUG"]}])
async def test_level_filter_uses_its_index(database_url: str, condition: Any) -> None:
    (selection,) = select([get_kind("logs")], filters={"log_level": condition})
    database = open_database(DatabaseUrl.parse(database_url))
    dialect = database.url.dialect
    text = literal_sql(query(selection, dialect).order_by(None), dialect)
    async with database.connect() as connection:
        if dialect == "postgresql":
            # Reading the whole of an empty table is always cheaper.
            await connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if dialect == "sqlite" else "EXPLAIN "
        plan = str((await connection.exec_driver_sql(explain + text)).all())
    await database.close()
    assert "ix_log_entries_level" in plan
