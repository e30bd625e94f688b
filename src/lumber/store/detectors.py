"""The detectors that have made findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.findings import findings_of
from lumber.catalog.kind import LabelSource
from lumber.store.literal import literal_sql
from lumber.store.relations import OWN, Relations
from lumber.store.tables import table_of

# The list of known detectors is taken from this many of the newest findings.
_NEWEST = 100_000


async def silent_detectors(
    connection: AsyncConnection,
    sources: Sequence[LabelSource],
    names: Sequence[str],
    relations: Relations = OWN,
) -> list[str]:
    """Return those of the names that no finding of any source has.

    The search for a name ends at its first finding. A name without findings costs a look at all of them,
    about 0.3 s for each million: no index has the names.
    """
    columns = [table_of(findings_of(source)).c[source.detector_column] for source in sources]
    silent = []
    for name in names:
        queries = [sa.exists(sa.select(sa.literal_column("1")).where(column == name)) for column in columns]
        if not (await _run(connection, sa.select(sa.or_(*queries)), relations)).scalar():
            silent.append(name)
    return silent


async def recent_detectors(
    connection: AsyncConnection, sources: Sequence[LabelSource], most: int, relations: Relations = OWN
) -> list[str]:
    """Return up to `most` detectors of the newest findings of each source, sorted."""
    found: set[str] = set()
    for source in sources:
        findings = findings_of(source)
        table = table_of(findings)
        detector = table.c[source.detector_column].label("detector")
        newest = sa.select(detector).order_by(table.c[findings.id_column].desc()).limit(_NEWEST).subquery()
        names = sa.select(newest.c.detector).where(newest.c.detector.is_not(None)).distinct()
        ordered = names.order_by(newest.c.detector).limit(most)
        found.update((await _run(connection, ordered, relations)).scalars())
    return sorted(found)[:most]


async def _run(
    connection: AsyncConnection, query: sa.Select[Any], relations: Relations
) -> sa.CursorResult[Any]:
    text = literal_sql(query, connection.dialect.name)
    return await connection.exec_driver_sql(relations.sql(text))
