"""How the databases run an export's queries: over an index, once, and not over the whole table."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from lumber.catalog.registry import get_kind
from lumber.catalog.selection import select
from lumber.engine.plan import Plan
from lumber.exports import ExportConfig
from lumber.exports.planner import plan_export
from lumber.exports.snapshot import Snapshot, take_snapshot
from lumber.store.database import Database, open_database
from lumber.store.keyset import Keyset
from lumber.store.labelling import labels_statement
from lumber.store.reading import read_statement
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute, sqlite_time
from tests.integration.ledgers import statements

ROWS = 20_000
PARTITION_ROWS = 4_000
TIME_INDEX = "ix_log_entries_timestamp_id"
# Each filter keeps one row in a hundred, and one index answers it.
FILTERS = {
    "process_name": ("proc-7", "ix_log_entries_process_name"),
    "device_id": ("device-7", "ix_log_entries_device_id"),
    "log_level": ("ERROR", "ix_log_entries_level"),
}
# A time of long ago, by whether it is SQLite.
EARLIER = {True: "timestamp - 86400000000", False: "timestamp - interval '1 day'"}


def fill(url: str) -> None:
    """Make log rows a second apart; a hundred programs, a hundred devices, one error in a hundred rows."""
    time = f"{sqlite_time(0)} + n * 1000000"
    if not url.startswith("sqlite"):
        time = "timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second'"
    execute(
        url,
        "INSERT INTO log_entries (id, timestamp, severity_text, process_name, device_id, message) "
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL "
        f"SELECT n + 1 FROM numbers WHERE n < {ROWS}) SELECT n, {time}, "
        "CASE n % 100 WHEN 7 THEN 'err' ELSE 'info' END, 'proc-' || (n % 100), 'device-' || (n % 100), "
        f"'a line {'x' * 100}' FROM numbers",
    )
    if not url.startswith("sqlite"):
        execute(url, "ANALYZE")  # as the server does by itself; SQLite never does


class Planned:
    """An export's plan, the statements that made it, and how the database runs them."""

    def __init__(self, database: Database, snapshot: Snapshot, config: ExportConfig) -> None:
        self._database, self._frozen, self._config = database, snapshot, config
        self.plan: Plan
        self.statements: list[str]

    async def make(self) -> None:
        with statements(self._database) as seen:
            self.plan = await plan_export(self._config, self._frozen, partition_rows=PARTITION_ROWS)
        self.statements = [statement for statement, _ in seen]

    def reads(self) -> list[str]:
        """Return the statements that read the partitions."""
        (selection,) = self._config.selections()
        return [
            read_statement(
                selection,
                self._frozen.source.dialect,
                self._frozen.cutoffs["logs"],
                lower=part.lower,
                upper=part.upper,
            )
            for part in self.plan.kind("logs").partitions
        ]

    def label_reads(self) -> list[str]:
        """Return the statements that read the anomalies of each partition."""
        window = (60_000_000, 60_000_000)
        return [
            labels_statement(
                get_kind("logs"),
                self._frozen.source.dialect,
                lower=part.lower,
                upper=part.upper,
                window_us=window,
            )
            for part in self.plan.kind("logs").partitions
        ]

    async def explain(self, statement: str) -> str:
        explain = "EXPLAIN QUERY PLAN " if self._database.is_sqlite else "EXPLAIN "
        answer = await self._frozen.connection.exec_driver_sql(explain + statement)
        return "\n".join(str(row[-1]) for row in answer)


def planned(url: str, **config: Any) -> tuple[Planned, list[str], list[str]]:
    """Plan an export of the logs; return it, how its planning runs, and how its partitions are read."""

    async def run() -> tuple[Planned, list[str], list[str]]:
        database = open_database(DatabaseUrl.parse(url))
        chosen = ExportConfig(data_types=["logs"], **config)
        try:
            async with take_snapshot(database, None, chosen.kinds) as snapshot:
                made = Planned(database, snapshot, chosen)
                await made.make()
                planning = [await made.explain(statement) for statement in made.statements]
                return made, planning, [await made.explain(statement) for statement in made.reads()]
        finally:
            await database.close()

    return asyncio.run(run())


