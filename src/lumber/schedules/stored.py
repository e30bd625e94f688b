"""Schedules in the database. Each function works in the transaction of its session.

Each change adds a line to the audit trail in the same transaction, which must take no other lock afterwards.
`by` is who makes the change: without it, the user of the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import Detail, NewLine
from lumber.errors import ConfigError, FieldProblem, ScheduleNotFound
from lumber.exports.announcing import Event, announce
from lumber.exports.gates.gate import parse_gate
from lumber.exports.gates.stored import require_kinds
from lumber.exports.guests import sourced_in
from lumber.exports.visibility import kinds_read, reads_only, sees_all_owners, stored_kinds
from lumber.identity.names import folded
from lumber.identity.rights import Principal
from lumber.schedules.definition import ScheduleDefinition
from lumber.schedules.planning import delay_of
from lumber.schedules.report import timetable_in
from lumber.store.clock import database_now
from lumber.store.models import Schedule
from lumber.store.models.base import utc_now

MOST_SCHEDULES = 10_000


def visible_to(principal: Principal | None) -> Sequence[sa.ColumnElement[bool]]:
    """Return the conditions that leave the schedules which a principal may use. None: the command line."""
    if principal is None:
        return ()
    found: list[sa.ColumnElement[bool]] = []
    if not sees_all_owners(principal):
        found.append(Schedule.owner_id == principal.user_id)
    if principal.kinds is not None:
        found.append(reads_only(Schedule.read_kinds, principal.kinds))
    return found


async def list_schedules(session: AsyncSession, principal: Principal | None = None) -> Sequence[Schedule]:
    """Return the schedules that a principal may use, by name."""
    wanted = sa.select(Schedule).where(*visible_to(principal)).order_by(Schedule.name_key, Schedule.id)
    return (await session.scalars(wanted)).all()


async def find_schedule(
    session: AsyncSession, schedule_id: str, principal: Principal | None = None
) -> Schedule:
    """Return the schedule with this id, if the principal may use it. Raises ScheduleNotFound."""
    if schedule_id.isprintable():
        wanted = sa.select(Schedule).where(Schedule.id == schedule_id, *visible_to(principal))
        row = await session.scalar(wanted)
        if row is not None:
            return row
    raise missing(schedule_id)


async def find_by_name(session: AsyncSession, name: str) -> Schedule:
    """Return the schedule with this id or name. Raises ScheduleNotFound, or ConfigError for several."""
    found = [
        row for row in await list_schedules(session) if name == row.id or folded(name) == folded(row.name)
    ]
    if not found:
        raise missing(name)
    if len(found) > 1:
        ids = tuple(row.id for row in found)
        message = f"{name!r} names the schedules of several accounts: give an id"
        raise ConfigError([FieldProblem("name", name, message, ids)])
    return found[0]


async def locked(session: AsyncSession, schedule_id: str) -> Schedule:
    """Return a schedule that no other transaction changes until this one ends. Raises ScheduleNotFound."""
    if schedule_id.isprintable():
        # SQLite has no FOR UPDATE: only a write blocks other writers.
        touch = sa.update(Schedule).where(Schedule.id == schedule_id)
        await session.execute(touch.values(failures=Schedule.failures))
        row = await session.get(Schedule, schedule_id, populate_existing=True)
        if row is not None:
            return row
    raise missing(schedule_id)


def missing(schedule: str) -> ScheduleNotFound:
    """Return the error for a schedule that isn't there, or that nobody may know of."""
    return ScheduleNotFound(f"There is no schedule {schedule!r}. `lumber schedule list` shows all schedules.")


async def create_schedule(
    session: AsyncSession,
    definition: ScheduleDefinition,
    *,
    owner_id: str | None = None,
    by: Actor | None = None,
) -> Schedule:
    """Create a schedule.

    Raises SourceUnmapped, and ConfigError for a name that its owner has already and for a source that isn't
    there.
    """
    async with sourced_in(definition.export_config, session):
        pass
    if definition.gate is not None:
        await require_kinds(session, parse_gate(definition.gate))
    count = await session.scalar(sa.select(sa.func.count()).select_from(Schedule)) or 0
    if count >= MOST_SCHEDULES:
        message = f"there are {count:,} schedules, and no more are possible"
        raise ConfigError([FieldProblem("name", definition.name, message)])
    now = utc_now()
    row = Schedule(
        id=str(uuid4()), owner_id=owner_id, is_paused=0, failures=0, created_at=now, updated_at=now
    )
    _put(row, definition)
    aim(row, await database_now(session))
    await _store(session, row)
    await _record(session, by, Action.SCHEDULE_CREATED, row, _what(definition))
    return row


