"""Names published versions in their destinations, after the ledger has published them.

Naming is repeatable, and each time all versions without a name get one. So a version whose naming failed, or
that was held at first, is named with the next one at the latest.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import sqlalchemy as sa

from lumber.destinations.layout import manifest_key
from lumber.destinations.naming import name_version
from lumber.destinations.reading.pointers import numbers
from lumber.destinations.registry import Destination, find_destination
from lumber.errors import LumberError
from lumber.exports.versions.reserving import VersionState
from lumber.store.database import Database
from lumber.store.models import DatasetVersion, ExportPublication, NamedDataset
from lumber.store.shielded import in_thread

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Published:
    """A version in a destination, as the ledger has it."""

    destination: str
    root: str
    number: int
    data_version: str | None
    export_id: str
    manifest_sha256: str


async def name_published(database: Database, dataset: str, *, umask: int | None = None) -> int:
    """Name the published versions of a dataset in their destinations; return how many had no name.

    Raises a DestinationError, and nothing is named twice.
    """
    found = await _published(database, dataset)
    named = 0
    for (name, root), group in groupby(found, attrgetter("destination", "root")):
        async with database.session() as session:
            destination = await find_destination(session, name)
        versions = list(group)
        named += await in_thread(lambda: _name(destination, root, versions, umask), lambda: None)  # noqa: B023
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


async def _published(database: Database, dataset: str) -> Sequence[_Published]:
    """Return the versions by their place, ascending."""
    wanted = (
        sa.select(
            ExportPublication.destination,
            ExportPublication.root,
            DatasetVersion.number,
            DatasetVersion.data_version,
            DatasetVersion.export_id,
            ExportPublication.manifest_sha256,
        )
        .join(ExportPublication, ExportPublication.export_id == DatasetVersion.export_id)
        .join(NamedDataset, NamedDataset.id == DatasetVersion.dataset_id)
        .where(NamedDataset.name_key == dataset.lower(), DatasetVersion.state == VersionState.PUBLISHED)
        .order_by(ExportPublication.destination, ExportPublication.root, DatasetVersion.number)
    )
    async with database.session() as session:
        return [_Published(*row) for row in await session.execute(wanted)]


def _name(destination: Destination, root: str, versions: Sequence[_Published], umask: int | None) -> int:
    store = destination.open(umask=umask)
    known = set(numbers(store, root))
    missing = [
        each
        for each in versions
        # What was withdrawn stays without a name.
        if each.number not in known and store.find(manifest_key(root, each.export_id)) is not None
    ]
    # The latest also if it has its name: `latest.json` may be behind.
    for each in missing or versions[-1:]:
        name_version(
            store,
            destination.promises,
            root,
            number=each.number,
            data_version=each.data_version or "",
            export_id=each.export_id,
            manifest_sha256=each.manifest_sha256,
        )
    return len(missing)
