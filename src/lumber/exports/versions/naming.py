"""Names the versions of datasets in their destinations, as the ledger has them.

The ledger decides which versions exist. Naming is repeatable, and each time all published versions without a
name get one. So a version whose naming failed, or that was held at first, is named with the next one or by a
clean-up, whichever comes first.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypedDict

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.destinations.layout import latest_key, manifest_key
from lumber.destinations.naming import name_version, point_latest
from lumber.destinations.promises import Promises
from lumber.destinations.reading.pointers import numbers, read_pointer
from lumber.destinations.registry import Destination, find_destination
from lumber.destinations.store import Store
from lumber.errors import DatasetDamaged, DestinationNotFound, LumberError
from lumber.exports.versions.reserving import VersionState
from lumber.store.database import Database
from lumber.store.models import DatasetVersion, ExportPublication, NamedDataset
from lumber.store.shielded import in_thread

_log = logging.getLogger(__name__)


class _Named(TypedDict):
    number: int
    data_version: str
    export_id: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class PlacedVersion:
    """A version in a destination, as the ledger has it."""

    number: int
    state: str
    data_version: str
    export_id: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where versions of a dataset lie: the name and address of a destination, and the root in it."""

    destination: str
    url: str
    root: str

    async def find(self, session: AsyncSession) -> Destination:
        """Return the destination. Raises DestinationNotFound, also if its name has another address now."""
        found = await find_destination(session, self.destination)
        if found.address.url != self.url:
            raise DestinationNotFound(
                f"The destination {self.destination} is {found.address.url} now; it was {self.url} when "
                "versions were published there."
            )
        return found


@dataclass(frozen=True, slots=True)
class PlacedVersions:
    """The versions in one place, ascending."""

    published: list[PlacedVersion] = field(default_factory=list)
    # Those that were dropped, and those that were deleted.
    dropped: list[PlacedVersion] = field(default_factory=list)
    deleted: list[PlacedVersion] = field(default_factory=list)

    def add(self, version: PlacedVersion) -> None:
        """Add the next version. One that is held, or in the making, has no name yet."""
        kinds = {
            VersionState.PUBLISHED: self.published,
            VersionState.DROPPED: self.dropped,
            VersionState.DELETED: self.deleted,
        }
        for state, versions in kinds.items():
            if version.state == state:
                versions.append(version)

    def withdrawn(self) -> Collection[int]:
        """Return the numbers that must not be the latest."""
        return {each.number for each in (*self.dropped, *self.deleted)}


async def name_published(database: Database, dataset: str, *, umask: int | None = None) -> int:
    """Name the published versions of a dataset in their destinations; return how many had no name.

    Raises a DestinationError, and nothing is named twice.
    """
    named = 0
    async with database.session() as session:
        places = await placed_versions(session, dataset)
    for place, versions in places.items():
        async with database.session() as session:
            destination = await place.find(session)
        work = partial(_name, destination, place.root, versions, umask)
        named += await in_thread(work, lambda: None)
    return named


async def try_to_name(database: Database, dataset: str, *, umask: int | None = None) -> None:
    """Name the published versions. A failure is only logged: the next version of the dataset names them."""
    try:
        await name_published(database, dataset, umask=umask)
    except LumberError as error:
        _log.warning(
            "A version of %s is published, and its destination doesn't name it yet: %s The next one does.",
            dataset,
            error,
        )


async def placed_versions(
    session: AsyncSession, dataset: str | None = None
) -> Mapping[Place, PlacedVersions]:
    """Return the versions in destinations, of one dataset or of all, by where they lie."""
    wanted = (
        sa.select(
            ExportPublication.destination,
            ExportPublication.url,
            ExportPublication.root,
            DatasetVersion.number,
            DatasetVersion.state,
            DatasetVersion.data_version,
            DatasetVersion.export_id,
            ExportPublication.manifest_sha256,
        )
        .join(ExportPublication, ExportPublication.export_id == DatasetVersion.export_id)
        .order_by(DatasetVersion.number)
    )
    if dataset is not None:
        named = sa.select(NamedDataset.id).where(NamedDataset.name_key == dataset.lower())
        wanted = wanted.where(DatasetVersion.dataset_id.in_(named))
    found: dict[Place, PlacedVersions] = {}
    for name, url, root, number, state, data_version, export_id, sha256 in await session.execute(wanted):
        version = PlacedVersion(number, state, data_version or "", export_id, sha256)
        found.setdefault(Place(name, url, root), PlacedVersions()).add(version)
    return found


def _name(destination: Destination, root: str, versions: PlacedVersions, umask: int | None) -> int:
    return write_names(destination.open(umask=umask), destination.promises, root, versions)


def write_names(store: Store, promises: Promises, root: str, versions: PlacedVersions) -> int:
    """Write the missing names of published versions, and `latest.json`; return how many names were missing.

    Raises DestinationErrors.
    """
    known = set(numbers(store, root))
    present = [
        each
        for each in versions.published
        # What was withdrawn stays without a name.
        if each.number in known or store.find(manifest_key(root, each.export_id)) is not None
    ]
    missing = [each for each in present if each.number not in known]
    # The last one also if it has its name: another export must not have taken it.
    for each in missing or present[-1:]:
        name_version(store, promises, root, **_named(each), is_latest=False)
    if present:
        _write_latest(store, promises, root, present[-1], versions.withdrawn())
    return len(missing)


def _write_latest(
    store: Store, promises: Promises, root: str, last: PlacedVersion, withdrawn: Collection[int]
) -> None:
    """Let `latest.json` name the last version of the ledger.

    Another process may have named a later one meanwhile. So only a version that was withdrawn is replaced by
    an earlier one.
    """
    try:
        latest = read_pointer(store, latest_key(root))
    except DatasetDamaged:
        point_latest(store, promises, root, **_named(last), is_forced=True)
        return
    if latest is None or latest.number < last.number:
        point_latest(store, promises, root, **_named(last))
    elif latest.number > last.number:
        is_gone = store.find(manifest_key(root, latest.export_id)) is None
        if is_gone or latest.number in withdrawn:
            point_latest(store, promises, root, **_named(last), is_forced=True)


def _named(version: PlacedVersion) -> _Named:
    return {
        "number": version.number,
        "data_version": version.data_version,
        "export_id": version.export_id,
        "manifest_sha256": version.manifest_sha256,
    }
