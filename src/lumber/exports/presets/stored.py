"""Presets in the database. Each function works in the transaction of its session.

Each change adds a line to the audit trail in the same transaction, which must take no other lock afterwards.
`by` is who makes the change: without it, the user of the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import Detail, NewLine
from lumber.errors import ConfigError, FieldProblem, PresetNotFound
from lumber.exports.metadata import ExportOwner
from lumber.exports.presets.preset import PresetDefinition, PresetReport
from lumber.exports.visibility import kinds_read, reads_only, sees_all_owners, stored_kinds
from lumber.identity.names import folded
from lumber.identity.rights import Principal
from lumber.store.models import Preset, User
from lumber.store.models.base import utc_now

MOST_PRESETS = 10_000


def visible_to(principal: Principal | None) -> Sequence[sa.ColumnElement[bool]]:
    """Return the conditions that leave the presets which a principal may use. None: the command line."""
    if principal is None:
        return ()
    found: list[sa.ColumnElement[bool]] = []
    if not sees_all_owners(principal):
        found.append(Preset.owner_id == principal.user_id)
    if principal.kinds is not None:
        found.append(reads_only(Preset.read_kinds, principal.kinds))
    return found


async def list_presets(session: AsyncSession, principal: Principal | None = None) -> Sequence[Preset]:
    """Return the presets that a principal may use, by name."""
    wanted = sa.select(Preset).where(*visible_to(principal))
    rows = (await session.scalars(wanted)).all()
    return sorted(rows, key=lambda row: (folded(row.name), row.id))


async def find_preset(session: AsyncSession, preset_id: str, principal: Principal | None = None) -> Preset:
    """Return the preset with this id, if the principal may use it. Raises PresetNotFound."""
    if preset_id.isprintable():
        row = await session.scalar(sa.select(Preset).where(Preset.id == preset_id, *visible_to(principal)))
        if row is not None:
            return row
    raise missing(preset_id)


async def find_by_name(session: AsyncSession, name: str) -> Preset:
    """Return the preset with this id or name. Raises PresetNotFound, or ConfigError for several."""
    found = [row for row in await list_presets(session) if name == row.id or folded(name) == folded(row.name)]
    if not found:
        raise missing(name)
    if len(found) > 1:
        raise several(name, [row.id for row in found])
    return found[0]


async def find_own(session: AsyncSession, name: str, owner_id: str | None) -> Preset | None:
    """Return the preset of an account with this name; None if it has none."""
    found: Preset | None = await session.scalar(
        sa.select(Preset).where(Preset.name_key == _key(owner_id, name))
    )
    return found


def missing(preset: str) -> PresetNotFound:
    """Return the error for a preset that isn't there, or that nobody may know of."""
    return PresetNotFound(f"There is no preset {preset!r}. `lumber presets list` shows all presets.")


def several(name: str, ids: Sequence[str]) -> ConfigError:
    """Return the error for a name that several accounts use."""
    message = f"{name!r} names the presets of several accounts: give an id"
    return ConfigError([FieldProblem("name", name, message, tuple(ids))])


async def create_preset(
    session: AsyncSession,
    definition: PresetDefinition,
    *,
    owner_id: str | None = None,
    by: Actor | None = None,
) -> Preset:
    """Create a preset. Raises ConfigError for a name that its owner has already."""
    count = await session.scalar(sa.select(sa.func.count()).select_from(Preset)) or 0
    if count >= MOST_PRESETS:
        message = f"there are {count:,} presets, and no more are possible"
        raise ConfigError([FieldProblem("name", definition.name, message)])
    row = Preset(id=str(uuid4()), owner_id=owner_id, created_at=utc_now())
    await _store(session, row, definition, by)
    return row


async def change_preset(
    session: AsyncSession, preset_id: str, definition: PresetDefinition, *, by: Actor | None = None
) -> Preset:
    """Replace what a user states about a preset.

    Raises PresetNotFound, and ConfigError for a name that its owner has already.
    """
    row = await find_preset(session, preset_id)
    if (row.name, row.config) != (definition.name, definition.config):
        await _store(session, row, definition, by)
    return row


async def delete_preset(session: AsyncSession, preset_id: str, *, by: Actor | None = None) -> None:
    """Delete a preset. Exports made from it stay. Raises PresetNotFound."""
    row = await find_preset(session, preset_id)
    await session.execute(sa.delete(Preset).where(Preset.id == preset_id))
    await _record(session, by, Action.PRESET_DELETED, row, {})


async def reports_of(session: AsyncSession, rows: Sequence[Preset]) -> Sequence[PresetReport]:
    """Return the reports of presets, in one statement however many there are."""
    owners = {row.owner_id for row in rows if row.owner_id is not None}
    names: dict[str, str] = {}
    if owners:
        found = await session.execute(sa.select(User.id, User.name).where(User.id.in_(owners)))
        names = {user.id: user.name for user in found}
    return [_report(row, names) for row in rows]


def _report(row: Preset, names: Mapping[str, str]) -> PresetReport:
    owner = None if row.owner_id is None else ExportOwner(user_id=row.owner_id, name=names.get(row.owner_id))
    return PresetReport(
        preset_id=row.id,
        name=row.name,
        config=row.config,
        owner=owner,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def _store(session: AsyncSession, row: Preset, definition: PresetDefinition, by: Actor | None) -> None:
    """Write the row. Raises ConfigError for a name that its owner has already."""
    key = _key(row.owner_id, definition.name)
    taken = ConfigError(
        [FieldProblem("name", definition.name, f"there is a preset {definition.name!r} already")]
    )
    with session.no_autoflush:
        if await session.scalar(sa.select(Preset.id).where(Preset.name_key == key, Preset.id != row.id)):
            raise taken
    config = definition.export_config
    row.name, row.name_key, row.config = definition.name, key, definition.config
    row.read_kinds = stored_kinds(kinds_read(config))
    row.updated_at = utc_now()
    session.add(row)
    try:
        await session.flush()
    except IntegrityError:
        raise taken from None
    about: dict[str, Detail] = {"kinds": config.data_types, "config_sha256": config.hash}
    await _record(session, by, Action.PRESET_SAVED, row, about)


def _key(owner_id: str | None, name: str) -> str:
    return f"{owner_id or ''} {folded(name)}"


async def _record(
    session: AsyncSession, by: Actor | None, action: Action, row: Preset, details: Mapping[str, Detail]
) -> None:
    about = {"name": row.name, **details}
    await append(session, [NewLine(by or local_actor(), action, ("preset", row.id), details=about)])
