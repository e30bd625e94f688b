"""Brings the tables of a named dataset up to its latest version, from its folders or from a destination."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa

from lumber.dataset.folder_files import FolderFiles
from lumber.dataset.layout import MANIFEST
from lumber.destinations.address import parse_address
from lumber.destinations.layout import version_key
from lumber.destinations.reading.opening import open_address
from lumber.destinations.reading.place import Place, parse_folder, parse_place
from lumber.destinations.reading.pointers import numbers, read_pointer
from lumber.destinations.reading.published import PublishedFiles
from lumber.destinations.registry import find_destination
from lumber.destinations.store import Store
from lumber.destinations.tables.places import TablePlace, at_address, beside, table_opener
from lumber.destinations.tables.table import TableFormat
from lumber.destinations.tables.update import Done, Version, update_tables
from lumber.errors import ConfigError, DatasetMissing, FieldProblem
from lumber.exports.versions.reserving import VersionState
from lumber.files.expansion import ReadLimits
from lumber.paths import address_in
from lumber.store.database import Database
from lumber.store.models import DatasetVersion, NamedDataset
from lumber.store.shielded import in_thread

_SOURCES = ("NAME", "DESTINATION:NAME", "s3://BUCKET/PREFIX/NAME")


async def find_versions(database: Database, text: str) -> tuple[str, Sequence[Version]]:
    """Return the name of a dataset and its published versions whose files are there, ascending.

    `text` names a dataset of this database, or one in a destination. Raises ConfigError, DatasetMissing,
    DestinationError.
    """
    place = parse_place(text) or (parse_folder(Path(text)) if "/" in text else None)
    if place is None:
        return await _in_ledger(database, text)
    if place.root is None or place.version != "latest":
        message = "must name a dataset without a version: tables get all versions"
        raise ConfigError([FieldProblem("dataset", text, message, _SOURCES)])
    store, root = await _store(database, place), place.root
    return root, await in_thread(lambda: _in_store(store, root), lambda: None)


async def find_place(database: Database, to: str, dataset: str, format: TableFormat) -> TablePlace:
    """Return the place of the tables: beside the dataset in a registered destination, or at an address.

    Raises ConfigError, DestinationNotFound.
    """
    if (place := elsewhere(to)) is not None:
        return place
    async with database.session() as session:
        return beside(await find_destination(session, to), dataset, format)


def elsewhere(to: str) -> TablePlace | None:
    """Return the place at an address or a path; None: the text is a name. Raises ConfigError."""
    if address_in(to) is not None:
        return at_address(parse_address(to, "to"))
    is_path = "/" in to or to in (".", "..")
    return at_address(parse_address(str(Path(to).resolve()), "to")) if is_path else None


def write_tables(
    dataset: str,
    versions: Sequence[Version],
    format: TableFormat,
    place: TablePlace,
    catalog: str,
    limits: ReadLimits,
    on_done: Callable[[Done], None],
) -> list[Done]:
    """Commit what the tables lack. Blocks. Raises ConfigError, DestinationError, DatasetDamaged."""
    if not versions:
        raise DatasetMissing(f"{dataset} has no published version whose files are there.")
    opener = table_opener(format, place, dataset, catalog)
    return update_tables(versions, opener, on_done, limits)


async def _in_ledger(database: Database, name: str) -> tuple[str, Sequence[Version]]:
    wanted = (
        sa.select(NamedDataset.name, DatasetVersion.number, DatasetVersion.export_id, DatasetVersion.path)
        .join(DatasetVersion, DatasetVersion.dataset_id == NamedDataset.id)
        .where(NamedDataset.name_key == name.lower(), DatasetVersion.state == VersionState.PUBLISHED)
        .order_by(DatasetVersion.number)
    )
    async with database.session() as session:
        rows = list(await session.execute(wanted)) if name.isprintable() else []
    if not rows:
        raise DatasetMissing(f"There is no dataset {name!r} with a published version.")
    found = [
        Version(row.number, row.export_id, FolderFiles(Path(row.path)))
        for row in rows
        if row.path is not None and (Path(row.path) / MANIFEST).exists()
    ]
    return rows[0].name, found


def _in_store(store: Store, root: str) -> Sequence[Version]:
    found = []
    for number in numbers(store, root):
        pointer = read_pointer(store, version_key(root, number))
        if pointer is not None:
            files = PublishedFiles(store, root, pointer.export_id, pointer)
            found.append(Version(number, pointer.export_id, files))
    return found


async def _store(database: Database, place: Place) -> Store:
    if place.address is not None:
        return open_address(place.address)
    async with database.session() as session:
        return (await find_destination(session, place.destination or "")).open()
