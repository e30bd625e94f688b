"""Lists named datasets with their versions and tags, and finds the version that a text names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import Actor
from lumber.audit.append import append
from lumber.errors import ConfigError, DatasetNotFound, FieldProblem
from lumber.exports.audited import retention_line, tagged_line, untagged_line
from lumber.exports.locks import lock_creation
from lumber.exports.options.version import checked_name
from lumber.exports.versions.reserving import VersionState
from lumber.store.database import Database
from lumber.store.models import DatasetTag, DatasetVersion, NamedDataset
from lumber.store.models.base import utc_now

LATEST = "latest"
_NUMBER = re.compile(r"v?([0-9]{1,9})")
_SEMANTIC = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_SHOWN = (VersionState.PUBLISHED, VersionState.HELD, VersionState.DROPPED, VersionState.DELETED)


@dataclass(frozen=True, slots=True)
class VersionDetails:
    """A version: where it is, and what it added, changed and removed. `rows` are all rows of the dataset."""

    version: str
    number: int
    data_version: str
    export_id: str
    path: str | None
    rows: int
    added: int
    changed: int
    removed: int
    state: str
    reason: str | None
    tags: tuple[str, ...]
    parent: int | None
    is_incremental: bool
    created_at: datetime
    kinds: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "created_at": self.created_at.isoformat(), "tags": list(self.tags)}


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """A named dataset with its latest published version. `versions` and `held` are numbers of versions."""

    name: str
    versions: int
    latest: VersionDetails | None
    held: int
    keep_last: int | None
    keep_days: int | None
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            **asdict(self),
            "latest": None if self.latest is None else self.latest.as_json(),
            "created_at": self.created_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class DatasetDetails:
    """A named dataset, with its versions, newest first."""

    dataset_id: str
    name: str
    owner_id: str | None
    created_at: datetime
    keep_last: int | None
    keep_days: int | None
    versions: tuple[VersionDetails, ...]

    @property
    def latest(self) -> VersionDetails | None:
        """The latest published version."""
        return next((each for each in self.versions if each.state == VersionState.PUBLISHED), None)

    @property
    def held(self) -> int:
        """The number of versions that are held."""
        return sum(each.state == VersionState.HELD for each in self.versions)

    @property
    def summary(self) -> DatasetSummary:
        """The dataset without its versions."""
        count, kept = len(self.versions), (self.keep_last, self.keep_days)
        return DatasetSummary(self.name, count, self.latest, self.held, *kept, self.created_at)

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values, without the versions."""
        return self.summary.as_json()


async def list_datasets(database: Database, owner_id: str | None = None) -> Sequence[DatasetDetails]:
    """Return the datasets by name; those of one account only, with `owner_id`."""
    async with database.session() as session:
        wanted = sa.select(NamedDataset).order_by(NamedDataset.name_key)
        if owner_id is not None:
            wanted = wanted.where(NamedDataset.owner_id == owner_id)
        return [await _details(session, row) for row in await session.scalars(wanted)]


async def get_dataset(database: Database, name: str, owner_id: str | None = None) -> DatasetDetails:
    """Return a dataset by its name, in any case. Raises DatasetNotFound."""
    async with database.session() as session:
        return await _details(session, await dataset_row(session, name, owner_id))


async def dataset_row(session: AsyncSession, name: str, owner_id: str | None = None) -> NamedDataset:
    """Return the row of a dataset. With `owner_id`, those of others don't exist. Raises DatasetNotFound."""
    known = None
    if name.isprintable():
        known = await session.scalar(sa.select(NamedDataset).where(NamedDataset.name_key == name.lower()))
    if known is None or owner_id not in (None, known.owner_id):
        raise DatasetNotFound(f"There is no dataset {name!r}. `lumber datasets list` shows all of them.")
    return known


def find_version(dataset: DatasetDetails, text: str) -> VersionDetails:
    """Return the version that a text names: `v12`, `1.4.0`, a tag or `latest`. Raises DatasetNotFound."""
    found = None
    if text == LATEST:
        found = dataset.latest
    elif (number := _NUMBER.fullmatch(text)) is not None:
        found = next((each for each in dataset.versions if each.number == int(number[1])), None)
    elif _SEMANTIC.fullmatch(text) is not None:
        found = next((each for each in dataset.versions if each.data_version == text), None)
    else:
        found = next((each for each in dataset.versions if text in each.tags), None)
    if found is None:
        newest = dataset.versions[0].version if dataset.versions else "none"
        raise DatasetNotFound(
            f"{dataset.name} has no version {text!r}. Its newest is {newest}; `lumber datasets log "
            f"{dataset.name}` shows all."
        )
    return found


