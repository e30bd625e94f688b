"""Records the settings with which a service starts, if they are others than at its last start."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.store.database import Database
from lumber.store.models.audit import AUDIT_LINES
from lumber.store.patience import patiently


async def record_settings(database: Database, by: Actor, settings: Mapping[str, str]) -> Sequence[str]:
    """Record the settings that aren't at their default, and return the names of those that changed.

    `settings` has no secrets. Nothing is recorded if they are the same as in the last such line. Raises
    DatabaseError or AuditFailed.
    """
    return await patiently(partial(_record, database, by, settings))


async def _record(database: Database, by: Actor, settings: Mapping[str, str]) -> Sequence[str]:
    texts = [f"{name}={value}" for name, value in sorted(settings.items())]
    async with database.session() as session:
        line = NewLine(by, Action.SETTINGS_CHANGED, details={"settings": texts})
        now = line.members()["details"]["settings"]
        before = await _last(session)
        changed = sorted({text.partition("=")[0] for text in {*now} ^ {*before}})
        if changed:
            details = {"fields": changed, "settings": texts}
            await append(session, [NewLine(by, Action.SETTINGS_CHANGED, details=details)])
    return changed


async def _last(session: AsyncSession) -> Sequence[str]:
    """Return the settings of the last line; none if there is no line or somebody made it unreadable."""
    is_one = AUDIT_LINES.c.action == Action.SETTINGS_CHANGED.value
    wanted = sa.select(AUDIT_LINES.c.details).where(is_one).order_by(AUDIT_LINES.c.seq.desc()).limit(1)
    text = (await session.execute(wanted)).scalar()
    try:
        found = json.loads(text or "{}")["settings"]
    except (ValueError, KeyError, TypeError):
        return ()
    return found if isinstance(found, list) else ()
