"""Two connections that share the digest of what a version has seen find what one finds."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.catalog.registry import get_kind
from lumber.catalog.selection import select
from lumber.engine.pool import WorkerPool
from lumber.exports.snapshot import source_spec, take_snapshot
from lumber.exports.versions.seen import Seen, rows_seen
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute

LOGS = get_kind("logs")
# Microseconds since 1970, and how many rows have them.
TIMES = {
    "none": [],
    "one": [(7, 1)],
    "all at once": [(1_000, 50)],
    "crowded": [(-(2**40), 1), (5, 300), (6, 1), (2**50, 2)],
    "even": [(second * 1_000_000, 1) for second in range(200)],
    # Two clocks were wrong by decades.
    "damaged": [(-(2**50), 1), *((second * 1_000_000, 1) for second in range(200)), (2**52, 1)],
}


def fill(url: str, times: Sequence[tuple[int, int]]) -> None:
    numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})"
    for time, rows in times:
        execute(
            url,
            f"INSERT INTO log_entries (timestamp, message, process_name) {numbers.format(rows)} "
            f"SELECT {time}, 'line', 'proc-' || (n % 2) FROM numbers",
        )


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("filters", [{}, {"process_name": "proc-1"}], ids=["all rows", "filtered"])
def test_both_find_what_one_finds(
    sqlite_url: str, times: Sequence[tuple[int, int]], filters: dict[str, str]
) -> None:
    fill(sqlite_url, times)
    shared, alone, ranges = asyncio.run(_seen(sqlite_url, filters))
    assert shared == alone
    if len(times) > 100:
        assert len(ranges) == 2, "only one connection has read"
        bounds = [bound for statements in ranges.values() for bound in map(_bounds, statements)]
        most = max(sum(low <= time < high for time, _ in times) for low, high in bounds)
        assert most <= len(times) / 8, "the ranges are uneven"


def _bounds(statement: str) -> tuple[int, int]:
    low, high = (re.search(rf"timestamp {sign} (-?[0-9]+)", statement) for sign in (">=", "<"))
    return int(low[1]) if low else -(2**63), int(high[1]) if high else 2**63


async def _seen(url: str, filters: dict[str, str]) -> tuple[Seen, Seen, dict[int, list[str]]]:
    """Return what two connections and what one finds, and the statements that each of the two ran."""
    ranges: dict[int, list[str]] = {}

    def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "timestamp %" in statement and re.search("timestamp (?:>=|<) ", statement):
            ranges.setdefault(id(connection), []).append(statement)

    database = open_database(DatabaseUrl.parse(url))
    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    (chosen,) = select([LOGS], filters=filters)
    pool = WorkerPool(1, ["logs"])
    try:
        pool.start(source_spec(database))
        async with take_snapshot(database, pool, (LOGS,), has_beside=True) as snapshot:
            # Neither connection may see this one.
            await asyncio.to_thread(
                execute, url, "INSERT INTO log_entries (timestamp, message) VALUES (1, 'later')"
            )
            shared = await rows_seen(snapshot, chosen)
            alone = await rows_seen(replace(snapshot, beside=None), chosen)
    finally:
        await asyncio.to_thread(pool.close)
        await database.close()
    return shared, alone, ranges
