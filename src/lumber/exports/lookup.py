"""Finds exports by the first characters of their id."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from lumber.exports.metadata import ExportMetadata
from lumber.store.database import Database
from lumber.store.models import ExportStatus


async def find_by_prefix(database: Database, text: str, *, limit: int = 10) -> Sequence[ExportMetadata]:
    """Return the export with the id `text`, or else those whose id starts with it, newest first."""
    if not text or not text.isprintable():
        return ()
    found = (
        sa.select(ExportStatus)
        .where(ExportStatus.id.startswith(text.lower(), autoescape=True))
        .order_by(ExportStatus.created_at.desc(), ExportStatus.id)
    )
    async with database.session() as session:
        exact = await session.get(ExportStatus, text)
        rows = [exact] if exact is not None else await session.scalars(found.limit(limit))
        return [ExportMetadata.from_status(row) for row in rows]
