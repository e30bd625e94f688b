"""Finds a dataset by what somebody calls it: a folder, a named dataset, or a version in a destination."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lumber.dataset.files import DatasetFiles
from lumber.dataset.layout import MANIFEST
from lumber.errors import ConfigError, DatasetMissing, FieldProblem
from lumber.paths import address_in

if TYPE_CHECKING:
    from lumber.destinations.reading.place import Place
    from lumber.settings import Settings
    from lumber.store.database import Database

T = TypeVar("T")

# A dataset of the database: without a slash, so a path is never taken for one.
_NAMED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{0,127})@(?P<version>[^/@:]{1,128})")
_KNOWN_WITHOUT_LEDGER = re.compile(r"latest|v[1-9][0-9]*|[0-9]+\.[0-9]+\.[0-9]+")


def dataset_at(text: str | Path, settings: Settings) -> Path | DatasetFiles:
    """Return a dataset's folder, or its files in a destination.

    `text` is a path, `DATASET@VERSION` of the database, `DESTINATION:EXPORT_ID`,
    `DESTINATION:DATASET@VERSION`, or an address with a version. A folder that exists is always taken as one.
    Only names need the database. Raises ConfigError, DatasetMissing, DatasetNotFound, DestinationError,
    DatabaseError.
    """
    path = Path(text)
    # Most datasets are in folders: these don't load what destinations need.
    if address_in(text) is None and (path / MANIFEST).exists():
        return path
    from lumber.destinations.reading.place import parse_folder, parse_place

    place = parse_place(str(text)) or parse_folder(path)
    if place is not None and place.address is not None:
        from lumber.destinations.reading.opening import files_in, open_address

        return files_in(open_address(place.address), place)
    if place is not None:
        return _with_database(settings, lambda database: _registered(database, place))
    named = None if path.exists() else named_version(str(text))
    if named is None:
        return path
    return _with_database(settings, lambda database: _version(database, *named))


def named_version(text: str) -> tuple[str, str] | None:
    """Return the name of a dataset and its version, of `DATASET@VERSION`; None for another text."""
    found = _NAMED.fullmatch(text)
    return None if found is None else (found["name"], found["version"])


def dataset_as_of(name: str, moment: datetime, settings: Settings) -> Path:
    """Return the folder of the version of a dataset that was the latest at a moment.

    Raises ConfigError for a name with a version, DatasetNotFound, DatasetMissing, DatabaseError.
    """
    if re.search(r"[@:/]", name):
        message = "as_of needs the name of a dataset of the database, without a version"
        raise ConfigError([FieldProblem("as_of", moment.isoformat(), message)])
    at = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

    async def find(database: Database) -> Path:
        from lumber.exports.versions.listing import version_as_of

        found = await version_as_of(database, name, at)
        return _folder(name, found.version, found.path)

    return _with_database(settings, find)


async def _registered(database: Database, place: Place) -> DatasetFiles:
    from lumber.destinations.reading.opening import files_in
    from lumber.destinations.reading.place import is_export_id
    from lumber.destinations.registry import find_destination

    async with database.session() as session:
        destination = await find_destination(session, place.destination or "")
    version = place.version
    if place.root is not None and not is_export_id(version) and not _KNOWN_WITHOUT_LEDGER.fullmatch(version):
        from lumber.exports.versions.listing import find_version, get_dataset

        # A tag, which only the ledger knows.
        found = find_version(await get_dataset(database, place.root), version)
        place = replace(place, version=found.version)
    return files_in(destination.open(), place)


async def _version(database: Database, name: str, version: str) -> Path:
    from lumber.exports.versions.listing import find_version, get_dataset

    found = find_version(await get_dataset(database, name), version)
    return _folder(name, found.version, found.path)


def _folder(name: str, version: str, path: str | None) -> Path:
    if path is None or not Path(path).is_dir():
        raise DatasetMissing(
            f"The files of {name} {version} are not on this machine: they were in {path}. Read the version "
            f"from a destination: DESTINATION:{name}@{version}."
        )
    return Path(path)


def _with_database(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """Return what an action on the database returns. An event loop may be running, as in a notebook."""
    from lumber.store.database import open_database
    from lumber.store.migrate import require_schema
    from lumber.store.url import DatabaseUrl

    async def run() -> T:
        url = DatabaseUrl.parse(settings.effective_database_url)
        database = open_database(url, busy_timeout_seconds=settings.busy_timeout_seconds)
        try:
            await require_schema(database)
            return await work(database)
        finally:
            await database.close()

    with ThreadPoolExecutor(1, thread_name_prefix="lumber-place") as thread:
        return thread.submit(lambda: asyncio.run(run())).result()
