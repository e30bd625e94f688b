"""What it costs to read a mapped table, asked of the database's planner before any row is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.sources.guest import Guest
from lumber.store.relations import RAW_TIME

_SORT = "USE TEMP B-TREE FOR ORDER BY"


async def read_notes(guest: Guest, kind_name: str, connection: AsyncConnection) -> list[str]:
    """Return what reading a kind costs the source, in words; empty if an index has the order of its rows.

    Of rows that are collected first, it also says of how many a sample is.
    """
    if guest.collector is not None:
        return guest.collector.notes(kind_name)
    is_ordered = await has_order(guest, kind_name, connection)
    found = [] if is_ordered else [await _unordered(guest, kind_name, connection)]
    if guest.database.is_sqlite:
        mode = str((await connection.exec_driver_sql("PRAGMA journal_mode")).scalar())
        if mode != "wal":
            found.append(
                f"The file doesn't use WAL (its journal mode is {mode}): programs that write to it wait "
                "while an export reads. PRAGMA journal_mode = WAL, once, changes that."
            )
    return found


async def has_order(guest: Guest, kind_name: str, connection: AsyncConnection) -> bool:
    """Say whether an index gives the rows of a kind in the order of an export."""
    compiled = guest.compiled[kind_name]
    kind = guest.source.mappings[kind_name].mapping.kind
    raw = compiled.relation.raw_time
    time = RAW_TIME if raw is not None and raw.is_ordered else kind.time_column
    text = f"SELECT {kind.id_column} FROM {kind.table} ORDER BY {time}, {kind.id_column} LIMIT 1"  # noqa: S608
    if guest.database.is_sqlite:
        return not any(_SORT in step for step in await _sqlite_plan(guest, text, connection))
    nodes = await _postgresql_plan(guest, text, connection)
    return not any(node["Node Type"] in ("Sort", "Seq Scan") for node in nodes)


async def _unordered(guest: Guest, kind_name: str, connection: AsyncConnection) -> str:
    mapping = guest.source.mappings[kind_name].mapping
    kind, table = mapping.kind, guest.tables[kind_name]
    bounds = guest.relations.bounds(kind, 0, 1_000_000)
    has_range = False
    if bounds:
        text = f"SELECT 1 FROM {kind.table} WHERE {' AND '.join(bounds)}"  # noqa: S608
        if guest.database.is_sqlite:
            has_range = any("SEARCH" in step for step in await _sqlite_plan(guest, text, connection))
        else:
            nodes = await _postgresql_plan(guest, text, connection)
            has_range = not any(node["Node Type"] == "Seq Scan" for node in nodes)
    if has_range:
        return f"No index of {table.name} has the order of time and key: each partition sorts its own rows."
    time, key = mapping.columns[kind.time_column], mapping.columns[kind.id_column]
    advice = ""
    if table.is_base and time.column is not None and not time.path:
        columns = [each.name for each in map(table.find, (time.column, key.column or "")) if each is not None]
        listed = ", ".join(f'"{name}"' for name in columns)
        compiled = guest.compiled[kind_name]
        is_as_stored = compiled.columns[kind.time_column].sql == f"mapped.{listed.split(', ')[0]}"
        if compiled.relation.raw_time is not None or is_as_stored:
            advice = f" An index makes it fast: CREATE INDEX ON {table.sql} ({listed})."
            if guest.database.is_sqlite:
                name = table.name.replace('"', "")
                advice = f' An index makes it fast: CREATE INDEX "{name}_export" ON "{name}" ({listed}).'
    otherwise = ""
    if not guest.database.is_sqlite:
        otherwise = (
            " Or register the database with an address that begins with collected+postgresql://. Then an "
            "export reads the rows once, in any order, and sorts them in a file of its own."
        )
    return (
        f"No index of {table.name} has the order of time and key: planning reads the whole table a few "
        f"times, and so does each partition, which then sorts its own rows.{advice}{otherwise}"
    )


async def _sqlite_plan(guest: Guest, text: str, connection: AsyncConnection) -> list[str]:
    answer = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {guest.relations.sql(text)}")
    return [str(row.detail) for row in answer]


async def _postgresql_plan(guest: Guest, text: str, connection: AsyncConnection) -> list[dict[str, Any]]:
    """Return the nodes of the plan. A small table would be read whole whatever its indexes."""
    for setting in ("enable_seqscan", "enable_sort"):
        await connection.exec_driver_sql(f"SET LOCAL {setting} = off")
    answer = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {guest.relations.sql(text)}")
    plan = answer.scalar_one()
    for setting in ("enable_seqscan", "enable_sort"):
        await connection.exec_driver_sql(f"SET LOCAL {setting} = on")
    return list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
