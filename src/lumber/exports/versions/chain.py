"""Proves that the versions of a dataset are a chain: each row was added by exactly one of them.

Each version must continue the one before: what it has seen begins where that ended, and its files are those
of the one before and new ones. Every file that a version lists must be there with its bytes. All rows of the
last version are read again. Its ids are compared with the database as the last version saw it, so that the
increments together are one full export: no gap, no overlap.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from lumber.catalog.registry import get_kind
from lumber.catalog.selection import Selection
from lumber.dataset.declared_kinds import kinds_of
from lumber.dataset.derived import TEMPLATES
from lumber.dataset.diff.opened import Opened
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import FileEntry, Manifest
from lumber.dataset.manifest_file import read_manifest
from lumber.dataset.verify import verify_dataset
from lumber.errors import DatasetDamaged, DatasetMissing, LumberError
from lumber.exports.config import ExportConfig
from lumber.exports.guests import guest_of
from lumber.exports.parsing import parse_config
from lumber.exports.versions.identity import database_identity
from lumber.exports.versions.listing import dataset_row
from lumber.exports.versions.origin import only_grows, source_identity, why_not_continued, why_other_source
from lumber.exports.versions.reserving import VersionState
from lumber.exports.versions.templates import template_record
from lumber.files.expansion import ReadLimits
from lumber.files.folder import Folder
from lumber.files.modes import PRIVATE_FOLDER
from lumber.files.temporary import process_folder
from lumber.sources.guest import Guest
from lumber.store.conditions import where
from lumber.store.database import Database
from lumber.store.keyset import Cutoff
from lumber.store.literal import literal_sql
from lumber.store.models import DatasetVersion
from lumber.store.relations import OWN
from lumber.store.tables import table_of
from lumber.store.url import Dialect
from lumber.text import counted

# Called with what is checked now.
OnStep = Callable[[str], None]
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """Something that breaks the chain, and the version where it is seen."""

    version: str
    problem: str


@dataclass(slots=True)
class ChainReport:
    """What a check of a dataset's chain found. `notes` say what could not be checked."""

    dataset: str
    versions: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    compared: list[str] = field(default_factory=list)
    problems: list[ChainProblem] = field(default_factory=list)
    notes: list[ChainProblem] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        """Say whether there is no problem."""
        return not self.problems

    def add(self, version: str, problem: str) -> None:
        """Add a problem."""
        self.problems.append(ChainProblem(version, problem))

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"ok": self.is_ok, **asdict(self)}


async def verify_chain(
    database: Database, name: str, limits: ReadLimits, on_step: OnStep = lambda _text: None
) -> ChainReport:
    """Check all versions of a dataset. Raises DatasetNotFound."""
    async with database.session() as session:
        row = await dataset_row(session, name)
        versions, deleted = await _versions(session, row.id)
    report = ChainReport(row.name, len(versions))
    manifests: dict[int, Manifest] = {}
    hashes: dict[tuple[int, int], str] = {}
    for version in versions:
        on_step(f"v{version.number}")
        manifest = _manifest(version, row.name, limits, report)
        if manifest is not None:
            manifests[version.number] = manifest
            _check_files(version, manifest, hashes, report)
    _check_numbers(versions, deleted, report)
    for version in versions:
        if version.number in manifests:
            _check_step(version, versions, manifests, report)
    last = next((each for each in reversed(versions) if each.state == VersionState.PUBLISHED), None)
    if last is not None and last.number in manifests:
        on_step(f"rows of v{last.number}")
        if _check_rows(last, limits, report):
            await _check_database(database, last, manifests[last.number], limits, report, on_step)
    return report


async def _versions(session: AsyncSession, dataset_id: str) -> tuple[list[DatasetVersion], set[int]]:
    """Return the versions that are to be there, and the numbers of those that retention deleted."""
    wanted = sa.select(DatasetVersion).where(DatasetVersion.dataset_id == dataset_id)
    found = list(await session.scalars(wanted.order_by(DatasetVersion.number)))
    there = [each for each in found if each.state in (VersionState.PUBLISHED, VersionState.HELD)]
    return there, {each.number for each in found if each.state == VersionState.DELETED}


