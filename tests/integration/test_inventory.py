"""The inventory: counted in full, estimated, and remembered, always against plain queries."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from lumber.catalog.operators import operators_for
from lumber.catalog.registry import all_kinds, get_kind
from lumber.errors import ConfigError
from lumber.exports.inventory import Inventory, KindDetails
from lumber.store.database import Database, open_database
from lumber.store.models import AnomalyDetection, IPAddress, LogEntry
from lumber.store.table_stats import TableStats
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import START

SEVERITIES = ["Error", "err", "INFO", "warning", None, "strange"]
LEVELS = {"error": "ERROR", "err": "ERROR", "info": "INFO", "warning": "WARNING"}

T = TypeVar("T")


def with_database(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = open_database(DatabaseUrl.parse(url))
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def log_rows(count: int, *, processes: int = 50, first_id: int = 1) -> list[dict[str, Any]]:
    """Rows whose process n is about n times as rare as the first."""
    chance = random.Random(7)
    weights = [1 / (n + 1) for n in range(processes)]
    names = chance.choices([f"Proc-{n:04}" for n in range(processes)], weights, k=count)
    return [
        {
            "id": first_id + n,
            "timestamp": START + timedelta(seconds=n),
            "severity_text": chance.choice(SEVERITIES),
            "process_name": None if n % 40 == 0 else name,
            "message": f"line {n}",
            "device_id": f"device-{n % 3}",
            "host_name": "one",
        }
        for n, name in enumerate(names)
    ]


async def add_logs(database: Database, rows: list[dict[str, Any]]) -> None:
    async with database.session() as session:
        await session.execute(sa.insert(LogEntry), rows)


def known(details: KindDetails, column: str) -> dict[str | None, int]:
    [found] = [item for item in details.filters if item.name == column]
    assert found.known is not None
    return {value.value: value.rows for value in found.known.values}


def test_everything_is_counted_in_a_small_table(database_url: str) -> None:
    rows = log_rows(3_000)

    async def look(database: Database) -> KindDetails:
        await add_logs(database, rows)
        return await Inventory().dataset(database, "logs")

    details = with_database(database_url, look)
    assert (details.rows, details.is_estimate) == (3_000, False)
    assert details.first == "2026-01-01T00:00:00.000000Z"
    assert details.last == "2026-01-01T00:49:59.000000Z"
    assert known(details, "process_name") == Counter(row["process_name"] for row in rows)
    assert known(details, "device_id") == Counter(row["device_id"] for row in rows)
    levels = Counter(LEVELS.get((row["severity_text"] or "").lower()) for row in rows)
    assert known(details, "log_level") == levels
    for item in details.filters:
        if item.known is not None:
            counts = [value.rows for value in item.known.values]
            assert counts == sorted(counts, reverse=True)
            assert (item.known.is_estimate, item.known.is_complete) == (False, True)


def test_a_filter_by_a_known_value_finds_the_rows_that_it_names(database_url: str) -> None:
    from lumber.exports import ExportConfig
    from lumber.exports.preview import preview_export

    async def look(database: Database) -> None:
        await add_logs(database, log_rows(500, processes=4))
        details = await Inventory().dataset(database, "logs")
        for column in ("process_name", "log_level", "device_id"):
            for value, rows in known(details, column).items():
                config = ExportConfig(data_types=["logs"], filters={column: value})
                assert (await preview_export(config, database, samples=0))["logs"].rows == rows

    with_database(database_url, look)


def test_columns_and_filters_are_those_of_the_catalog(database_url: str) -> None:
    async def look(database: Database) -> list[KindDetails]:
        inventory = Inventory()
        return [await inventory.dataset(database, name) for name in all_kinds()]

    for details in with_database(database_url, look):
        kind = get_kind(details.kind)
        assert [column.name for column in details.columns] == kind.schema.names
        assert [column.is_nullable for column in details.columns] == [f.nullable for f in kind.schema]
        assert all(column.description for column in details.columns)
        assert {item.name: item.operators for item in details.filters} == {
            name: list(operators_for(column)) for name, column in kind.filterable.items()
        }
        assert details.time_column == kind.time_column
        assert (details.rows, details.first, details.last) == (0, None, None)
    [level] = [item for item in with_database(database_url, look)[0].filters if item.name == "log_level"]
    assert level.allowed == ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


def test_values_of_kinds_that_change_are_offered_too(database_url: str) -> None:
    async def look(database: Database) -> list[Any]:
        async with database.session() as session:
            session.add_all(
                [
                    AnomalyDetection(timestamp=START, anomaly_type="burst", verdict=None),
                    AnomalyDetection(timestamp=START, anomaly_type="burst", verdict="unknown"),
                    AnomalyDetection(timestamp=START, anomaly_type="gap", verdict="unknown"),
                    IPAddress(address="10.0.0.1", first_seen=START, device_id="d"),
                ]
            )
        inventory = Inventory()
        return [await inventory.dataset(database, "anomalies"), await inventory.dataset(database, "ips")]

    anomalies, ips = with_database(database_url, look)
    assert known(anomalies, "anomaly_type") == {"burst": 2, "gap": 1}
    assert known(anomalies, "verdict") == {"unknown": 2, None: 1}
    assert known(ips, "device_id") == {"d": 1}


def test_five_thousand_names_can_be_searched_and_limited(database_url: str) -> None:
    rows = [row | {"process_name": f"Proc-{n % 5_000:04}"} for n, row in enumerate(log_rows(6_000))]

    async def look(database: Database) -> list[KindDetails]:
        await add_logs(database, rows)
        inventory = Inventory()
        return [
            await inventory.dataset(database, "logs", limit=20),
            await inventory.dataset(database, "logs", search="pROC-42", limit=1_000),
            await inventory.dataset(database, "logs", search="%"),
            await inventory.dataset(database, "logs", search="4321"),
            await inventory.dataset(database, "logs", search="32", limit=30),
        ]

    limited, searched, nothing, one, some = with_database(database_url, look)
    assert list(known(one, "process_name")) == ["Proc-4321"]
    # By any part of the name, and no more than was asked for.
    assert len(known(some, "process_name")) == 30
    assert all("32" in str(name) for name in known(some, "process_name"))
    assert list(known(limited, "process_name").values()) == [2] * 20
    assert [f.known.total for f in limited.filters if f.name == "process_name" and f.known] == [5_000]
    assert set(known(searched, "process_name")) == {f"Proc-42{n:02}" for n in range(100)}
    assert known(nothing, "process_name") == {}


def test_a_large_table_is_sampled_and_misses_no_indexed_value(database_url: str) -> None:
    rows = log_rows(20_000, processes=200)

    async def look(database: Database) -> KindDetails:
        await add_logs(database, rows)
        if not database.is_sqlite:
            async with database.session() as session:
                await session.execute(sa.text("ANALYZE log_entries"))
        return await Inventory(exact_rows=1_000).dataset(database, "logs")

    details = with_database(database_url, look)
    is_postgresql = database_url.startswith("postgresql")
    assert details.is_estimate is is_postgresql
    assert details.rows == pytest.approx(20_000, rel=0.05 if is_postgresql else 0)
    truth = Counter(row["process_name"] for row in rows)
    estimates = known(details, "process_name")
    assert set(estimates) == set(truth)
    for name, count in truth.most_common(10):
        assert estimates[name] == pytest.approx(count, rel=0.25)
    levels = Counter(LEVELS.get((row["severity_text"] or "").lower()) for row in rows)
    assert set(known(details, "log_level")) == set(levels)
    by_name = {item.name: item.known for item in details.filters if item.known}
    assert all(item.is_estimate for item in by_name.values())
    # The one without an index cannot know what its sample did not meet.
    assert by_name["process_name"].is_complete
    assert not by_name["host_name"].is_complete


def test_holes_in_the_ids_do_not_distort_a_sample(database_url: str) -> None:
    rows = log_rows(500) + log_rows(500, first_id=9_000_000_000)

    async def look(database: Database) -> KindDetails:
        await add_logs(database, rows)
        return await Inventory(exact_rows=1_000).dataset(database, "logs")

    details = with_database(database_url, look)
    assert details.rows == 1_000
    assert known(details, "device_id") == pytest.approx(
        {"device-0": 334, "device-1": 334, "device-2": 332}, rel=0.02
    )


def test_what_was_counted_is_remembered_for_some_seconds(database_url: str) -> None:
    async def look(database: Database) -> list[int]:
        now = 0.0
        small, large = (Inventory(exact_rows=rows, clock=lambda: now) for rows in (1_000, 10))
        await add_logs(database, log_rows(50))
        seen = []

        async def see() -> None:
            seen.extend([(await item.datasets(database))[0].rows for item in (small, large)])

        await see()
        await add_logs(database, log_rows(5, first_id=51))
        await see()
        async with database.session() as session:
            await session.execute(sa.delete(LogEntry).where(LogEntry.id.between(10, 19)))
        await see()
        now = 11.0
        await see()
        return seen

    assert with_database(database_url, look) == [50, 50, 55, 50, 55, 50, 45, 45]


def test_whoever_asks_meanwhile_waits_for_the_same_count(database_url: str) -> None:
    async def look(database: Database) -> int:
        await add_logs(database, log_rows(2_000))
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        sa.event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        inventory = Inventory()
        await asyncio.gather(*[inventory.dataset(database, "logs") for _ in range(10)])
        return sum("GROUP BY" in statement for statement in statements)

    categories = [column for column in get_kind("logs").columns if column.is_category]
    assert with_database(database_url, look) == len(categories)


@pytest.mark.parametrize("exact_rows", [1, 1_000])
def test_broken_text_is_shown_and_harms_nothing(sqlite_url: str, exact_rows: int) -> None:
    async def look(database: Database) -> KindDetails:
        async with database.session() as session:
            for name in ("CAST(x'ff6162' AS TEXT)", "'cron'", "NULL"):
                text = (
                    f"INSERT INTO log_entries (timestamp, process_name, device_id) VALUES (0, {name}, {name})"
                )
                await session.execute(sa.text(text))
        return await Inventory(exact_rows=exact_rows).dataset(database, "logs")

    details = with_database(sqlite_url, look)
    for column in ("process_name", "device_id"):
        assert known(details, column) == {"\ufffdab": 1, "cron": 1, None: 1}


def test_an_unknown_kind_is_refused_with_the_known_ones(database_url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_database(database_url, lambda database: Inventory().dataset(database, "metrics"))
    assert caught.value.problems[0].allowed[:3] == ("logs", "anomalies", "ips")


def test_nothing_of_a_large_table_is_read_from_end_to_end(database_url: str) -> None:
    """Every statement but SQLite's row count goes through an index, to some rows only."""

    async def look(database: Database) -> list[str]:
        await add_logs(database, log_rows(5_000))
        seen: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            seen.append((statement, parameters))

        plans = []
        async with database.connect() as connection:
            if not database.is_sqlite:
                await connection.exec_driver_sql("ANALYZE log_entries")
                # A table of 5,000 rows is small enough to scan: plan as for one that is not.
                await connection.exec_driver_sql("SET enable_seqscan = off")
            kind = get_kind("logs")
            stats = TableStats(connection, kind, database.url.dialect, exact_rows=10)
            sa.event.listen(database.engine.sync_engine, "before_cursor_execute", note)
            span = await stats.id_span()
            await stats.time_span()
            await stats.values([column for column in kind.columns if column.is_category], span, 5_000)
            sa.event.remove(database.engine.sync_engine, "before_cursor_execute", note)
            for statement, parameters in seen:
                explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
                answer = await connection.exec_driver_sql(explain + statement, parameters)
                plans.append("\n".join([statement, *(str(row[-1]) for row in answer)]))
        assert len(plans) >= 5
        return plans

    for plan in with_database(database_url, look):
        scans = [
            line
            for line in (line.strip() for line in plan.splitlines())
            if line.startswith(("Seq Scan on", "SCAN log_entries")) and "USING" not in line
        ]
        # In the order of its ids SQLite's table is an index itself, and the LIMIT ends the scan.
        assert scans == [] or "ORDER BY log_entries.id ASC" in plan, plan
        assert "TEMP B-TREE FOR ORDER BY" not in plan
