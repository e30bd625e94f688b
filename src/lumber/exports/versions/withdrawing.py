"""Removes the versions that retention deleted from their destinations.

The transaction that deletes a version marks its publication. What can't be removed now, because the
destination doesn't respond or something is published there, stays marked for the next clean-up.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, system_actor
from lumber.audit.append import append
from lumber.audit.line import Detail, NewLine
from lumber.errors import LumberError
from lumber.store.database import Database
from lumber.store.models import DatasetVersion, ExportPublication, NamedDataset

_log = logging.getLogger(__name__)


class WithdrawnVersion(BaseModel):
    """A version that was removed from its destination."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    number: int
    export_id: str
    destination: str = Field(description="Name of the destination.")
    files: int = Field(description="Deleted files: those that no other version shares.")
    bytes: int = Field(description="Bytes of the deleted files.")


class Withdrawals(BaseModel):
    """Versions that were removed from their destinations. `left` says in words which ones stay, and why."""

    model_config = ConfigDict(frozen=True)

    versions: list[WithdrawnVersion] = Field(default_factory=list)
    left: list[str] = Field(default_factory=list)


class _Waiting(NamedTuple):
    dataset: str
    number: int
    export_id: str
    manifest_sha256: str
    cause: str | None


_Place = tuple[str, str, str]


async def withdraw_surplus(
    database: Database,
    *,
    umask: int,
    is_stopping: Callable[[], bool] = lambda: False,
    by: Actor | None = None,
) -> Withdrawals:
    """Remove the versions that retention deleted, with the files that no other version shares.

    A destination that fails is logged and named in `left`. Raises DatabaseError.
    """
    async with database.session() as session:
        places = await _waiting(session)
    done: list[WithdrawnVersion] = []
    left: list[str] = []
    for place, waiting in places.items():
        if is_stopping():
            break
        try:
            versions, skipped = await _withdraw(database, place, waiting, umask, by)
        except LumberError as error:
            versions, skipped = [], [str(error)]
        done += versions
        left += skipped
        for text in skipped:
            _log.warning("Versions that retention deleted stay in the destination %s: %s", place[0], text)
    return Withdrawals(versions=done, left=left)


async def _waiting(session: AsyncSession) -> Mapping[_Place, Sequence[_Waiting]]:
    """Return the versions that are to go, by destination, address and root."""
    publication = ExportPublication
    wanted = (
        sa.select(
            publication.destination,
            publication.url,
            publication.root,
            NamedDataset.name,
            DatasetVersion.number,
            publication.export_id,
            publication.manifest_sha256,
            publication.withdraw_cause,
        )
        .join(DatasetVersion, DatasetVersion.export_id == publication.export_id)
        .join(NamedDataset, NamedDataset.id == DatasetVersion.dataset_id)
        .where(publication.withdraw_cause.is_not(None))
        .order_by(publication.destination, publication.url, publication.root, DatasetVersion.number)
    )
    found: dict[_Place, list[_Waiting]] = defaultdict(list)
    for row in await session.execute(wanted):
        found[row.destination, row.url, row.root].append(_Waiting(*row[3:]))
    return found


async def _withdraw(
    database: Database, place: _Place, waiting: Sequence[_Waiting], umask: int, by: Actor | None
) -> tuple[list[WithdrawnVersion], list[str]]:
    # Services without destinations don't need it.
    from lumber.destinations.registry import find_destination
    from lumber.destinations.withdrawing import Unwanted, withdraw_versions

    name, url, root = place
    async with database.session() as session:
        destination = await find_destination(session, name)
    if destination.address.url != url:
        return [], [f"{name} is at another address now, and the versions are in {url}."]
    unwanted = [Unwanted(each.number, each.export_id, each.manifest_sha256) for each in waiting]
    done = await asyncio.to_thread(
        lambda: withdraw_versions(destination.open(umask=umask), destination.promises, root, unwanted)
    )
    versions = [
        WithdrawnVersion(
            dataset=each.dataset,
            number=each.number,
            export_id=each.export_id,
            destination=destination.name,
            files=found.files,
            bytes=found.size_bytes,
        )
        for each in waiting
        if (found := done.removed.get(each.export_id)) is not None
    ]
    if versions:
        causes = {each.export_id: each.cause for each in waiting}
        await _forget(database, url, versions, causes, by or system_actor("retention"))
    return versions, list(done.skipped)


async def _forget(
    database: Database,
    url: str,
    versions: Sequence[WithdrawnVersion],
    causes: Mapping[str, str | None],
    by: Actor,
) -> None:
    async with database.session() as session:
        ids = [each.export_id for each in versions]
        await session.execute(sa.delete(ExportPublication).where(ExportPublication.export_id.in_(ids)))
        await append(session, [_line(each, url, causes[each.export_id], by) for each in versions])


def _line(version: WithdrawnVersion, url: str, cause: str | None, by: Actor) -> NewLine:
    details: dict[str, Detail] = {
        "name": version.dataset,
        "version": version.number,
        "export_id": version.export_id,
        "url": url,
        "files": version.files,
        "bytes": version.bytes,
        "cause": cause,
    }
    return NewLine(by, Action.VERSION_WITHDRAWN, ("export", version.export_id), details=details)
