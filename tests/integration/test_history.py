"""The history and the totals of the ledger, against plain references, on both databases."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.history import HistoryQuery, Order, find_exports
from lumber.exports.statistics import DURATION_EDGES, export_stats
from lumber.exports.stored_bytes import MOST_POINTS, stored_over_time
from lumber.store.database import Database
from lumber.store.models import ExportFile, ExportSearch, ExportStatus
from tests.integration.ledgers import (
    NOW,
    STATUSES,
    export_id,
    export_row,
    file_rows,
    fill_ledger,
    plans,
    statements,
    with_database,
)

BUDGET_REASON = "Both databases answer every query over thousands of exports."

ROWS = 400
# As the ledger writes configs.
CANONICAL: Any = {"ensure_ascii": False, "sort_keys": True, "separators": (",", ":")}


def expected(rows: list[dict[str, Any]], query: HistoryQuery) -> list[str]:
    """Filter in plain Python what the database should find."""

    def fits(row: dict[str, Any]) -> bool:
        if query.statuses and row["status"] not in query.statuses:
            return False
        if query.kind is not None and query.kind not in json.loads(row["config"])["data_types"]:
            return False
        if query.created_from is not None and row["created_at"] < query.created_from:
            return False
        if query.created_to is not None and row["created_at"] > query.created_to:
            return False
        texts = [row[name] or "" for name in ("id", "output_path", "error_code", "error_message", "config")]
        return not query.text or any(query.text.lower() in text.lower() for text in texts)

    return [row["id"] for row in in_order(rows, query.order) if fits(row)]


def in_order(rows: list[dict[str, Any]], order: Order) -> list[dict[str, Any]]:
    """Sort in plain Python as the database should: equal ones newest first, those without a value last."""
    by_age = sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=order is not Order.OLDEST)
    if order in (Order.NEWEST, Order.OLDEST):
        return by_age
    with_value = [row for row in by_age if value_of(row, order) is not None]
    downwards = (Order.MOST_ROWS, Order.LARGEST, Order.LONGEST, Order.STATUS_REVERSED)
    # A sort keeps equal ones as they are, also in reverse.
    with_value.sort(key=lambda row: value_of(row, order), reverse=order in downwards)
    return [*with_value, *(row for row in by_age if value_of(row, order) is None)]


def value_of(row: dict[str, Any], order: Order) -> Any:
    if order in (Order.STATUS, Order.STATUS_REVERSED):
        return row["status"]
    if row["finished_at"] is None:
        return None
    if order in (Order.MOST_ROWS, Order.FEWEST_ROWS):
        return row["record_count"]
    if order in (Order.LARGEST, Order.SMALLEST):
        return row["file_size"]
    return None if row["started_at"] is None else row["finished_at"] - row["started_at"]


QUERIES = [
    HistoryQuery(),
    HistoryQuery(limit=7, offset=3),
    HistoryQuery(limit=10, offset=ROWS - 4),
    HistoryQuery(limit=10, offset=ROWS + 5),
    HistoryQuery(statuses=["failed"]),
    HistoryQuery(statuses=["failed", "running", "failed"], limit=20, offset=13),
    HistoryQuery(statuses=list(dict.fromkeys(STATUSES)), limit=50, offset=100),
    HistoryQuery(statuses=["no such status"]),
    HistoryQuery(kind="ips"),
    HistoryQuery(kind="logs", statuses=["completed", "pending"], limit=5),
    HistoryQuery(kind="log"),
    HistoryQuery(kind='l"ogs'),
    HistoryQuery(text="disk IS full"),
    HistoryQuery(text="proc-12"),
    HistoryQuery(text=export_id(9)[:13].upper()),
    HistoryQuery(text="100%_"),
    HistoryQuery(text='"proc-1"'),
    HistoryQuery(text="nul \x00 and half a character \ud800"),
    HistoryQuery(created_from=NOW - timedelta(minutes=100), created_to=NOW - timedelta(minutes=60)),
    HistoryQuery(
        created_to=NOW - timedelta(minutes=60), statuses=["cancelled", "failed"], kind="anomalies", text="e"
    ),
    *[HistoryQuery(order=order, limit=ROWS) for order in Order],
    *[HistoryQuery(order=order, limit=11, offset=170) for order in Order],
    *[HistoryQuery(order=order, statuses=["failed", "running"], limit=30, offset=25) for order in Order],
    *[HistoryQuery(order=order, statuses=["completed"], kind="logs", limit=30) for order in Order],
]


def test_every_filter_finds_what_a_plain_search_finds(database_url: str) -> None:
    # Two of one moment: the id decides their order.
    rows = [export_row(number, created_at=export_row(number // 2)["created_at"]) for number in range(ROWS)]
    # Cancelled before it began, and one that holds what it had before somebody asked for a retry.
    rows[4] |= {"started_at": None}
    rows[5] |= {"record_count": 7_000, "file_size": 7_000_000}
    fill_ledger(database_url, rows)

    async def look(database: Database) -> list[Any]:
        return [await find_exports(database, query) for query in QUERIES]

    answers = with_database(database_url, look)
    for query, (found, total) in zip(QUERIES, answers, strict=True):
        wanted = expected(rows, query)
        # A quote inside a config is written with a backslash there, and still found.
        if query.text == '"proc-1"':
            wanted = []
        page = wanted[query.offset : query.offset + query.limit]
        assert [export.export_id for export in found] == page, query
        assert total == len(wanted), query


def test_kind_and_text_are_found_in_configs_as_the_ledger_writes_them(database_url: str) -> None:
    tricky = 'say "data_types":["ips"] and ü \\'

    async def look(database: Database) -> None:
        ledger = ExportStatusManager(database)
        filters = {"message": tricky}
        first = await ledger.create(ExportConfig(data_types=["logs"], filters=filters))
        second = await ledger.create(ExportConfig(data_types=["ips", "anomalies"]))

        async def ids(**query: Any) -> list[str]:
            return [export.export_id for export in (await find_exports(database, HistoryQuery(**query)))[0]]

        assert await ids() == [second.export_id, first.export_id]
        assert await ids(kind="logs") == [first.export_id]
        assert await ids(kind="ips") == [second.export_id]
        assert await ids(kind="anomalies") == [second.export_id]
        assert await ids(text=tricky) == [first.export_id]
        assert await ids(text='"DATA_types":["ips"] AND') == [first.export_id]

    with_database(database_url, look)


def test_a_search_finds_defaults_that_the_searched_text_omits(database_url: str) -> None:
    written = '"batch_size":1000,"sample":null,'
    chosen = [
        ExportConfig(data_types=["logs"]),
        ExportConfig(data_types=["ips"], batch_size=77, split={"mode": "random"}),
        ExportConfig(data_types=["logs"], sample={"rows": 5}, filters={"message": written}),
    ]
    configs = [json.dumps(each.model_dump(mode="json"), **CANONICAL) for each in chosen]
    rows = [export_row(number, config=config) for number, config in enumerate(configs)]
    fill_ledger(database_url, rows)
    # Every text between two quotes of the configs, and some that are in parts of it.
    parts = {part for config in configs for part in re.split(r'(?<!\\)"', config) if part}
    parts |= {"ATCH_siz", "ull,", "0.1", ":1000"}
    queries = [HistoryQuery(text=json.loads(f'"{part}"')) for part in parts]

    async def look(database: Database) -> tuple[list[Any], list[str]]:
        async with database.session() as session:
            stored = list(await session.scalars(sa.select(ExportSearch.config)))
        return [await find_exports(database, query) for query in queries], stored

    answers, stored = with_database(database_url, look)
    assert sum(map(len, stored)) < 0.5 * sum(map(len, configs))
    for part, (found, _total) in zip(parts, answers, strict=True):
        texts = [
            " ".join([row["id"], row["output_path"], row["error_code"] or "", row["config"]]) for row in rows
        ]
        wanted = [row["id"] for row, text in zip(rows, texts, strict=True) if part.lower() in text.lower()]
        assert [export.export_id for export in found] == wanted, part
    assert len(queries) > 60


def test_the_totals_are_those_of_a_plain_sum(database_url: str) -> None:
    rows = [export_row(number) for number in range(ROWS * 6)]
    fill_ledger(database_url, rows)
    began = datetime.now(UTC)
    stats = with_database(database_url, export_stats)

    completed = [row for row in rows if row["status"] == "completed"]
    assert stats.by_status == Counter(row["status"] for row in rows)
    assert stats.queue.waiting == stats.by_status["pending"]
    assert stats.queue.running == stats.by_status["running"]
    oldest = min(row["created_at"] for row in rows if row["status"] == "pending")
    assert stats.queue.oldest_waiting_seconds is not None
    assert stats.queue.oldest_waiting_seconds >= (NOW - oldest).total_seconds()

    files = [file for row in rows for file in file_rows(row) if file["kind"]]
    assert {kind: (item.rows, item.bytes, item.files) for kind, item in stats.kinds.items()} == {
        kind: (
            sum(file["rows"] for file in files if file["kind"] == kind),
            sum(file["size_bytes"] for file in files if file["kind"] == kind),
            sum(file["kind"] == kind for file in files),
        )
        for kind in ("anomalies", "ips", "logs")
    }
    check_totals(stats.totals, completed)
    # What ended a day ago may be on either side of the edge, which moves on while the totals are made.
    day = timedelta(days=1)
    surely = [row for row in completed if row["finished_at"] >= datetime.now(UTC) - day]
    at_most = [row for row in completed if row["finished_at"] >= began - day]
    assert len(surely) <= stats.last_day.totals.exports <= len(at_most)
    assert 0 < len(at_most) < len(completed)


def test_stored_bytes_add_up_over_time_in_few_points(database_url: str) -> None:
    ends = [NOW - timedelta(days=days, hours=1) for days in (900, 400, 400, 3, 0)]
    rows = [
        # Of seven exports, the first four have completed.
        export_row(7 * number, finished_at=end, started_at=end, created_at=end, file_size=10 ** (number + 1))
        for number, end in enumerate(ends)
    ]
    fill_ledger(database_url, [*rows, export_row(4), export_row(5), export_row(6)])
    points = with_database(database_url, stored_over_time).points
    assert [(point.exports, point.bytes) for point in points[:2]] == [(1, 10), (3, 1_110)]
    assert (points[-1].exports, points[-1].bytes) == (5, 111_110)
    for point, end in zip(points, [ends[0], ends[1], ends[4]], strict=False):
        assert point.start <= end < point.end
    assert len(points) <= MOST_POINTS


def check_totals(totals: Any, completed: list[dict[str, Any]]) -> None:
    seconds = [(row["finished_at"] - row["started_at"]).total_seconds() for row in completed]
    assert totals.exports == len(completed)
    assert totals.rows == sum(row["record_count"] for row in completed)
    assert totals.rejected_rows == sum(3 * len(json.loads(row["counts"])) for row in completed)
    assert totals.bytes == sum(row["file_size"] for row in completed)
    assert totals.seconds == pytest.approx(sum(seconds))
    assert totals.exports_by_seconds == {
        **{str(edge): sum(value <= edge for value in seconds) for edge in DURATION_EDGES},
        "+Inf": len(seconds),
    }


def test_the_last_day_holds_what_ended_in_it(database_url: str) -> None:
    old, new = NOW - timedelta(days=3), NOW - timedelta(hours=2)
    times = {"started_at": old, "created_at": old}
    rows = [
        # Begun long ago and ended today, of each status that ends: 0 to 4.
        *[export_row(number, finished_at=new, **times) for number in range(5)],
        *[export_row(number, finished_at=old, **times) for number in range(7, 12)],
        export_row(14, counts=None, planned_rows=None, finished_at=new, **times),
    ]
    fill_ledger(database_url, rows)
    day = with_database(database_url, export_stats).last_day
    assert day.ended_by_status == {"completed": 4, "failed": 1, "cancelled": 1}
    assert day.totals.exports == 4
    assert day.totals.rejected_rows == 12
    assert day.average_seconds == pytest.approx((new - old).total_seconds())
    assert day.rows_by_kind == {
        "anomalies": {"read": 4, "written": 1, "rejected": 3, "deduplicated": 0},
        "ips": {"read": 5, "written": 2, "rejected": 3, "deduplicated": 0},
        "logs": {"read": 3 + 5, "written": 0 + 2, "rejected": 6, "deduplicated": 0},
    }


def test_an_empty_ledger_has_totals_too(database_url: str) -> None:
    stats = with_database(database_url, export_stats)
    assert set(stats.by_status.values()) == {0}
    assert stats.queue.oldest_waiting_seconds is None
    assert (stats.totals.exports, stats.totals.seconds, stats.kinds) == (0, 0, {})
    assert stats.last_day.average_seconds is None


@pytest.mark.parametrize("many", [6_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_page_of_many_exports_comes_from_the_indexes(database_url: str, many: int) -> None:
    fill_ledger(database_url, [export_row(number) for number in range(many)])
    queries = [
        HistoryQuery(limit=50),
        HistoryQuery(limit=50, offset=2_000),
        HistoryQuery(limit=50, order=Order.OLDEST),
        HistoryQuery(limit=50, statuses=["failed", "running"], order=Order.OLDEST),
        HistoryQuery(statuses=["failed"], limit=50),
        HistoryQuery(statuses=["failed", "running"], limit=50),
        HistoryQuery(statuses=["failed"], created_from=NOW - timedelta(days=1), limit=50),
        HistoryQuery(created_from=NOW - timedelta(days=3), created_to=NOW - timedelta(days=2), limit=50),
    ]

    async def look(database: Database) -> list[str]:
        with statements(database) as seen:
            for query in queries:
                found, total = await find_exports(database, query)
                assert len(found) == 50
                assert total > 50
        return await plans(database, seen)

    found = with_database(database_url, look)
    assert len(found) == 2 * len(queries)
    for plan in found:
        # The ids of a page, and the count, come from an index alone; rows are only looked up by their id.
        lines = [line for line in plan.splitlines() if "exports" in line and not line.startswith("FROM")]
        scans = [line for line in lines if any(word in line for word in ("SCAN", "SEARCH", "Scan"))]
        assert scans, plan
        for line in scans:
            by_id = ("pk_exports", "sqlite_autoindex_exports_1 (id=?)")
            assert "COVERING INDEX" in line or "Index Only Scan" in line or any(n in line for n in by_id), (
                plan
            )


def test_no_order_reads_the_wide_rows_of_other_pages(database_url: str) -> None:
    # As long as the configs of real exports.
    config = json.dumps({"data_types": ["logs"], "filters": {"message": "x" * 900}}, separators=(",", ":"))
    fill_ledger(database_url, [export_row(number, config=config) for number in range(3_000)])

    async def look(database: Database) -> list[str]:
        with statements(database) as seen:
            for order in Order:
                await find_exports(database, HistoryQuery(limit=50, order=order))
        return await plans(database, seen)

    for plan in with_database(database_url, look):
        assert "Seq Scan" not in plan, plan
        scans = [line for line in plan.splitlines() if line.startswith("SCAN exports")]
        assert all("COVERING INDEX" in line for line in scans), plan


def test_a_search_reads_the_narrow_table_and_folds_no_stored_text(database_url: str) -> None:
    fill_ledger(database_url, [export_row(number) for number in range(3_000)])
    queries = [
        HistoryQuery(text="proc-12", limit=50),
        HistoryQuery(text="no export has this", limit=50),
        HistoryQuery(text="proc-12", kind="logs", limit=50),
        HistoryQuery(kind="anomalies", limit=50),
    ]

    async def look(database: Database) -> list[str]:
        with statements(database) as seen:
            for query in queries:
                await find_exports(database, query)
        return await plans(database, seen)

    found = with_database(database_url, look)
    # The searches with a text look first for default members that contain it.
    assert len(found) == 3 * len(queries) + 3
    for plan in found:
        assert "ILIKE" not in plan.upper(), plan
        assert "lower(export" not in plan, plan
    scans = [plan for plan in found if plan.splitlines()[1].strip() == "FROM export_search"]
    assert len(scans) >= len(queries)
    for plan in scans:
        # The wide rows of the exports aren't read to find matches.
        assert " exports" not in plan, plan


def test_a_change_of_an_export_is_searched_at_once(database_url: str) -> None:
    rows = [export_row(number, error_message=None, error_code=None) for number in range(3)]
    fill_ledger(database_url, rows)

    async def look(database: Database) -> None:
        async def ids(text: str) -> list[str]:
            return [found.export_id for found in (await find_exports(database, HistoryQuery(text=text)))[0]]

        async def change(**values: Any) -> None:
            async with database.session() as session:
                this = sa.update(ExportStatus).where(ExportStatus.id == rows[1]["id"])
                await session.execute(this.values(**values))

        await change(error_code="one", error_message="Çhanged\x1fTwo")
        assert await ids("HANGED") == [rows[1]["id"]]
        assert await ids("hanged\x1ftwo") == [rows[1]["id"]]
        # A match doesn't cross from one text to the next.
        assert await ids("one\x1fÇhanged") == []
        await change(error_code=None, error_message=None, output_path="/Elsewhere")
        assert await ids("hanged") == []
        assert await ids("/elseWHERE") == [rows[1]["id"]]
        async with database.session() as session:
            await session.execute(sa.delete(ExportFile).where(ExportFile.export_id == rows[1]["id"]))
            await session.execute(sa.delete(ExportStatus).where(ExportStatus.id == rows[1]["id"]))
        assert await ids("/elseWHERE") == []

    with_database(database_url, look)


@pytest.mark.parametrize("many", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_the_totals_of_many_exports_come_from_the_indexes(database_url: str, many: int) -> None:
    fill_ledger(database_url, [export_row(number) for number in range(many)])

    async def look(database: Database) -> list[str]:
        with statements(database) as seen:
            stats = await export_stats(database)
        assert sum(stats.by_status.values()) == many
        return await plans(database, seen)

    for plan in with_database(database_url, look):
        scans = [
            line
            for line in plan.splitlines()
            if any(
                word in line for word in ("SCAN export", "SEARCH export", "Scan using", "Seq Scan", "Bitmap")
            )
        ]
        assert scans, plan
        if "exports.counts" in plan:
            # The counts of each kind are in the rows: only those of the last day are read.
            assert "ix_exports_totals" in plan, plan
            assert not any("Seq Scan" in line or line.startswith("SCAN") for line in scans), plan
        else:
            assert all("COVERING INDEX" in line or "Index Only Scan" in line for line in scans), plan
