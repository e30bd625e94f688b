"""The registered destinations. Each function works in the transaction of its session.

Each change adds a line to the audit trail in the same transaction, which must take no other lock afterwards.
`by` is who makes the change: without it, the user of the command line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.destinations.address import Address, parse_address
from lumber.destinations.credentials import Credentials
from lumber.destinations.opening import open_store
from lumber.destinations.options import DestinationOptions
from lumber.destinations.promises import Promises, Status
from lumber.destinations.store import Store
from lumber.errors import ConfigError, DestinationNotFound, FieldProblem
from lumber.store import models
from lumber.store.models.base import utc_now

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_NAME_RULE = "1 to 64 letters, digits, '.', '_' or '-', the first of them a letter or digit"


@dataclass(frozen=True, slots=True)
class Probe:
    """What a check of a destination found. `message` says in words what it can't promise, or what fails."""

    status: Status
    promises: Promises
    message: str
    probed_at: datetime


@dataclass(frozen=True, slots=True)
class Destination:
    """A registered destination."""

    destination_id: str
    name: str
    address: Address
    options: DestinationOptions
    credentials: Credentials
    probe: Probe
    created_at: datetime

    @property
    def promises(self) -> Promises:
        """What it was found to promise."""
        return self.probe.promises

    def open(self, *, umask: int | None = None) -> Store:
        """Return its store. Nothing is sent yet. Raises DestinationDenied if its secrets can't be read."""
        return open_store(self.address, self.options, self.credentials, umask=umask, must_exist=True)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values, without secrets and without the place of their file."""
        return {
            "name": self.name,
            "url": self.address.url,
            "kind": self.address.kind.value,
            "options": self.options.as_json(),
            "credentials": self.credentials.source.value,
            "promises": self.promises.as_json(),
            "status": self.probe.status.value,
            "message": self.probe.message,
            "probed_at": self.probe.probed_at.isoformat(),
            "created_at": self.created_at.isoformat(),
        }


def checked_destination_name(name: str) -> str:
    """Return the name of a destination. Raises ConfigError."""
    if re.fullmatch(NAME_PATTERN, name) is None:
        message = f"{name[:100]!r} can't name a destination"
        raise ConfigError([FieldProblem("name", name[:100], message, (_NAME_RULE,))])
    return name


async def list_destinations(session: AsyncSession) -> Sequence[Destination]:
    """Return all destinations by name."""
    rows = await session.scalars(sa.select(models.Destination).order_by(models.Destination.name_key))
    return [_of(row) for row in rows]


async def find_destination(session: AsyncSession, name: str) -> Destination:
    """Return the destination with this name, in any case. Raises DestinationNotFound."""
    return _of(await _row(session, name))


async def require_free(session: AsyncSession, name: str) -> None:
    """Raise ConfigError if a destination has this name."""
    wanted = sa.select(models.Destination.id).where(models.Destination.name_key == name.lower())
    if await session.scalar(wanted) is not None:
        raise _taken(name)


async def add_destination(
    session: AsyncSession,
    name: str,
    address: Address,
    options: DestinationOptions,
    credentials: Credentials,
    probe: Probe,
    *,
    by: Actor | None = None,
) -> Destination:
    """Register a destination that was probed. Raises ConfigError for a name that is wrong or taken."""
    now = utc_now()
    row = models.Destination(
        id=str(uuid4()),
        name=checked_destination_name(name),
        name_key=name.lower(),
        url=address.url,
        options=options.as_json(),
        credentials=credentials.as_json(),
        promises=probe.promises.as_json(),
        status=probe.status.value,
        message=probe.message,
        probed_at=probe.probed_at,
        created_at=now,
    )
    session.add(row)
    try:
        await session.flush()
    except IntegrityError:
        raise _taken(name) from None
    await _record(session, by, Action.DESTINATION_ADDED, row)
    return _of(row)


async def record_probe(
    session: AsyncSession, name: str, probe: Probe, *, by: Actor | None = None
) -> Destination:
    """Store what a new probe found. Raises DestinationNotFound."""
    row = await _row(session, name)
    row.promises, row.status = probe.promises.as_json(), probe.status.value
    row.message, row.probed_at = probe.message, probe.probed_at
    await session.flush()
    await _record(session, by, Action.DESTINATION_PROBED, row)
    return _of(row)


async def remove_destination(session: AsyncSession, name: str, *, by: Actor | None = None) -> Destination:
    """Forget a destination, and return it. What lies in it stays. Raises DestinationNotFound."""
    row = await _row(session, name)
    removed = _of(row)
    await session.delete(row)
    await session.flush()
    await _record(session, by, Action.DESTINATION_REMOVED, row)
    return removed


def missing_destination(name: str) -> DestinationNotFound:
    """Return the error for a destination that doesn't exist."""
    return DestinationNotFound(
        f"There is no destination {name[:100]!r}. `lumber destination list` shows all destinations."
    )


def _taken(name: str) -> ConfigError:
    return ConfigError([FieldProblem("name", name, f"there is a destination {name!r} already")])


async def _row(session: AsyncSession, name: str) -> models.Destination:
    row = None
    if name.isprintable():
        wanted = sa.select(models.Destination).where(models.Destination.name_key == name.lower())
        row = await session.scalar(wanted)
    if row is None:
        raise missing_destination(name)
    return row


def _of(row: models.Destination) -> Destination:
    return Destination(
        row.id,
        row.name,
        parse_address(row.url),
        DestinationOptions.model_construct(**row.options),
        Credentials.of_json(row.credentials),
        Probe(Status(row.status), Promises(**row.promises), row.message, row.probed_at),
        row.created_at,
    )


async def _record(session: AsyncSession, by: Actor | None, action: Action, row: models.Destination) -> None:
    details = {"name": row.name, "url": row.url, "status": row.status}
    await append(session, [NewLine(by or local_actor(), action, ("destination", row.id), details=details)])