def _name(version: DatasetVersion) -> str:
    return f"v{version.number}"


def _manifest(version: DatasetVersion, name: str, limits: ReadLimits, report: ChainReport) -> Manifest | None:
    """Return the manifest of a version, if it is the one that the ledger knows."""
    folder = Path(version.path or "")
    try:
        manifest = read_manifest(folder, limits)
        with Folder.open(folder) as opened, opened.file(MANIFEST) as file:
            found = hashlib.sha256(file.read()).hexdigest()
    except (DatasetMissing, DatasetDamaged) as error:
        report.add(_name(version), str(error))
        return None
    if found != version.manifest_sha256:
        report.add(_name(version), f"the manifest in {folder} isn't the one that was published")
    section = manifest.dataset
    if section is None or (section.name, section.number) != (name, version.number):
        report.add(_name(version), f"the manifest in {folder} isn't of version {version.number} of {name}")
        return None
    return manifest


def _check_files(
    version: DatasetVersion,
    manifest: Manifest,
    hashes: dict[tuple[int, int], str],
    report: ChainReport,
) -> None:
    """Check the bytes of every listed file. A file that several versions share is read once."""
    try:
        with Folder.open(Path(version.path or "")) as folder:
            for entry in manifest.files:
                try:
                    state = folder.state(entry.path)
                    inode = (state.st_dev, state.st_ino)
                    if inode not in hashes:
                        hashes[inode] = _sha256(folder, entry)
                except OSError as error:
                    report.add(_name(version), f"{entry.path} can't be read: {error.strerror or error}")
                    continue
                if hashes[inode] != entry.sha256:
                    report.add(_name(version), f"{entry.path} was changed")
    except OSError as error:
        report.add(_name(version), f"{version.path} can't be read: {error.strerror or error}")


def _sha256(folder: Folder, entry: FileEntry) -> str:
    digest = hashlib.sha256()
    with folder.file(entry.path) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _check_numbers(versions: Sequence[DatasetVersion], deleted: Collection[int], report: ChainReport) -> None:
    """Check that every parent is known, and that no two versions continue the same one."""
    children: dict[int, int] = {}
    known = {version.number for version in versions}
    for version in versions:
        parent = version.parent_number
        if parent is None:
            if version.number != versions[0].number or deleted:
                report.add(_name(version), "continues no version, but isn't the first one")
        elif parent in children and version.state == VersionState.PUBLISHED:
            report.add(_name(version), f"continues v{parent}, and so does v{children[parent]}")
        elif parent in deleted:
            text = f"continues v{parent}, which retention deleted"
            report.notes.append(ChainProblem(_name(version), text))
        elif parent not in known:
            report.add(_name(version), f"continues v{parent}, which isn't there")
        if parent is not None:
            children[parent] = version.number


