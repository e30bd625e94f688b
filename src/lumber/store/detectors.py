"""The detectors that have found anomalies, of those that somebody names."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.detections import DETECTIONS
from lumber.store.tables import table_of

# Among so many of the newest anomalies the detectors are looked up that an answer may list.
_NEWEST = 100_000


async def silent_detectors(connection: AsyncConnection, names: Sequence[str]) -> list[str]:
    """Return those of the names that no anomaly has.

    A name that has anomalies is found with the first of them; one that has none costs a look at all of them
    (about 0.3 s for each million), for no index has the names.
    """
    column = table_of(DETECTIONS).c.detector
    found = []
    for name in names:
        query = sa.select(sa.exists(sa.select(sa.literal_column("1")).where(column == name)))
        if not (await connection.execute(query)).scalar():
            found.append(name)
    return found


async def recent_detectors(connection: AsyncConnection, most: int) -> list[str]:
    """Return up to `most` names of detectors of the newest anomalies, sorted."""
    table = table_of(DETECTIONS)
    newest = sa.select(table.c.detector).order_by(table.c.id.desc()).limit(_NEWEST).subquery()
    names = sa.select(newest.c.detector).where(newest.c.detector.is_not(None)).distinct()
    query = names.order_by(newest.c.detector).limit(most)
    return list((await connection.execute(query)).scalars())
