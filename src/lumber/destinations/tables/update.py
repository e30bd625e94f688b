"""Brings the tables of a dataset up to its latest version: one commit for each version, and none twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lumber.dataset.files import DatasetFiles
from lumber.dataset.manifest import Manifest, VersionSection
from lumber.dataset.manifest_file import read_manifest
from lumber.destinations.tables.table import Commit, Committed, Rows, VersionTable
from lumber.destinations.tables.version_rows import table_schema, version_rows
from lumber.errors import DatasetDamaged, DestinationConflict
from lumber.files.expansion import DEFAULT_LIMITS, ReadLimits

_APPEND = "append"


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of a dataset, and its files."""

    number: int
    export_id: str
    files: DatasetFiles


@dataclass(frozen=True, slots=True)
class Done:
    """A commit that was made. `rows` were added, or are all rows if the version replaced what was there."""

    kind: str
    place: str
    number: int
    data_version: str
    rows: int
    is_append: bool

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "kind": self.kind,
            "table": self.place,
            "version": self.number,
            "data_version": self.data_version,
            "mode": _APPEND if self.is_append else "overwrite",
            "rows": self.rows,
        }


def update_tables(
    versions: Sequence[Version],
    open_table: Callable[[str], VersionTable],
    on_done: Callable[[Done], None] = lambda _done: None,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> list[Done]:
    """Commit every version that the tables lack, in order; `versions` are all of the dataset, ascending.

    The table itself says which version it has, in the commit with the rows. So a run that was killed
    continues where it ended, and a repeated one does nothing. Raises DestinationError and DatasetDamaged.
    """
    done: list[Done] = []
    last: dict[str, Committed | None] = {}
    tables: dict[str, VersionTable] = {}

    def table(kind: str) -> VersionTable:
        if kind not in tables:
            tables[kind] = open_table(kind)
            last[kind] = tables[kind].last()
            _require_same(tables[kind].place, last[kind], versions)
        return tables[kind]

    # Versions that all tables have aren't even opened.
    for kind in read_manifest(versions[-1].files, limits).kinds if versions else ():
        table(kind)
    for version in versions:
        if all(_has(last[kind], version.number) for kind in tables):
            continue
        manifest = read_manifest(version.files, limits)
        section = _section(version, manifest)
        for kind in manifest.kinds:
            into = table(kind)
            if not _has(last[kind], version.number):
                done.append(_commit(into, last[kind], version, section, manifest, kind, limits))
                last[kind] = Committed(version.number, version.export_id)
                on_done(done[-1])
    return done


def _commit(
    table: VersionTable,
    last: Committed | None,
    version: Version,
    section: VersionSection,
    manifest: Manifest,
    kind: str,
    limits: ReadLimits,
) -> Done:
    is_append = _adds_only(section, kind, last)
    commit = Commit(
        section.name,
        Committed(version.number, version.export_id),
        section.data_version,
        table_schema(version.files, manifest, kind),
        is_append,
    )
    since = version.number if is_append else None
    rows = Rows(version_rows(version.files, manifest, kind, limits, since))
    try:
        table.commit(commit, rows)
    except BaseException:
        if rows.error is not None:
            raise rows.error from None
        raise
    return Done(kind, table.place, version.number, section.data_version, rows.count, is_append)


def _adds_only(section: VersionSection, kind: str, last: Committed | None) -> bool:
    """Say whether a version only adds rows to what the table holds."""
    listed, parent = section.kinds.get(kind), section.parent
    if listed is None or parent is None or last is None or parent.number != last.number:
        return False
    return listed.mode == _APPEND and not listed.changed and not listed.removed


def _has(last: Committed | None, number: int) -> bool:
    return last is not None and last.number >= number


def _section(version: Version, manifest: Manifest) -> VersionSection:
    section = manifest.dataset
    if section is None or section.number != version.number or manifest.export_id != version.export_id:
        raise DatasetDamaged(f"{version.files.name}: the manifest isn't that of v{version.number}.")
    return section


def _require_same(place: str, last: Committed | None, versions: Sequence[Version]) -> None:
    """Raise DestinationConflict if the table holds a version that the dataset doesn't have."""
    if last is None or not versions:
        return
    known = next((each for each in versions if each.number == last.number), None)
    if last.number > versions[-1].number:
        reason = f"and the latest is v{versions[-1].number}"
    elif known is not None and last.export_id not in (None, known.export_id):
        reason = f"of the export {last.export_id}, and here v{last.number} is of {known.export_id}"
    else:
        return
    raise DestinationConflict(
        f"{place} holds v{last.number}, {reason}. It is the table of another dataset with this name, or the "
        "dataset was restored from a copy. Remove the table, or choose another --to."
    )