def _check_step(
    version: DatasetVersion,
    versions: Sequence[DatasetVersion],
    manifests: dict[int, Manifest],
    report: ChainReport,
) -> None:
    """Check what a version takes from its parent: its moment, its files and its counts."""
    manifest = manifests[version.number]
    section = manifest.dataset
    assert section is not None
    before = next((each for each in versions if each.number == version.parent_number), None)
    if section.parent is None or before is None or before.number not in manifests:
        if version.parent_number is not None and section.parent is None:
            report.add(_name(version), "its manifest names no parent, but the ledger does")
        return
    if section.parent.manifest_sha256 != before.manifest_sha256:
        report.add(_name(version), f"was made of another version than the v{before.number} that is there")
    older = manifests[before.number]
    assert older.dataset is not None
    has = {(entry.kind, entry.sha256) for entry in older.files if entry.kind is not None}
    if not section.is_major:
        _check_templates(version, before, manifest, older, report)
    for kind, changes in section.kinds.items():
        if changes.mode != "append":
            continue
        _check_window(version, kind, manifest, older, report)
        inherited = [
            entry for entry in manifest.files if entry.kind == kind and entry.since != version.number
        ]
        rows = sum(entry.rows or 0 for entry in inherited)
        if rows != older.kinds[kind].written:
            text = f"takes {counted(rows, 'row')} of {kind} from v{before.number}, which has"
            report.add(_name(version), f"{text} {older.kinds[kind].written:,}")
        for entry in inherited:
            if (kind, entry.sha256) not in has:
                report.add(_name(version), f"{entry.path} isn't in v{before.number}, from which it is")
        if rows + changes.added != manifest.kinds[kind].written:
            text = f"{kind}: {counted(rows, 'row')} and {changes.added:,} new aren't"
            report.add(_name(version), f"{text} {manifest.kinds[kind].written:,}")


def _check_templates(
    version: DatasetVersion, before: DatasetVersion, manifest: Manifest, older: Manifest, report: ChainReport
) -> None:
    """Check that a version has the template table of its parent.

    Earlier programs mined a table for each version and recorded none. It then is of that version.
    """
    now, was = template_record(manifest), template_record(older)
    recorded = (before.frozen or {}).get("templates")
    is_taken = any(entry.kind == TEMPLATES.name and entry.since != version.number for entry in manifest.files)
    if now != recorded if recorded is not None else is_taken and now != was:
        report.add(_name(version), f"its template table isn't that of v{before.number}, which it continues")


def _check_window(
    version: DatasetVersion, kind: str, manifest: Manifest, older: Manifest, report: ChainReport
) -> None:
    """Check that an increment begins where its parent ended: no gap and no overlap."""
    assert older.dataset is not None
    since = (manifest.plan.cutoff or {}).get("since", {}).get(kind, {})
    mark = older.dataset.watermark
    begins = (since.get("max_id"), since.get("snapshot"))
    ended = (mark["max_ids"].get(kind), mark["snapshot"])
    if begins != ended:
        report.add(_name(version), f"{kind}: begins at {begins}, but the version before ended at {ended}")


def _check_rows(last: DatasetVersion, limits: ReadLimits, report: ChainReport) -> bool:
    """Read all rows of the last version again, and say whether it is sound: no id may be there twice."""
    found = verify_dataset(Path(last.path or ""), limits=limits)
    report.rows = dict(found.rows)
    for problem in found.problems:
        report.add(_name(last), f"{problem.path}: {problem.problem}")
    return found.is_ok


async def _check_database(
    database: Database,
    last: DatasetVersion,
    manifest: Manifest,
    limits: ReadLimits,
    report: ChainReport,
    on_step: OnStep,
) -> None:
    """Compare the ids of append-only kinds with the rows that the last version has seen."""
    place = process_folder() / f"chain-{uuid4().hex}"
    try:
        place.mkdir(PRIVATE_FOLDER)
        with kinds_of(manifest):
            config = parse_config(manifest.config)
            async with guest_of(config, database, folder=place) as guest:
                if guest is not None and guest.collector is not None:
                    if not any(only_grows(kind, guest.source) for kind in config.kinds):
                        promised = "no mapping of the source promises append_only"
                        report.notes.append(
                            ChainProblem(_name(last), f"the rows weren't compared: {promised}")
                        )
                        return
                    on_step(f"rows of the source {guest.source.name}")
                    await guest.collect()
                read = database if guest is None else guest.database
                async with read.connect() as connection:
                    await _compare_kinds(config, connection, guest, last, manifest, limits, report, on_step)
    except LumberError as error:
        report.notes.append(ChainProblem(_name(last), f"the rows of the database weren't compared: {error}"))
    finally:
        with suppress(OSError):
            shutil.rmtree(place)