def indexes(plans: list[str]) -> set[str]:
    return set(re.findall(r"\b(?:ix|pk|uq)_\w+", "\n".join(plans)))


def test_planning_goes_once_over_the_time_index(database_url: str) -> None:
    fill(database_url)
    made, planning, _ = planned(database_url)
    assert made.plan.rows == ROWS
    assert indexes(planning) == {TIME_INDEX}
    counting = max(planning, key=len)
    bound = "(timestamp>? AND timestamp<?)" if database_url.startswith("sqlite") else "Index Cond: "
    # Each of the ranges is bounded on both sides: together they are the index once.
    found = [line for line in counting.splitlines() if bound in line]
    assert len(found) >= 190
    assert all(">=" in line and "<" in line.split(">=")[1] for line in found if "Cond" in line)
    assert "Seq Scan on log_entries" not in counting
    assert not re.search(r"SCAN log_entries|\(timestamp>\?\)", counting)


def test_a_partition_is_read_from_its_own_part_of_the_index(database_url: str) -> None:
    fill(database_url)
    made, _, reads = planned(database_url)
    assert len(reads) == ROWS // PARTITION_ROWS
    assert indexes(reads) == {TIME_INDEX}
    inner = reads[1:-1]
    if database_url.startswith("sqlite"):
        assert all(
            f"SEARCH log_entries USING INDEX {TIME_INDEX} (timestamp>? AND timestamp<?)" in plan
            for plan in inner
        )
        assert not any("SCAN log_entries" in plan or "TEMP B-TREE" in plan for plan in inner)
    else:
        conditions = [re.findall("Index Cond: (.*)", plan) for plan in inner]
        assert all(len(found) == 1 and ">=" in found[0] and " < " in found[0] for found in conditions)
    assert sum(part.rows for part in made.plan.kind("logs").partitions) == ROWS


@pytest.mark.parametrize("column", FILTERS)
def test_a_filter_on_an_indexed_column_does_not_scan_the_table(database_url: str, column: str) -> None:
    fill(database_url)
    value, index = FILTERS[column]
    made, planning, reads = planned(database_url, filters={column: value})
    assert made.plan.rows == ROWS // 100
    assert indexes(reads) == {index}
    assert not any(
        re.search("Seq Scan on log_entries|SCAN log_entries", plan) for plan in [*planning, *reads]
    )
    # The ranges are counted together: the index is gone through once, and not for each of them.
    (counting,) = [
        plan for plan, text in zip(planning, made.statements, strict=True) if "count(" in text.lower()
    ]
    assert counting.count(index) == 1
    assert TIME_INDEX not in counting


@pytest.mark.parametrize(
    ("column", "value"), [("log_level", "INFO"), ("device_id", "everywhere"), ("process_name", "everywhere")]
)
def test_sqlite_reads_each_filtered_row_in_one_partition_only(
    sqlite_url: str, column: str, value: str
) -> None:
    fill(sqlite_url)
    if column != "log_level":
        execute(sqlite_url, f"UPDATE log_entries SET {column} = 'everywhere' WHERE id % 2 = 0")
    _, planning, reads = planned(sqlite_url, filters={column: value})
    assert len(reads) >= 3
    part = f"SEARCH log_entries USING INDEX {FILTERS[column][1]} "
    # Otherwise each partition reads what the filter finds in the whole table.
    assert all(part in plan and "=? AND timestamp>? AND timestamp<?)" in plan for plan in reads[1:-1])
    # Rows are counted in the index alone. Older SQLites look at the table for an index on an expression.
    covering = f"USING COVERING INDEX {FILTERS[column][1]}"
    assert column == "log_level" or any(covering in plan for plan in planning)


def test_a_date_range_reads_its_own_part_of_the_time_index(database_url: str) -> None:
    fill(database_url)
    made, planning, reads = planned(
        database_url, start_date="2026-01-01T01:00:00", end_date="2026-01-01T01:03:19"
    )
    assert made.plan.rows == ROWS // 100
    assert indexes([*planning, *reads]) == {TIME_INDEX}
    assert not any(
        re.search("Seq Scan on log_entries|SCAN log_entries", plan) for plan in [*planning, *reads]
    )


