"""The template table that all versions of a major one share: mined by the first, taken over by the others.

So a template id means the same in all of them. A table is taken as the bytes that the version before has, and
only if they have the hash that is recorded.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from lumber.dataset.derived import TEMPLATES
from lumber.dataset.diff.opened import Opened
from lumber.dataset.documents.contents import Table
from lumber.dataset.files import DatasetFiles, Unlike
from lumber.dataset.folder_files import FolderFiles
from lumber.dataset.layout import output_errors
from lumber.dataset.manifest import FileEntry, Manifest
from lumber.dataset.shards import listed_shards
from lumber.errors import ConfigError, DatasetDamaged, DestinationNotFound, LumberError
from lumber.exports.versions.inheriting import link_file, staged_of
from lumber.exports.versions.reserving import Parent
from lumber.files.expansion import ReadLimits
from lumber.files.staged import create_staged, remove_staged
from lumber.formats.staged_file import StagedFile
from lumber.steps.split import TRAIN
from lumber.steps.templates.options import TemplateOptions
from lumber.steps.templates.table import COLUMNS_READ, TemplateTable
from lumber.store.database import Database
from lumber.store.models import ExportPublication
from lumber.store.shielded import in_thread

if TYPE_CHECKING:
    from lumber.destinations.registry import Destination

# The key of the record of a version that holds the file of its table; null: it has no templates yet.
_RECORD = "templates"
# Columns that say something of the rows, not of the template.
_OF_ROWS = ("count", "first_seen", "last_seen")


@dataclass(frozen=True, slots=True)
class KeptTemplates:
    """The table of the version before, its file, and where that is. `since` is the version that mined it.

    The file has its path there as its name, and its name in staging once it is there.
    """

    table: TemplateTable
    file: StagedFile
    since: int
    files: DatasetFiles
    entry: FileEntry
    has_nulls: frozenset[str]

    @property
    def is_in_folder(self) -> bool:
        """Say whether the file is in the folder of the version before, as its manifest lists it."""
        return isinstance(self.files, FolderFiles)

    def linked(self, staging: Path) -> KeptTemplates:
        """Link or copy the file into staging. Raises DatasetDamaged if it is gone or was changed."""
        if isinstance(self.files, FolderFiles):
            return replace(self, file=link_file(self.files.folder, self.file, staging))
        name = f"inherited-{TEMPLATES.name}-{self.file.sha256[:16]}"
        remove_staged(staging / name)
        try:
            source = self.files.open(self.entry)
        except (OSError, Unlike) as error:
            raise DatasetDamaged(f"{self.files.at(self.entry.path)} can't be read: {error}.") from error
        with source, output_errors(staging), os.fdopen(create_staged(staging / name), "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        return replace(self, file=replace(self.file, name=name))

    def documented(self, output_format: str) -> Table:
        """Return the table as the documents of a version describe it."""
        where = f"In version {self.since}, which mined the table"
        described = {
            name: f"{where}: {text[0].lower()}{text[1:]}" if name in _OF_ROWS else text
            for name, text in TEMPLATES.descriptions.items()
        }
        return Table(
            TEMPLATES.name,
            f"The templates of the log messages, mined from train alone, by version {self.since}. Later "
            "versions keep the table: lines that match none of its templates have the id <unk>.",
            TEMPLATES.written(output_format),
            described,
            {TRAIN: [self.file]},
            self.has_nulls,
        )


def template_record(manifest: Manifest) -> dict[str, Any] | None:
    """Return what the ledger keeps of the table of a version; None: it has none."""
    entry = next((each for each in manifest.files if each.kind == TEMPLATES.name), None)
    return None if entry is None else {"sha256": entry.sha256, "bytes": entry.size_bytes}


def with_record(frozen: dict[str, Any] | None, record: dict[str, Any] | None) -> dict[str, Any]:
    """Return what a version has frozen, with the record of its table."""
    return {**(frozen or {}), _RECORD: record}


async def find_templates(
    database: Database, parent: Parent, options: TemplateOptions, limits: ReadLimits
) -> KeptTemplates | None:
    """Return the table that a version takes from its parent; None: the parent has no templates yet.

    It is read in the parent's folder, or else in the destination that the parent was published to. Raises
    DatasetDamaged if it is nowhere as it was.
    """
    if _RECORD in parent.frozen and parent.frozen[_RECORD] is None:
        return None
    problems = []
    places: list[Callable[[], DatasetFiles]] = [partial(FolderFiles, Path(parent.path))]
    for place in (*places, *await _published(database, parent)):
        read = partial(_read, place, parent, options, limits)
        try:
            return await in_thread(read, lambda: None)
        except LumberError as error:
            problems.append(str(error))
    raise DatasetDamaged(
        f"The template table of version {parent.number} can't be read: {' '.join(problems)} Template ids "
        "never change within a major version. Restore the file, or start a new major version: --new-major on "
        "the command line, new_major in a config."
    )


async def _published(database: Database, parent: Parent) -> list[Callable[[], DatasetFiles]]:
    """Return what opens the parent's files in the destinations that it was published to."""
    wanted = sa.select(ExportPublication.destination, ExportPublication.root).where(
        ExportPublication.export_id == parent.export_id
    )
    found: list[Callable[[], DatasetFiles]] = []
    async with database.session() as session:
        for name, root in (await session.execute(wanted)).all():
            # Exports without a destination don't load it.
            from lumber.destinations.registry import find_destination

            with suppress(DestinationNotFound):
                destination = await find_destination(session, name)
                found.append(partial(_open_published, destination, root, parent.export_id))
    return found


def _open_published(destination: Destination, root: str, export_id: str) -> DatasetFiles:
    from lumber.destinations.reading.published import PublishedFiles

    return PublishedFiles(destination.open(), root, export_id)


def _read(
    place: Callable[[], DatasetFiles], parent: Parent, options: TemplateOptions, limits: ReadLimits
) -> KeptTemplates | None:
    """Read the table of a version. Raises DatasetMissing, DatasetDamaged, DestinationError."""
    files = place()
    opened = Opened(files, limits)
    record = parent.frozen.get(_RECORD)
    if record is None and hashlib.sha256(files.manifest()).hexdigest() != parent.manifest_sha256:
        raise DatasetDamaged(f"{files.name}: the manifest isn't the one that was published.")
    if TEMPLATES.name not in opened.tables and record is None:
        return None
    shards = listed_shards(files, opened.manifest, TEMPLATES.name) if TEMPLATES.name in opened.tables else []
    if len(shards) != 1 or (record is not None and shards[0].entry.sha256 != record["sha256"]):
        raise DatasetDamaged(f"{files.name}: the manifest doesn't list the template table of the version.")
    entry = shards[0].entry
    rows = pa.Table.from_batches(list(opened.batches(shards[0], COLUMNS_READ)))
    try:
        table = TemplateTable.from_rows(options.masking, rows)
    except ConfigError as error:
        raise DatasetDamaged(f"{files.at(entry.path)}: {error}") from error
    file = staged_of(entry, parent.number)
    has_nulls = frozenset(name for name in COLUMNS_READ if rows.column(name).null_count)
    return KeptTemplates(table, file, file.since or parent.number, files, entry, has_nulls)
