"""Partitions of real tables, read in bulk: every row once, in order, wherever its time lies."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from lumber.catalog.kind import Storage
from lumber.catalog.registry import all_kinds, get_kind
from lumber.catalog.selection import Selection
from lumber.engine.plan import KindPlan
from lumber.engine.source import Source, SourceSpec
from lumber.errors import ExportError
from lumber.exports.planner import plan_selection
from lumber.exports.snapshot import take_snapshot
from lumber.steps.cast import TIME_MAX_US, TIME_MIN_US, cast_batch
from lumber.store.bulk import BulkConnection
from lumber.store.database import open_database
from lumber.store.keyset import Cutoff, moment
from lumber.store.reading import read_statement
from lumber.store.url import DatabaseUrl

INFINITY, MINUS_INFINITY = 2**63 - 1, -(2**63) + 1
HOUR = 3_600_000_000
TIMES: dict[str, list[int]] = {
    "one moment": [7 * HOUR] * 30,
    "two moments": [0] * 15 + [HOUR] * 15,
    "before 1970": [-index * HOUR for index in range(30)],
    "to the microsecond": list(range(-15, 15)),
    "years 1 to 9999": [TIME_MIN_US, TIME_MIN_US, *range(26), TIME_MAX_US, TIME_MAX_US],
    "infinities": [MINUS_INFINITY, TIME_MIN_US, *[HOUR] * 25, TIME_MAX_US, INFINITY, INFINITY],
    "one far in the future": [*range(29), TIME_MAX_US],
    "one row": [HOUR],
    "no row": [],
}


def fill(url: str, times: Sequence[int]) -> None:
    """Add a log row per time, with falling ids."""
    address = DatabaseUrl.parse(url)
    rows = [f"({len(times) - n}, {moment(time, address.dialect)}, 'x')" for n, time in enumerate(times)]
    with BulkConnection(address) as connection:
        if rows:
            connection.execute(f"INSERT INTO log_entries (id, timestamp, message) VALUES {', '.join(rows)}")
        connection.commit()


Read = tuple[KindPlan, list[list[pa.RecordBatch]]]


async def partitions(url: str, partition_rows: int, batch_size: int) -> Read:
    """Plan the logs and read every partition of the plan at the same moment."""
    (read,) = await partitions_of_each(url, [(partition_rows, None)], batch_size)
    return read


async def partitions_of_each(
    url: str, sizes: Sequence[tuple[int, int | None]], batch_size: int
) -> list[Read]:
    """Plan the logs by each `partition_rows` and `whole_us`, and read every partition at the same moment."""
    database = open_database(DatabaseUrl.parse(url))
    selection = Selection(get_kind("logs"))
    try:
        async with take_snapshot(database, None, (selection.kind,)) as frozen:
            plans = [
                await plan_selection(selection, frozen, partition_rows=rows, whole_us=whole_us)
                for rows, whole_us in sizes
            ]
            cutoff, spec = frozen.cutoffs["logs"], frozen.source
            statements = [
                [
                    read_statement(selection, spec.dialect, cutoff, lower=part.lower, upper=part.upper)
                    for part in plan.partitions
                ]
                for plan in plans
            ]
            if not database.is_sqlite:
                return list(zip(plans, read_each(spec, statements, batch_size), strict=True))
    finally:
        await database.close()
    # Only now: two copies of SQLite must not have one file open in one process.
    return list(zip(plans, read_each(spec, statements, batch_size), strict=True))


def read_each(
    spec: SourceSpec, statements: Sequence[Sequence[str]], batch_size: int
) -> list[list[list[pa.RecordBatch]]]:
    """Read the statements of each plan, over one connection as a worker does."""
    found = iter(read_all(spec, [one for each in statements for one in each], batch_size))
    return [[next(found) for _ in each] for each in statements]


def read_all(spec: SourceSpec, statements: Sequence[str], batch_size: int) -> list[list[pa.RecordBatch]]:
    source = Source(spec)
    try:
        return [list(source.batches(statement, batch_size)) for statement in statements]
    finally:
        source.close()


@pytest.mark.parametrize("times", TIMES.values(), ids=list(TIMES))
def test_partitions_give_every_row_once_and_in_order(database_url: str, times: list[int]) -> None:
    fill(database_url, times)
    by_time = sorted(zip(times, range(len(times), 0, -1), strict=True))
    sizes = (1, 13, 1_000)
    found = asyncio.run(partitions_of_each(database_url, [(rows, None) for rows in sizes], batch_size=10))
    for partition_rows, (plan, read) in zip(sizes, found, strict=True):
        counts = [sum(batch.num_rows for batch in part) for part in read]
        assert counts == [part.rows for part in plan.partitions]
        assert len(read) >= len(times) // partition_rows
        assert all(batch.num_rows <= 10 for part in read for batch in part)
        ids = [id_ for part in read for batch in part for id_ in batch.column("id").to_pylist()]
        assert ids == [id_ for _, id_ in by_time]
        assert (plan.rows, sum(bucket.rows for bucket in plan.buckets)) == (len(times), len(times))


@pytest.mark.parametrize("times", TIMES.values(), ids=list(TIMES))
def test_rows_that_must_meet_are_in_one_partition(database_url: str, times: list[int]) -> None:
    fill(database_url, times)
    by_time = sorted(zip(times, range(len(times), 0, -1), strict=True))
    time_of = {id_: time for time, id_ in by_time}
    sizes = ((1, 1), (13, 1), (1, 60_000_000))
    found = asyncio.run(partitions_of_each(database_url, sizes, 1_000))
    for (partition_rows, whole_us), (plan, read) in zip(sizes, found, strict=True):
        ids = [[id_ for batch in part for id_ in batch.column("id").to_pylist()] for part in read]
        assert [len(part) for part in ids] == [part.rows for part in plan.partitions]
        assert [id_ for part in ids for id_ in part] == [id_ for _, id_ in by_time]
        steps = [{time_of[id_] // whole_us for id_ in part} for part in ids]
        assert sum(map(len, steps)) == len(set().union(*steps))
        if partition_rows == 1:
            assert all(len(part) == 1 for part in steps) or whole_us > 1


def test_times_beyond_the_calendar_are_rejected_and_the_others_are_exact(database_url: str) -> None:
    fill(database_url, TIMES["infinities"])
    _, read = asyncio.run(partitions(database_url, 1000, batch_size=1000))
    cast = cast_batch(read[0][0], get_kind("logs"))
    (violation,) = cast.violations
    assert (violation.rule, violation.rows.sum()) == ("valid_time", 3)
    kept = cast.frame["timestamp"].dt.epoch("us").drop_nulls().to_list()
    assert kept == [TIME_MIN_US, *[HOUR] * 25, TIME_MAX_US]


def test_batches_hold_at_most_the_rows_asked_for(database_url: str) -> None:
    fill(database_url, range(50))
    for batch_size in (1, 3, 50, 1_000):
        _, (batches,) = asyncio.run(partitions(database_url, 1_000, batch_size))
        assert all(0 < batch.num_rows <= batch_size for batch in batches)
        assert sum(batch.num_rows for batch in batches) == 50


@pytest.mark.parametrize("kind", list(all_kinds()))
def test_an_empty_table_has_the_columns_of_its_kind(database_url: str, kind: str) -> None:
    """Types come from the statement and not from the rows: a column of nulls is no exception."""
    address, found = DatabaseUrl.parse(database_url), get_kind(kind)
    null_row = {"logs": "timestamp", "anomalies": "timestamp", "ips": "first_seen"}[kind]
    with BulkConnection(address) as connection:
        connection.execute(f"INSERT INTO {found.table} ({null_row}) VALUES ({moment(0, address.dialect)})")
        connection.commit()
    statement = read_statement(Selection(found), address.dialect, Cutoff())
    spec = SourceSpec(address.dialect, address.adbc_uri(read_only=True))
    ((batch,),) = read_all(spec, [statement], 10)
    assert batch.schema.names == [c.name for c in found.columns] + [r.name for r in found.references]
    for column in found.columns:
        type_ = batch.schema.field(column.name).type
        assert {
            Storage.INTEGER: pa.types.is_int64,
            Storage.REAL: pa.types.is_float64,
            Storage.TEXT: pa.types.is_string,
            Storage.JSON: pa.types.is_string,
            Storage.TIME: lambda type_: pa.types.is_int64(type_) or pa.types.is_timestamp(type_),
        }[column.storage](type_), column.name


def test_hostile_text_arrives_byte_for_byte(database_url: str) -> None:
    texts = ["", "'", '"', "\\", "\n\r\t", "größe", "日本", "😀", "%s $1 :x {}", "x" * 100_000]
    rows = pa.table({"timestamp": pa.array(range(len(texts)), pa.timestamp("us", "UTC")), "message": texts})
    with BulkConnection(DatabaseUrl.parse(database_url)) as connection:
        connection.append("log_entries", rows)
        connection.commit()
    _, (batches,) = asyncio.run(partitions(database_url, 1000, batch_size=1000))
    assert [text for batch in batches for text in batch.column("message").to_pylist()] == texts


def test_a_pinned_reader_sees_one_moment(sqlite_url: str) -> None:
    """Rows committed by others after `pin` stay unseen."""
    fill(sqlite_url, range(5))
    address = DatabaseUrl.parse(sqlite_url)
    source = Source(SourceSpec("sqlite", address.adbc_uri(read_only=True)))
    try:
        source.pin()
        insert = "INSERT INTO log_entries (timestamp, message) VALUES (0, 'late')"
        child = (
            f"import sqlite3; c = sqlite3.connect({str(address.path)!r}); c.execute({insert!r}); c.commit()"
        )
        subprocess.run([sys.executable, "-c", child], check=True)
        assert len(list(source.batches("SELECT 0 UNION ALL SELECT id FROM log_entries", 1))) == 5
    finally:
        source.close()


def test_a_reader_cannot_write(database_url: str) -> None:
    fill(database_url, range(5))
    address = DatabaseUrl.parse(database_url)
    source = Source(SourceSpec(address.dialect, address.adbc_uri(read_only=True)))
    try:
        with pytest.raises(ExportError, match=r"read-?only"):
            list(source.batches("DELETE FROM log_entries", 10))
    finally:
        source.close()


def test_a_failing_statement_is_an_export_error(database_url: str) -> None:
    address = DatabaseUrl.parse(database_url)
    source = Source(SourceSpec(address.dialect, address.adbc_uri(read_only=True)))
    try:
        with pytest.raises(ExportError, match=r"The database failed while it was read: .*nothing"):
            list(source.batches("SELECT * FROM nothing", 10))
    finally:
        source.close()


def test_a_missing_file_is_an_export_error_and_is_not_made(tmp_path: Path) -> None:
    address = DatabaseUrl.parse(f"sqlite:///{tmp_path / 'missing.db'}")
    with pytest.raises(ExportError, match="A worker cannot open the database"):
        Source(SourceSpec("sqlite", address.adbc_uri(read_only=True)))
    assert list(tmp_path.iterdir()) == []


def test_a_spec_never_shows_its_password() -> None:
    assert "s3cret" not in repr(SourceSpec("postgresql", "postgresql://u:s3cret@h/db", "1-2"))
