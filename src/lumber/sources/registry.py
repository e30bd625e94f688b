"""The registered sources and their mappings. Each function works in the transaction of its session.

Each change adds a line to the audit trail in the same transaction, which must take no other lock afterwards.
`by` is who makes the change: without it, the user of the command line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.catalog.declared import Declaration
from lumber.errors import ConfigError, FieldProblem, SourceNotFound
from lumber.sources.address import SourceAddress
from lumber.sources.column_types import with_types
from lumber.sources.mapping import TableMapping, parse_mapping
from lumber.sources.password import Password
from lumber.sources.tables import UsedSchema, Words
from lumber.store import models
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_NAME_RULE = "1 to 64 letters, digits, '.', '_' or '-', the first of them a letter or digit"
STATEMENT_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class StoredMapping:
    """A mapping as it was checked, with the columns that it reads as they were then."""

    mapping: TableMapping
    schema: UsedSchema
    checked_at: datetime
    # `Probe.as_json()` of its rows as they were then; None: there was nothing to probe.
    probe: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what it says about rows, as plain JSON values: that is in plans and manifests too."""
        return {
            "table": self.mapping.place,
            "guarantee": self.mapping.guarantee.value,
            "mapping_sha256": self.mapping.sha256,
            "schema_sha256": self.schema.sha256,
            **({} if self.mapping.declaration is None else {"declares": self.mapping.declaration.as_json()}),
        }


