"""Brings the names of versions in destinations in line with the ledger, in clean-ups.

A name that couldn't be written, because the process died or the store didn't respond, is written by the next
run, or here. What was dropped is withdrawn.
"""

from __future__ import annotations

import asyncio
import logging

from lumber.destinations.naming import withdraw
from lumber.destinations.reading.pointers import numbers
from lumber.destinations.registry import Destination
from lumber.errors import DestinationNotFound, LumberError
from lumber.exports.versions.naming import PlacedVersions, placed_versions, write_names
from lumber.store.database import Database

_log = logging.getLogger(__name__)


async def name_versions(database: Database, *, umask: int) -> None:
    """Write the names of published versions that lack one, and withdraw versions that were dropped.

    A destination that fails is logged: the datasets are published all the same.
    """
    async with database.session() as session:
        places = await placed_versions(session)
    for place, versions in places.items():
        try:
            async with database.session() as session:
                destination = await place.find(session)
        except DestinationNotFound:
            continue  # somebody removed it, or registered another one under its name
        try:
            await asyncio.to_thread(_reconcile, destination, place.root, versions, umask)
        except LumberError as error:
            _log.warning("Versions in the destination %s have no name yet: %s", place.destination, error)


def _reconcile(destination: Destination, root: str, versions: PlacedVersions, umask: int) -> None:
    store = destination.open(umask=umask)
    known = set(numbers(store, root)) if versions.dropped else set()
    for each in versions.dropped:
        number = each.number if each.number in known else None
        withdraw(store, root, export_id=each.export_id, number=number)
    write_names(store, destination.promises, root, versions)
