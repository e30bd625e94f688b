"""Formats that are saved in the database under a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.errors import FormatNotFound
from lumber.ingest.formats.definition import FormatDefinition, check_name
from lumber.ingest.options import FORMAT_NAMES
from lumber.ingest.uploads.request import UploadRequest
from lumber.store.database import Database
from lumber.store.models import IngestFormat
from lumber.store.models.base import utc_now
from lumber.store.types import JsonText, UtcDateTime

# One statement, so that two requests can save a new name at the same time.
_SAVE = sa.text(
    "INSERT INTO ingest_formats (name, definition, created_at, updated_at) "
    "VALUES (:name, :definition, :now, :now) ON CONFLICT (name) "
    "DO UPDATE SET definition = excluded.definition, updated_at = excluded.updated_at"
).bindparams(sa.bindparam("definition", type_=JsonText), sa.bindparam("now", type_=UtcDateTime))


@dataclass(frozen=True, slots=True)
class SavedFormat:
    """A format in the database."""

    name: str
    definition: FormatDefinition
    created_at: datetime
    updated_at: datetime


async def list_formats(database: Database) -> Sequence[SavedFormat]:
    """Return all saved formats by name."""
    async with database.session() as session:
        rows = (await session.scalars(sa.select(IngestFormat).order_by(IngestFormat.name))).all()
    return [_of(row) for row in rows]


async def find_format(database: Database, name: str) -> SavedFormat:
    """Return a saved format. Raises FormatNotFound."""
    async with database.session() as session:
        row = await session.get(IngestFormat, name) if "\0" not in name else None
    if row is None:
        raise FormatNotFound(
            f"There is no saved format {name!r}. `lumber formats list` shows all, and `lumber formats add` "
            "saves one."
        )
    return _of(row)


async def save_format(
    database: Database, name: str, definition: FormatDefinition, *, by: Actor | None = None
) -> SavedFormat:
    """Save a format, or replace the one of this name. Raises ConfigError if it is wrong.

    `by` is who asks for it, here and below; None for the user of the command line. Loads keep the definition
    that they used.
    """
    check_name(name)
    definition.checked()
    async with database.session() as session:
        await session.execute(_SAVE, {"name": name, "definition": definition.as_json(), "now": utc_now()})
        saved = _of(await session.get_one(IngestFormat, name))
        await append(session, [_line(by, Action.FORMAT_SAVED, name)])
        return saved


async def delete_format(database: Database, name: str, *, by: Actor | None = None) -> SavedFormat:
    """Delete a format and return it. Raises FormatNotFound."""
    found = await find_format(database, name)
    async with database.session() as session:
        await session.execute(sa.delete(IngestFormat).where(IngestFormat.name == name))
        await append(session, [_line(by, Action.FORMAT_DELETED, name)])
    return found


async def resolved(database: Database, request: UploadRequest) -> UploadRequest:
    """Return a request that names a saved format with the options of the format; any other one unchanged.

    Raises ConfigError if the format doesn't fit the other options.
    """
    if request.format.lower() in FORMAT_NAMES:
        return request
    try:
        found = await find_format(database, request.format)
    except FormatNotFound:
        return request  # checking it lists the formats that there are
    return found.definition.applied(request)


def _line(by: Actor | None, action: Action, name: str) -> NewLine:
    return NewLine(by or local_actor(), action, ("format", name))


def _of(row: IngestFormat) -> SavedFormat:
    return SavedFormat(row.name, FormatDefinition.of(row.definition), row.created_at, row.updated_at)