def fill_anomalies(url: str) -> None:
    """Make an anomaly for one line in ten, half of them with its device alone; the rest of them long ago."""
    for line, time in (
        ("id", "timestamp"),
        ("NULL", "timestamp"),
        ("NULL", EARLIER[url.startswith("sqlite")]),
    ):
        execute(
            url,
            "INSERT INTO anomaly_detections (timestamp, anomaly_type, log_entry_id, device_id) "
            f"SELECT {time}, 'burst', {line}, device_id FROM log_entries WHERE id % 20 = 3 OR {line} IS NULL",
        )
    if not url.startswith("sqlite"):
        execute(url, "ANALYZE")


def test_anomalies_that_label_a_partition_are_found_over_indexes(database_url: str) -> None:
    fill(database_url)
    fill_anomalies(database_url)

    async def run() -> list[str]:
        database = open_database(DatabaseUrl.parse(database_url))
        chosen = ExportConfig(data_types=["logs"], labels=True)
        try:
            async with take_snapshot(database, None, chosen.kinds) as snapshot:
                made = Planned(database, snapshot, chosen)
                await made.make()
                return [await made.explain(statement) for statement in made.label_reads()]
        finally:
            await database.close()

    plans = asyncio.run(run())
    assert len(plans) == ROWS // PARTITION_ROWS
    for plan in plans[1:-1]:
        assert indexes([plan]) == {
            TIME_INDEX,
            "ix_anomaly_detections_log_entry_id",
            "ix_anomaly_detections_timestamp_id",
        }
        assert not re.search(r"Seq Scan on log_entries|SCAN (?!CONSTANT)", plan)
        if database_url.startswith("sqlite"):
            assert (
                f"SEARCH log_entries USING COVERING INDEX {TIME_INDEX} (timestamp>? AND timestamp<?)" in plan
            )
            assert "SEARCH found USING INDEX ix_anomaly_detections_log_entry_id (log_entry_id=?)" in plan
            assert "ix_anomaly_detections_timestamp_id (timestamp>? AND timestamp<?)" in plan
        else:
            lines = re.search(rf"{TIME_INDEX} on log_entries.*\n +Index Cond: (.*)", plan)
            assert lines is not None
            assert ">=" in lines[1]
            assert " < " in lines[1]


@contextmanager
def odd_times(url: str) -> Iterator[list[int]]:
    """Fill the table with times of all distances; yield them in microseconds since 1970."""
    times = sorted({*range(-5, 6), *(10**power for power in range(1, 18)), *(10**6 * n for n in range(300))})
    rows = [(number, time, f"proc-{number % 2}") for number, time in enumerate(times, start=1)]
    insert = "INSERT INTO log_entries (id, timestamp, process_name, message) VALUES "
    if url.startswith("sqlite"):
        execute(url, insert + "(?, ?, ?, 'x')", rows)
    else:
        time = "timestamptz '1970-01-01 00:00:00+00' + $2::bigint * interval '1 microsecond'"
        execute(url, insert + f"($1, {time}, $3, 'x')", rows)
    yield [time for _, time, name in rows if name == "proc-1"]


@pytest.mark.parametrize(
    "edges",
    [
        [-5, 0, 5],
        [1, 2, 3, 4],
        [*range(0, 300_000_000, 1_500_000), 299_999_999],
        [0, 7, 10, 10**17],
        [-(10**17), 0, 10**17],
        [-(2**62), 0, 2**62],
        [-(2**63) + 1, 0, 2**63 - 1],
    ],
)
def test_filtered_rows_are_counted_between_the_edges(database_url: str, edges: list[int]) -> None:
    with odd_times(database_url) as times:

        async def count() -> list[int]:
            database = open_database(DatabaseUrl.parse(database_url))
            (selection,) = select([get_kind("logs")], filters={"process_name": "proc-1"})
            try:
                async with take_snapshot(database, None, (selection.kind,)) as snapshot:
                    cutoff = snapshot.cutoffs["logs"]
                    return await Keyset(
                        snapshot.connection, selection, snapshot.source.dialect, cutoff
                    ).counts(edges)
            finally:
                await database.close()

        expected = [sum(low <= time < high for time in times) for low, high in pairwise(edges)]
        expected[-1] += times.count(edges[-1])
        assert asyncio.run(count()) == expected