@dataclass(frozen=True, slots=True)
class Source:
    """A registered source. `statement_seconds` ends a statement of its server that takes longer."""

    source_id: str
    name: str
    url: DatabaseUrl | SourceAddress
    password: Password
    statement_seconds: float
    created_at: datetime
    mappings: Mapping[str, StoredMapping] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        """Whose words the types of its tables are, and whose SQL reads its rows."""
        return _words(self.url)

    @property
    def database(self) -> str:
        """The kind of its database, such as postgresql or mysql."""
        return self.url.dialect if isinstance(self.url, DatabaseUrl) else self.url.name

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """What its mappings declare: kinds of one's own, and columns that built-in ones don't have."""
        found = (each.mapping.declaration for each in self.mappings.values())
        return tuple(each for each in found if each is not None)

    def address(self) -> DatabaseUrl:
        """Return the address of its database with its password, read now. Raises SourceDenied."""
        assert isinstance(self.url, DatabaseUrl)
        found = self.password.load()
        return self.url if found is None else self.url.with_password(found)

    def reader_address(self) -> SourceAddress:
        """Return the address of what is collected, with its password, read now. Raises SourceDenied."""
        assert isinstance(self.url, SourceAddress)
        found = self.password.load()
        return self.url if found is None else self.url.with_password(found)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values, without its password and without the place of that."""
        return {
            "name": self.name,
            "url": str(self.url),
            "database": self.database,
            "password": self.password.origin.value,
            "statement_seconds": self.statement_seconds,
            "mappings": {
                kind: {**each.as_json(), "checked_at": each.checked_at.isoformat()}
                for kind, each in self.mappings.items()
            },
            "created_at": self.created_at.isoformat(),
        }


def checked_source_name(name: str) -> str:
    """Return the name of a source. Raises ConfigError."""
    if re.fullmatch(NAME_PATTERN, name) is None:
        message = f"{name[:100]!r} can't name a source"
        raise ConfigError([FieldProblem("name", name[:100], message, (_NAME_RULE,))])
    return name


def checked_url(text: str) -> DatabaseUrl | SourceAddress:
    """Return the address of a source. Raises ConfigError: also for one that has a password in it."""
    try:
        url = _parsed(text)
        if isinstance(url, SourceAddress):
            # It looks at all installed packages.
            from lumber.sources.readers.finding import require_reader

            require_reader(url)
    except ConfigError as error:
        from lumber.sources.readers.finding import known_addresses

        raise ConfigError(
            [FieldProblem("url", "***", each.message, known_addresses()) for each in error.problems]
        ) from None
    if url.has_password:
        message = "must have no password: give it in a file, in the environment or when you are asked"
        raise ConfigError([FieldProblem("url", "***", message)])
    return url


def _parsed(text: str) -> DatabaseUrl | SourceAddress:
    """Return an address. Raises ConfigError."""
    scheme = text.partition(":")[0].partition("+")[0]
    is_database = scheme in ("sqlite", "postgresql", "postgres")
    return DatabaseUrl.parse(text) if is_database else SourceAddress.parse(text)


async def list_sources(session: AsyncSession) -> Sequence[Source]:
    """Return all sources by name."""
    rows = (await session.scalars(sa.select(models.Source).order_by(models.Source.name_key))).all()
    return [await _of(session, row) for row in rows]


async def find_source(session: AsyncSession, name: str) -> Source:
    """Return the source with this name, in any case. Raises SourceNotFound."""
    return await _of(session, await _row(session, name))


async def source_of(session: AsyncSession, name: str) -> Source:
    """Return the source that a config names. Raises ConfigError that lists those that exist."""
    try:
        return await find_source(session, name)
    except SourceNotFound:
        known = tuple(each.name for each in await list_sources(session))
        message = f"there is no source {name!r}"
        if not known:
            message += ". Register one: lumber source add NAME --url URL"
        raise ConfigError([FieldProblem("source", name, message, known)]) from None


async def add_source(
    session: AsyncSession,
    name: str,
    url: DatabaseUrl | SourceAddress,
    password: Password,
    *,
    statement_seconds: float = STATEMENT_SECONDS,
    by: Actor | None = None,
) -> Source:
    """Register a source that was reached. Raises ConfigError for a name that is wrong or taken."""
    row = models.Source(
        id=str(uuid4()),
        name=checked_source_name(name),
        name_key=name.lower(),
        url=str(url),
        password=password.as_json(),
        options={"statement_seconds": statement_seconds},
        created_at=utc_now(),
    )
    session.add(row)
    try:
        await session.flush()
    except IntegrityError:
        raise taken(name) from None
    await _record(session, by, Action.SOURCE_ADDED, row)
    return await _of(session, row)


async def require_free(session: AsyncSession, name: str) -> None:
    """Raise ConfigError if a source has this name."""
    wanted = sa.select(models.Source.id).where(models.Source.name_key == name.lower())
    if await session.scalar(wanted) is not None:
        raise taken(name)


async def keep_mapping(
    session: AsyncSession,
    name: str,
    mapping: TableMapping,
    schema: UsedSchema,
    *,
    probe: Mapping[str, Any] | None = None,
    by: Actor | None = None,
) -> Source:
    """Store a mapping that was checked, in place of an earlier one of its kind. Raises SourceNotFound."""
    row = await _row(session, name)
    await session.merge(
        models.SourceMapping(
            source_id=row.id,
            kind=mapping.kind_name,
            text=mapping.text,
            sha256=mapping.sha256,
            types=dict(schema.types),
            probe=None if probe is None else dict(probe),
            checked_at=utc_now(),
        )
    )
    await session.flush()
    details = {"kind": mapping.kind_name, "mapping_sha256": mapping.sha256}
    await _record(session, by, Action.SOURCE_MAPPED, row, details)
    return await _of(session, row)


async def remove_source(session: AsyncSession, name: str, *, by: Actor | None = None) -> Source:
    """Forget a source with its mappings, and return it. Raises SourceNotFound."""
    row = await _row(session, name)
    removed = await _of(session, row)
    await session.execute(sa.delete(models.SourceMapping).where(models.SourceMapping.source_id == row.id))
    await session.delete(row)
    await session.flush()
    await _record(session, by, Action.SOURCE_REMOVED, row)
    return removed


def taken(name: str) -> ConfigError:
    """Return the error for a name that another source has."""
    return ConfigError([FieldProblem("name", name, f"there is a source {name!r} already")])


def missing_source(name: str) -> SourceNotFound:
    """Return the error for a source that isn't there."""
    return SourceNotFound(f"There is no source {name[:100]!r}. `lumber source list` shows all sources.")


async def _row(session: AsyncSession, name: str) -> models.Source:
    row = None
    if name.isprintable():
        row = await session.scalar(sa.select(models.Source).where(models.Source.name_key == name.lower()))
    if row is None:
        raise missing_source(name)
    return row


async def _of(session: AsyncSession, row: models.Source) -> Source:
    wanted = sa.select(models.SourceMapping).where(models.SourceMapping.source_id == row.id)
    found = (await session.scalars(wanted.order_by(models.SourceMapping.kind))).all()
    url = _parsed(row.url)
    return Source(
        row.id,
        row.name,
        url,
        Password.of_json(row.password),
        float(row.options["statement_seconds"]),
        row.created_at,
        {
            each.kind: StoredMapping(
                with_types(parse_mapping(each.text), each.types, _words(url)),
                UsedSchema(each.types),
                each.checked_at,
                each.probe,
            )
            for each in found
        },
    )


def _words(url: DatabaseUrl | SourceAddress) -> Words:
    return url.dialect if isinstance(url, DatabaseUrl) else "collected"


async def _record(
    session: AsyncSession,
    by: Actor | None,
    action: Action,
    row: models.Source,
    more: Mapping[str, Any] | None = None,
) -> None:
    details = {"name": row.name, "url": row.url, **(more or {})}
    await append(session, [NewLine(by or local_actor(), action, ("source", row.id), details=details)])
