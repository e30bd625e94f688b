"""Brings the names of versions in destinations in line with the ledger, in clean-ups.

The ledger decides which versions exist. A pointer that couldn't be written, because the process died or the
store didn't respond, is written by the next run, or by a clean-up.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import TypedDict

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.destinations.layout import latest_key, manifest_key
from lumber.destinations.naming import name_version, point_latest, withdraw
from lumber.destinations.reading.pointers import numbers, read_pointer
from lumber.destinations.registry import Destination, find_destination
from lumber.errors import DestinationNotFound, LumberError
from lumber.exports.versions.reserving import VersionState
from lumber.store.database import Database
from lumber.store.models import DatasetVersion, ExportPublication

_log = logging.getLogger(__name__)


class _Named(TypedDict):
    number: int
    data_version: str
    export_id: str
    manifest_sha256: str


_Row = tuple[DatasetVersion, ExportPublication]


async def name_versions(database: Database, *, umask: int) -> None:
    """Write the pointers of published versions that lack one, and withdraw versions that were dropped.

    A destination that fails is logged: the datasets are published all the same.
    """
    async with database.session() as session:
        places = await _places(session)
        found = {name: await _destination(session, name) for name, _, _ in places}
    for (name, url, root), rows in places.items():
        destination = found[name]
        if destination is None or destination.address.url != url:
            continue  # somebody removed it, or registered another one under its name
        try:
            await asyncio.to_thread(_name, destination, root, rows, umask)
        except LumberError as error:
            _log.warning("Versions in the destination %s have no name yet: %s", name, error)


async def _places(session: AsyncSession) -> dict[tuple[str, str, str], Sequence[_Row]]:
    """Return the versions by where they were published: destination, address and root."""
    wanted = sa.select(DatasetVersion, ExportPublication).join(
        ExportPublication, ExportPublication.export_id == DatasetVersion.export_id
    )
    found: dict[tuple[str, str, str], list[_Row]] = defaultdict(list)
    for version, published in await session.execute(wanted.order_by(DatasetVersion.number)):
        place = (published.destination, published.url, published.root)
        found[place].append((version, published))
    return dict(found)


async def _destination(session: AsyncSession, name: str) -> Destination | None:
    try:
        return await find_destination(session, name)
    except DestinationNotFound:
        return None


def _name(destination: Destination, root: str, rows: Sequence[_Row], umask: int) -> None:
    store, promises = destination.open(umask=umask), destination.promises
    known = set(numbers(store, root))
    for version, published in rows:
        if version.state == VersionState.DROPPED:
            number = version.number if version.number in known else None
            withdraw(store, root, export_id=published.export_id, number=number)
    current = [
        (version, published)
        for version, published in rows
        # What was withdrawn stays without a name.
        if version.state == VersionState.PUBLISHED
        and (version.number in known or store.find(manifest_key(root, published.export_id)) is not None)
    ]
    for version, published in current:
        if version.number not in known:
            name_version(store, promises, root, **_named(version, published), is_latest=False)
    if current:
        last, published = current[-1]
        latest = read_pointer(store, latest_key(root))
        if latest is None or latest.number != last.number:
            point_latest(store, promises, root, **_named(last, published))


def _named(version: DatasetVersion, published: ExportPublication) -> _Named:
    return {
        "number": version.number,
        "data_version": version.data_version or "",
        "export_id": published.export_id,
        "manifest_sha256": published.manifest_sha256,
    }
