"""Finds a dataset by what somebody calls it: a folder, or a version in a destination."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from lumber.dataset.files import DatasetFiles
from lumber.paths import address_in

if TYPE_CHECKING:
    from lumber.destinations.reading.place import Place
    from lumber.settings import Settings


def dataset_at(text: str | Path, settings: Settings) -> Path | DatasetFiles:
    """Return a dataset's folder, or its files in a destination.

    `text` is a path, `NAME:EXPORT_ID`, `NAME:DATASET@VERSION` or an address with a version. Only a name of a
    destination needs the database. Raises ConfigError, DatasetMissing, DestinationError, DatabaseError.
    """
    path = Path(text)
    # Most datasets are in folders: these don't load what destinations need.
    if address_in(text) is None and ":" not in str(text) and (path / "manifest.json").exists():
        return path
    from lumber.destinations.reading.place import parse_folder, parse_place

    place = parse_place(str(text)) or parse_folder(path)
    if place is None:
        return path
    from lumber.destinations.reading.opening import files_in, open_address

    if place.address is not None:
        return files_in(open_address(place.address), place)
    with ThreadPoolExecutor(1, thread_name_prefix="lumber-place") as thread:
        # An event loop may be running here, as in a notebook.
        return thread.submit(lambda: asyncio.run(_registered(place, settings))).result()


async def _registered(place: Place, settings: Settings) -> DatasetFiles:
    from lumber.destinations.reading.opening import files_in
    from lumber.destinations.registry import find_destination
    from lumber.store.database import open_database
    from lumber.store.migrate import require_schema
    from lumber.store.url import DatabaseUrl

    url = DatabaseUrl.parse(settings.effective_database_url)
    database = open_database(url, busy_timeout_seconds=settings.busy_timeout_seconds)
    try:
        await require_schema(database)
        async with database.session() as session:
            destination = await find_destination(session, place.destination or "")
    finally:
        await database.close()
    return files_in(destination.open(), place)
