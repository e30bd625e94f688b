"""Keys are found by their place, also where many rows have the same time."""

import asyncio

import pytest

from lumber.catalog.registry import get_kind
from lumber.catalog.selection import select
from lumber.exports.snapshot import take_snapshot
from lumber.store.database import open_database
from lumber.store.keyset import Keyset
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute, microseconds, query, sqlite_time

# Rows at each moment, in microseconds from the start; ids don't follow the times.
MOMENTS = {5: 7, 6: 1, 9: 4, 2: 3, 100: 5}
LEAST_ID = -(2**63)


def fill(url: str) -> list[tuple[int, int]]:
    """Insert the rows; return their keys in order."""
    times = [moment for moment, rows in MOMENTS.items() for _ in range(rows)]
    is_sqlite = url.startswith("sqlite")
    for id_, time in enumerate(times, 1):
        stored = sqlite_time(time) if is_sqlite else f"timestamptz '2026-01-01Z' + {time} * interval '1 us'"
        execute(url, f"INSERT INTO log_entries (id, timestamp, message) VALUES ({id_}, {stored}, 'a')")
    found = query(url, "SELECT timestamp, id FROM log_entries")
    return sorted(
        (time if isinstance(time, int) else sqlite_time(microseconds(time)), id_) for time, id_ in found
    )


@pytest.mark.parametrize("filters", [{}, {"id": {"gt": 4}}])
def test_a_key_is_that_of_the_row_at_an_offset(database_url: str, filters: dict[str, object]) -> None:
    keys = fill(database_url)
    selected = [key for key in keys if not filters or key[1] > 4]
    lowers = [None, *((time + step, id_) for time, id_ in keys for step in (0, 1)), (keys[0][0], LEAST_ID)]

    async def ask() -> dict[tuple[object, int], tuple[int, int] | None]:
        database = open_database(DatabaseUrl.parse(database_url))
        kind = get_kind("logs")
        (selection,) = select([kind], filters=filters)
        async with take_snapshot(database, None, (kind,)) as snapshot:
            keyset = Keyset(snapshot.connection, selection, snapshot.source.dialect, snapshot.cutoffs["logs"])
            found = {
                (lower, offset): await keyset.key_at(lower, offset)
                for lower in lowers
                for offset in (0, 1, 2, 6, 8, 19, 20)
            }
        await database.close()
        return found

    for (lower, offset), key in asyncio.run(ask()).items():
        rest = [each for each in selected if lower is None or each >= lower]  # type: ignore[operator]
        assert key == (rest[offset] if offset < len(rest) else None), (lower, offset)


def test_counting_the_rows_of_a_fresh_snapshot_compares_no_ids(database_url: str) -> None:
    """The snapshot leaves out later rows. The condition was measured to double the time of a plan."""
    fill(database_url)

    async def ask() -> list[object]:
        database = open_database(DatabaseUrl.parse(database_url))
        kind = get_kind("logs")
        async with take_snapshot(database, None, (kind,)) as snapshot:
            conditions = snapshot.cutoffs["logs"].conditions(kind, "sqlite")
        await database.close()
        return list(conditions)

    assert asyncio.run(ask()) == []