async def _compare_kinds(
    config: ExportConfig,
    connection: AsyncConnection,
    guest: Guest | None,
    last: DatasetVersion,
    manifest: Manifest,
    limits: ReadLimits,
    report: ChainReport,
    on_step: OnStep,
) -> None:
    assert manifest.dataset is not None
    mark = manifest.dataset.watermark

    def note(text: str) -> None:
        report.notes.append(ChainProblem(_name(last), text))

    selections = {each.kind.name: each for each in config.selections()}
    if guest is None:
        identity = await database_identity(connection, [each.kind.table for each in selections.values()])
        is_other = identity != mark.get("database")
    else:
        is_other = why_other_source(mark, await source_identity(connection, guest, selections)) is not None
    if is_other:
        note("the rows weren't compared: the database isn't the one that the version read")
        return
    for name, selection in selections.items():
        section = manifest.kinds[name]
        if not selection.kind.is_append_only:
            continue
        if guest is not None and (why := why_not_continued(guest, name, mark, last.number)) is not None:
            note(f"{name}: the rows weren't compared: {why}")
            continue
        if config.privacy is not None and config.privacy.renumber_ids:
            note(f"{name}: the rows weren't compared, because their ids are other numbers")
            continue
        if _has_other_dates(config):
            note(f"{name}: the rows weren't compared, because the dates of the config are other ones")
            continue
        if section.deduplicated or section.sampled_out:
            note(f"{name}: the rows weren't compared, because the export leaves some out")
            continue
        on_step(f"{name} in the database")
        cutoff = Cutoff(max_id=mark["max_ids"].get(name), snapshot=mark["snapshot"])
        wanted = await _ids_in_database(connection, selection, cutoff, guest)
        _compare(name, wanted, _ids_in_dataset(last, name, limits), section.rejected, report, last)
        report.compared.append(name)


def _has_other_dates(config: ExportConfig) -> bool:
    """Say whether the config of a manifest has dates, and its times were shifted."""
    is_shifted = config.privacy is not None and config.privacy.shift_times
    return is_shifted and any((config.start_date, config.end_date, config.end_before))


async def _ids_in_database(
    connection: AsyncConnection, selection: Selection, cutoff: Cutoff, guest: Guest | None
) -> Any:
    dialect: Dialect = "postgresql" if connection.dialect.name == "postgresql" else "sqlite"
    relations = OWN if guest is None else guest.relations
    table = table_of(selection.kind)
    conditions = [*where(selection, dialect), *cutoff.conditions(selection.kind, dialect)]
    asked = sa.select(table.c[selection.kind.id_column]).where(*conditions)
    answer = await connection.exec_driver_sql(relations.sql(literal_sql(asked, dialect)))
    return np.sort(np.fromiter((row[0] for row in answer), np.int64))


def _ids_in_dataset(last: DatasetVersion, kind: str, limits: ReadLimits) -> Any:
    opened = Opened(Path(last.path or ""), limits)
    name = get_kind(kind).id_column
    parts = [
        np.array(batch.column(name).to_numpy(zero_copy_only=False), dtype=np.int64)
        for shard in opened.shards(kind)
        for batch in opened.batches(shard, [name])
    ]
    return np.sort(np.concatenate(parts)) if parts else np.empty(0, np.int64)


def _compare(
    kind: str, wanted: Any, found: Any, rejected: int, report: ChainReport, last: DatasetVersion
) -> None:
    missing, extra = np.setdiff1d(wanted, found), np.setdiff1d(found, wanted)
    if len(extra):
        text = f"{kind}: {counted(len(extra), 'row')} aren't in the database, the first has the id {extra[0]}"
        report.add(_name(last), text)
    if len(missing) != rejected:
        text = f"{kind}: {counted(len(missing), 'row')} of the database are missing, and {rejected:,} were"
        report.add(
            _name(last), f"{text} rejected; the first has the id {missing[0] if len(missing) else '-'}"
        )