async def change_schedule(
    session: AsyncSession, schedule_id: str, definition: ScheduleDefinition, *, by: Actor | None = None
) -> Schedule:
    """Replace what a user states about a schedule. Its next time is the first one after now.

    Raises ScheduleNotFound, SourceUnmapped, and ConfigError for a name that its owner has already and for a
    source that isn't there.
    """
    async with sourced_in(definition.export_config, session):
        pass
    if definition.gate is not None:
        await require_kinds(session, parse_gate(definition.gate))
    row = await locked(session, schedule_id)
    before = stated(row)
    after = definition.model_dump(mode="json")
    fields = sorted(name for name, value in after.items() if before[name] != value)
    if not fields:
        return row
    _put(row, definition)
    row.updated_at = utc_now()
    if not row.is_paused and {"cron", "every_seconds", "time_zone", "jitter_seconds"}.intersection(fields):
        aim(row, await database_now(session))
    await _store(session, row)
    await _record(session, by, Action.SCHEDULE_CHANGED, row, {**_what(definition), "fields": fields})
    return row


async def pause_schedule(
    session: AsyncSession, row: Schedule, reason: str, *, by: Actor | None = None
) -> None:
    """Pause a locked schedule. The only place where one becomes paused, also after failures.

    Notices are told here, in the same transaction. What is already paused keeps its reason.
    """
    if row.is_paused:
        return
    row.is_paused, row.pause_reason = 1, reason
    row.next_at = row.due_at = None
    row.updated_at = utc_now()
    await announce(
        session,
        Event.PAUSED,
        owner_id=row.owner_id,
        dataset=row.config.get("dataset"),
        schedule=row.name,
        failures=row.failures or None,
    )
    await session.flush()
    await _record(session, by, Action.SCHEDULE_PAUSED, row, {"failures": row.failures})


async def resume_schedule(session: AsyncSession, schedule_id: str, *, by: Actor | None = None) -> Schedule:
    """Resume a schedule: its failures are forgotten, and times during the pause aren't caught up.

    Raises ScheduleNotFound.
    """
    row = await locked(session, schedule_id)
    if row.is_paused:
        row.is_paused, row.pause_reason, row.failures = 0, None, 0
        row.updated_at = utc_now()
        aim(row, await database_now(session))
        await session.flush()
        await _record(session, by, Action.SCHEDULE_RESUMED, row, {})
    return row


async def delete_schedule(session: AsyncSession, schedule_id: str, *, by: Actor | None = None) -> None:
    """Delete a schedule and its runs. Its exports stay, also running ones. Raises ScheduleNotFound."""
    row = await locked(session, schedule_id)
    await session.execute(sa.delete(Schedule).where(Schedule.id == schedule_id))
    await _record(session, by, Action.SCHEDULE_DELETED, row, {})


def aim(row: Schedule, after: datetime) -> None:
    """Set the next time of a schedule to its first one after a moment."""
    set_next(row, timetable_in(row).next_after(after))


def set_next(row: Schedule, next_at: datetime | None) -> None:
    """Set the next nominal time of a schedule, and when its run starts."""
    row.next_at = next_at
    row.due_at = None if next_at is None else next_at + delay_of(row.id, next_at, row.jitter_seconds)


def stated(row: Schedule) -> dict[str, Any]:
    """Return what a user stated about a schedule, as `parse_definition` takes it."""
    return {name: getattr(row, name) for name in ScheduleDefinition.model_fields}


def _put(row: Schedule, definition: ScheduleDefinition) -> None:
    for name, value in definition.model_dump(mode="json").items():
        setattr(row, name, value)
    row.name_key = f"{row.owner_id or ''} {folded(definition.name)}"
    row.read_kinds = stored_kinds(kinds_read(definition.export_config))


async def _store(session: AsyncSession, row: Schedule) -> None:
    same = sa.select(Schedule.id).where(Schedule.name_key == row.name_key, Schedule.id != row.id)
    taken = ConfigError([FieldProblem("name", row.name, f"there is a schedule {row.name!r} already")])
    with session.no_autoflush:
        if await session.scalar(same) is not None:
            raise taken
    session.add(row)
    try:
        await session.flush()
    except IntegrityError:
        raise taken from None


def _what(definition: ScheduleDefinition) -> dict[str, Detail]:
    config = definition.export_config
    return {
        "cron": definition.cron,
        "every_seconds": definition.every_seconds,
        "time_zone": definition.time_zone,
        "kinds": config.data_types,
        "config_sha256": config.hash,
    }


async def _record(
    session: AsyncSession, by: Actor | None, action: Action, row: Schedule, details: Mapping[str, Detail]
) -> None:
    about = {"name": row.name, **details}
    await append(session, [NewLine(by or local_actor(), action, ("schedule", row.id), details=about)])
