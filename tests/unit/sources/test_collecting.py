"""Rows are collected whole, in forms that keep their values, or not at all."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lumber.catalog.registry import get_kind
from lumber.catalog.selection import Selection
from lumber.errors import ConfigError, SourceFailed, SourceUnfit
from lumber.sources.collected_file import Stopped
from lumber.sources.collected_kind import kind_to_collect
from lumber.sources.collecting import DONE_FILE, ROWS_FILE, Collection, collect, find_collection
from lumber.sources.compiling import compile_mapping
from lumber.sources.interface import Guarantee, Query, ReaderColumn, ReaderTable
from lumber.sources.mapping import parse_mapping

MAPPING = """
kind = "logs"
table = "t"
key = "id"
time = {time}
[columns]
message = "text"
"""


class Rows:
    """A reader of one batch, which may fail."""

    def __init__(self, batch: pa.RecordBatch, *, fails: Exception | None = None, moved: bool = False) -> None:
        self.batch, self.fails, self.moved = batch, fails, moved
        self.query: Query | None = None

    def tables(self) -> list[str]:
        return ["t"]

    def schema(self, query: Query) -> ReaderTable:
        columns = tuple(ReaderColumn(field.name, field.type) for field in self.batch.schema)
        return ReaderTable("t", columns, Guarantee.SNAPSHOT, (), self.batch.num_rows)

    def freeze(self, queries: Any) -> dict[str, Any]:
        return {"n": 1}

    def cut(self, token: Any, query: Query) -> list[dict[str, Any]]:
        self.query = query
        return [{"names": list(query.columns)}]

    def read(self, range_: Any) -> Iterator[pa.RecordBatch]:
        yield self.batch.select(range_["names"])
        if self.fails is not None:
            raise self.fails

    def confirm(self, token: Any) -> None:
        if self.moved:
            raise SourceFailed("a file changed")

    def cancel(self) -> None: ...

    def close(self) -> None: ...


def batch(time: Any, **more: Any) -> pa.RecordBatch:
    """Return rows with ids from 1 on, texts and these times."""
    size = len(time)
    columns: dict[str, Any] = {"id": pa.array(range(1, size + 1)), "text": pa.array(["x"] * size), "at": time}
    return pa.RecordBatch.from_pydict({**columns, **more})


def collected(reader: Rows, folder: Path, text: str, **options: Any) -> tuple[Collection, list[Any]]:
    """Collect rows, and return what the query of the mapping then finds: id, time and message."""
    mapping = parse_mapping(text)
    kind = kind_to_collect(mapping, reader.schema(Query("t")), options.pop("selection", None))
    found = collect(reader, [kind], folder, stopped=options.pop("stopped", threading.Event()), **options)
    query = compile_mapping(mapping, kind.table, "collected").relation.query
    with closing(sqlite3.connect(folder / ROWS_FILE)) as connection:
        plan = f"EXPLAIN QUERY PLAN SELECT * FROM ({query}) ORDER BY timestamp, id"
        assert "USING INDEX logs_order" in str(connection.execute(plan).fetchall())
        rows = connection.execute(f"SELECT id, timestamp, message FROM ({query}) ORDER BY id").fetchall()
    return found, rows


def us(*values: int) -> int:
    return round(datetime(*values, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[misc,arg-type]


BERLIN = '{ column = "at", zone = "Europe/Berlin" }'
SUMMER, TWICE = datetime(2026, 7, 1, 12), datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("time", "values", "expected"),
    [
        ('"at"', pa.array([us(2026, 1, 1)], pa.timestamp("us", "Asia/Tokyo")), us(2026, 1, 1)),
        ('"at"', pa.array([us(2026, 1, 1) * 1000 + 999], pa.timestamp("ns", "UTC")), us(2026, 1, 1)),
        (BERLIN, pa.array([SUMMER], pa.timestamp("ms")), us(2026, 7, 1, 10)),
        # Of the two, the later one, as in PostgreSQL.
        (BERLIN, pa.array([TWICE], pa.timestamp("us")), us(2026, 10, 25, 1, 30)),
        ('{ column = "at", zone = "+02:00" }', pa.array([SUMMER], pa.timestamp("us")), us(2026, 7, 1, 10)),
        ('{ column = "at", zone = "UTC" }', pa.array([date(2026, 7, 1)]), us(2026, 7, 1)),
        ('{ column = "at", unit = "ms" }', pa.array([1_767_225_600_123]), 1_767_225_600_123_000),
        ('{ column = "at", unit = "s" }', pa.array([Decimal("1767225600.123456")]), 1_767_225_600_123_456),
        ('{ column = "at", unit = "s" }', pa.array([1767225600.5]), 1_767_225_600_500_000),
        ('"at"', pa.array(["2026-01-01T02:00:00.000001+02:00"]), us(2026, 1, 1) + 1),
        ('{ column = "at", path = "a.t" }', pa.array([{"a": {"t": "2026-01-01T00:00:00Z"}}]), us(2026, 1, 1)),
    ],
)
def test_times_of_every_form_are_those_that_are_meant(
    tmp_path: Path, time: str, values: Any, expected: int
) -> None:
    found, rows = collected(Rows(batch(values)), tmp_path, MAPPING.format(time=time))
    assert rows == [(1, expected, "x")]
    assert found.facts["rows"] == {"logs": 1}


def test_values_are_stored_with_all_that_is_in_them(tmp_path: Path) -> None:
    text = MAPPING.format(time='"at"').replace('"text"', '{ join = ["d", "n", "b", "at", "day", "k"] }')
    values = {
        "d": pa.array([Decimal("1.50")]),
        "n": pa.array([{"a": [1]}]),
        "b": pa.array([True]),
        "day": pa.array([date(1969, 7, 20)]),
        "k": pa.array(["é"]).dictionary_encode(),
    }
    at = pa.array([datetime(1969, 12, 31, 23, 59, 59, 5, UTC)], pa.timestamp("us", "UTC"))
    _, rows = collected(Rows(batch(at, **values)), tmp_path, text)
    assert rows[0][2] == '1.50 {"a": [1]} true 1969-12-31 23:59:59.000005+00 1969-07-20 é'


NOW = pa.array([0, 1], pa.timestamp("us", "UTC"))


@pytest.mark.parametrize(
    ("reader", "error", "message"),
    [
        (Rows(batch(NOW, id=pa.array([1, 1]))), ConfigError, "the value 1 is there more than once"),
        (Rows(batch(NOW, id=pa.array([1, 2**64 - 1], pa.uint64()))), SourceUnfit, "The column id of t has"),
        (Rows(batch(NOW), fails=ValueError("lost it")), SourceFailed, "failed while it was read: lost it"),
        (Rows(batch(NOW), moved=True), SourceFailed, "a file changed"),
    ],
)
def test_what_goes_wrong_leaves_nothing_that_a_later_attempt_would_trust(
    tmp_path: Path, reader: Rows, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        collected(reader, tmp_path, MAPPING.format(time='"at"'))
    assert not (tmp_path / DONE_FILE).exists()


def test_a_stop_and_a_sample_are_no_collection(tmp_path: Path) -> None:
    stopped, text = threading.Event(), MAPPING.format(time='"at"')
    stopped.set()
    with pytest.raises(Stopped):
        collected(Rows(batch(NOW)), tmp_path, text, stopped=stopped)
    assert not (tmp_path / DONE_FILE).exists()
    found, rows = collected(Rows(batch(NOW)), tmp_path, text, most_rows=1)
    assert (len(rows), found.is_whole["logs"]) == (1, False)
    assert not (tmp_path / DONE_FILE).exists()
    assert collected(Rows(batch(NOW)), tmp_path, text, most_rows=3)[0].is_whole["logs"]


def test_a_sample_of_a_source_that_finds_nothing_for_long_ends(tmp_path: Path) -> None:
    """A filter may let few of many rows through: the statement is ended, and what came so far is shown."""
    cancelled = threading.Event()

    class Slow(Rows):
        def read(self, range_: Any) -> Iterator[pa.RecordBatch]:
            yield self.batch.select(range_["names"])
            cancelled.wait()
            raise ConnectionError("interrupted")

        def cancel(self) -> None:
            cancelled.set()

    found, rows = collected(
        Slow(batch(NOW)), tmp_path, MAPPING.format(time='"at"'), most_rows=9, seconds=0.05
    )
    assert (len(rows), found.is_whole["logs"]) == (2, False)


def test_a_collection_is_found_again_if_it_is_complete_and_of_the_same_rows(tmp_path: Path) -> None:
    reader, text = Rows(batch(NOW)), MAPPING.format(time='"at"')
    seen: list[int] = []
    found, _ = collected(reader, tmp_path, text, on_rows=seen.append)
    assert seen == [2]
    kind = kind_to_collect(parse_mapping(text), reader.schema(Query("t")))
    again = find_collection(tmp_path, [kind])
    assert again is not None
    assert again.facts == found.facts
    other = parse_mapping(text.replace('"text"', '{ column = "text", map = { x = "y" } }'))
    assert find_collection(tmp_path, [kind_to_collect(other, reader.schema(Query("t")))]) is None
    with (tmp_path / ROWS_FILE).open("ab") as file:
        file.write(b"x")
    assert find_collection(tmp_path, [kind]) is None


@pytest.mark.parametrize(
    ("time", "type_", "low", "high"),
    [
        (
            '"at"',
            pa.timestamp("us", "UTC"),
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 2, tzinfo=UTC),
        ),
        ('{ column = "at", unit = "s" }', pa.int64(), us(2026, 1, 1) // 10**6, us(2026, 1, 2) // 10**6),
        ('{ column = "at", zone = "+02:00" }', pa.timestamp("us"), "2026-01-01T02", "2026-01-02T02"),
        (BERLIN, pa.timestamp("us"), "2025-12-31", "2026-01-03"),
        ('"at"', pa.string(), None, None),
    ],
)
def test_dates_are_asked_of_the_source_with_room_to_spare(time: str, type_: Any, low: Any, high: Any) -> None:
    mapping = parse_mapping(MAPPING.format(time=time))
    names = {"id": pa.int64(), "text": pa.string(), "at": type_}
    columns = tuple(ReaderColumn(name, each) for name, each in names.items())
    dates = Selection(
        get_kind("logs"), datetime(2026, 1, 1, tzinfo=UTC), before=datetime(2026, 1, 2, tzinfo=UTC)
    )
    times = kind_to_collect(mapping, ReaderTable("t", columns, Guarantee.SNAPSHOT), dates).query.times
    if low is None:
        assert times is None
        return
    assert times is not None
    if isinstance(low, str):
        low, high = datetime.fromisoformat(low), datetime.fromisoformat(high)
    assert times.low is not None
    assert times.high is not None
    assert times.low <= low  # type: ignore[operator]
    assert times.high >= high  # type: ignore[operator]