async def version_as_of(database: Database, name: str, moment: datetime) -> VersionDetails:
    """Return the version that was the latest at a moment. Raises DatasetNotFound."""
    dataset = await get_dataset(database, name)
    for version in dataset.versions:
        if version.state == VersionState.PUBLISHED and version.created_at <= moment:
            return version
    raise DatasetNotFound(f"{dataset.name} had no version at {moment.isoformat()}.")


async def set_tag(
    database: Database,
    name: str,
    tag: str,
    text: str,
    owner_id: str | None = None,
    *,
    by: Actor | None = None,
) -> int:
    """Give a version a tag, which may be that of another one until now; return the version's number.

    `by` is whom the audit trail names; None: the user of the command line. Raises DatasetNotFound, or
    ConfigError for what can't be a tag, and for a version whose files are gone.
    """
    checked = checked_tag(tag)
    async with database.session() as session:
        # Two tags at once: the second sees what the first did.
        await lock_creation(session)
        row = await dataset_row(session, name, owner_id)
        version = find_version(await _details(session, row), text)
        if version.state in (VersionState.DROPPED, VersionState.DELETED):
            message = f"{version.version} of {row.name} was {version.state}, so there is nothing to keep"
            raise ConfigError([FieldProblem("version", text, message)])
        known = await session.get(DatasetTag, (row.id, checked))
        before = None if known is None else known.number
        if before == version.number:
            return version.number
        if known is None:
            session.add(DatasetTag(dataset_id=row.id, tag=checked, number=version.number))
        else:
            known.number, known.updated_at = version.number, utc_now()
        await append(session, [tagged_line(by, row, (version.number, version.export_id), checked, before)])
        return version.number


async def remove_tag(
    database: Database, name: str, tag: str, owner_id: str | None = None, *, by: Actor | None = None
) -> None:
    """Remove a tag. Raises DatasetNotFound."""
    async with database.session() as session:
        await lock_creation(session)
        row = await dataset_row(session, name, owner_id)
        known = await session.get(DatasetTag, (row.id, tag))
        if known is None:
            raise DatasetNotFound(f"{row.name} has no tag {tag!r}.")
        await session.delete(known)
        version = await session.get(DatasetVersion, (row.id, known.number))
        export_id = None if version is None else version.export_id
        await append(session, [untagged_line(by, row, (known.number, export_id), tag)])


async def set_retention(
    database: Database,
    name: str,
    last: int | None,
    days: int | None,
    owner_id: str | None = None,
    *,
    by: Actor | None = None,
) -> None:
    """Set how many versions are kept, and for how long; None: no limit. Raises DatasetNotFound."""
    async with database.session() as session:
        await lock_creation(session)
        row = await dataset_row(session, name, owner_id)
        if (row.keep_last, row.keep_days) == (last, days):
            return
        row.keep_last, row.keep_days = last, days
        await append(session, [retention_line(by, row)])


def checked_tag(tag: str) -> str:
    """Return a tag. It can't be confused with a version. Raises ConfigError."""
    try:
        checked_name(tag)
    except ValueError:
        reason = "is not a tag: use letters, digits, '.', '_' and '-'"
        raise ConfigError([FieldProblem("tag", tag, f"{tag!r} {reason}")]) from None
    if tag == LATEST or _NUMBER.fullmatch(tag) or _SEMANTIC.fullmatch(tag):
        raise ConfigError([FieldProblem("tag", tag, f"{tag!r} names a version already")])
    return tag


async def _details(session: AsyncSession, row: NamedDataset) -> DatasetDetails:
    tags: dict[int, list[str]] = {}
    for tag in await session.scalars(
        sa.select(DatasetTag).where(DatasetTag.dataset_id == row.id).order_by(DatasetTag.tag)
    ):
        tags.setdefault(tag.number, []).append(tag.tag)
    columns = [
        column
        for column in DatasetVersion.__table__.c
        if column.name not in ("totals", "frozen", "watermark")
    ]
    wanted = (
        sa.select(*columns)
        .where(DatasetVersion.dataset_id == row.id, DatasetVersion.state.in_(_SHOWN))
        .order_by(DatasetVersion.number.desc())
    )
    versions = tuple(
        VersionDetails(
            version=f"v{each.number}",
            number=each.number,
            data_version=each.data_version or "",
            export_id=each.export_id,
            path=each.path,
            rows=each.rows,
            added=each.added,
            changed=each.changed,
            removed=each.removed,
            state=each.state,
            reason=each.reason,
            tags=tuple(tags.get(each.number, ())),
            parent=each.parent_number,
            is_incremental=bool(each.is_incremental),
            created_at=each.published_at or each.created_at,
            kinds=each.counts or {},
        )
        for each in await session.execute(wanted)
    )
    return DatasetDetails(
        row.id, row.name, row.owner_id, row.created_at, row.keep_last, row.keep_days, versions
    )
