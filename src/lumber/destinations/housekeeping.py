"""Cleans registered destinations, and records what was deleted in the audit trail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor, system_actor
from lumber.audit.append import append
from lumber.audit.line import Detail, NewLine
from lumber.destinations.janitor import Cleaned, clean
from lumber.destinations.registry import Destination, find_destination, list_destinations
from lumber.errors import LumberError
from lumber.store.database import Database

_log = structlog.get_logger("lumber.destinations")


async def clean_destination(
    database: Database,
    name: str,
    *,
    grace_hours: float,
    umask: int,
    is_dry_run: bool = False,
    by: Actor | None = None,
) -> Cleaned:
    """Clean one destination. Raises DestinationNotFound and other DestinationErrors."""
    async with database.session() as session:
        found = await find_destination(session, name)
    done = await _cleaned(found, grace_hours, umask, is_dry_run=is_dry_run)
    if not is_dry_run and (done.files or done.uploads):
        async with database.session() as session:
            await _record(session, found, done, by or local_actor())
    return done


async def clean_all(
    database: Database, *, grace_hours: float, umask: int, is_stopping: Callable[[], bool]
) -> None:
    """Clean all destinations, for the service. A destination that fails is logged, and tried next time."""
    async with database.session() as session:
        names = [each.name for each in await list_destinations(session)]
    for name in names:
        if is_stopping():
            return
        try:
            done = await clean_destination(
                database, name, grace_hours=grace_hours, umask=umask, by=system_actor("retention")
            )
        except LumberError as error:
            _log.warning("destination not cleaned", destination=name, error=str(error))
            continue
        if done.files or done.uploads or done.skipped:
            _log.info("destination cleaned", destination=name, **done.as_json())


async def _cleaned(found: Destination, grace_hours: float, umask: int, *, is_dry_run: bool) -> Cleaned:
    grace = timedelta(hours=grace_hours)
    return await asyncio.to_thread(
        lambda: clean(found.open(umask=umask), found.promises, grace=grace, is_dry_run=is_dry_run)
    )


async def _record(session: AsyncSession, found: Destination, done: Cleaned, by: Actor) -> None:
    details: dict[str, Detail] = {
        "name": found.name,
        "url": found.address.url,
        "files": done.files,
        "bytes": done.size_bytes,
        "uploads": done.uploads,
    }
    target = ("destination", found.destination_id)
    await append(session, [NewLine(by, Action.DESTINATION_CLEANED, target, details=details)])
