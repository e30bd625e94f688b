"""Adds to exports the names of the accounts that own them, and whether they are shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.metadata import ExportMetadata

T = TypeVar("T", bound=ExportMetadata)

# The models would load those of all tables, and lists of exports are short commands.
_USERS = sa.table("users", sa.column("id", sa.Text()), sa.column("name", sa.Text()))
_SHARES = sa.table("export_shares", sa.column("export_id", sa.Text()))


async def with_owners(session: AsyncSession, exports: Sequence[T]) -> Sequence[T]:
    """Return the exports with their owners' names. Exports without an owner cost no query."""
    owners = {export.owner.user_id for export in exports if export.owner is not None}
    if not owners:
        return exports
    found = await session.execute(sa.select(_USERS.c.id, _USERS.c.name).where(_USERS.c.id.in_(owners)))
    names = {row.id: row.name for row in found}
    ids = [export.export_id for export in exports]
    shared = set(await session.scalars(sa.select(_SHARES.c.export_id).where(_SHARES.c.export_id.in_(ids))))
    return [
        export.model_copy(
            update={
                "owner": export.owner
                and export.owner.model_copy(update={"name": names.get(export.owner.user_id)}),
                "is_shared": export.export_id in shared,
            }
        )
        for export in exports
    ]
