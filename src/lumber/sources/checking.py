"""Checks a mapping against its source and stores nothing: types, key, order, rows, guarantee and cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.kind import Kind, Storage
from lumber.catalog.registry import declaring
from lumber.catalog.selection import Selection
from lumber.errors import ConfigError
from lumber.sources.column_types import with_types
from lumber.sources.cost import read_notes
from lumber.sources.guarantee import DESCRIBED, Guarantee
from lumber.sources.guest import Guest, mapped_table, open_source
from lumber.sources.mapping import TableMapping
from lumber.sources.probing import Probe, probe_notes, take_probe
from lumber.sources.registry import Source, StoredMapping
from lumber.sources.rejecting import MOST_ROWS, Rejecting
from lumber.sources.rejecting import rejecting as rejecting_of
from lumber.sources.tables import SourceTable, UsedSchema
from lumber.store.keyset import Cutoff
from lumber.store.models.base import utc_now
from lumber.store.reading import sample_statement
from lumber.store.types import from_microseconds

SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `samples` are rows as the kind's table would have them, before validation.

    `rejecting` says how many of some more rows validation rejects.

    `probe`: what the last keys have, if the mapping promises that rows are only added.
    `unmapped`: columns of the kind that stay empty. `unused`: columns of the table that no column reads.
    """

    mapping: TableMapping
    schema: UsedSchema
    table: str
    guarantee: Guarantee
    types: dict[str, str]
    unmapped: tuple[str, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...]
    samples: tuple[dict[str, Any], ...]
    rejecting: Rejecting
    probe: Probe | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "kind": self.mapping.kind_name,
            "table": self.table,
            "guarantee": self.guarantee.value,
            "guarantee_means": DESCRIBED[self.guarantee],
            "mapping_sha256": self.mapping.sha256,
            "schema_sha256": self.schema.sha256,
            "columns": self.types,
            "unmapped": list(self.unmapped),
            "unused": list(self.unused),
            "notes": list(self.notes),
            "samples": [dict(each) for each in self.samples],
            "rejects": self.rejecting.as_json(),
        }


async def check_mapping(source: Source, mapping: TableMapping) -> Checked:
    """Check a mapping of a source: also that its key is unique, and that every row has a key and a time.

    Raises ConfigError, SourceUnfit, SourceDenied or DatabaseError.
    """
    mapping = await _typed(source, mapping)
    stored = StoredMapping(mapping, UsedSchema(), utc_now())
    tried = replace(source, mappings={mapping.kind_name: stored})
    with declaring(source.name, tried.declarations):
        async with open_source(tried, [mapping.kind_name]) as guest:
            table = guest.tables[mapping.kind_name]
            async with guest.database.connect() as connection, connection.begin():
                await guest.check_rows(connection)
                notes = [*await read_notes(guest, mapping.kind_name, connection)]
                notes += await probe_notes(guest, mapping.kind_name, connection, _earlier(source, mapping))
                probe = await take_probe(guest, mapping.kind_name, connection)
                notes += await _key_notes(guest, mapping, table, connection)
                samples, rejecting = await _samples(guest, mapping.kind, connection)
    return replace(_checked(mapping, table, notes, samples, rejecting), probe=probe)


def _earlier(source: Source, mapping: TableMapping) -> Probe | None:
    """Return what the last keys had when the same mapping was kept."""
    kept = source.mappings.get(mapping.kind_name)
    is_same = kept is not None and kept.mapping.sha256 == mapping.sha256
    return Probe.of_json(kept.probe) if kept is not None and is_same else None


async def _typed(source: Source, mapping: TableMapping) -> TableMapping:
    """Return a mapping with the types that it leaves to the table. Raises as `check_mapping`."""
    if not mapping.untyped:
        return mapping
    table = await mapped_table(source, mapping)
    return with_types(mapping, {each.name: each.type for each in table.columns}, source.words)


def _checked(
    mapping: TableMapping,
    table: SourceTable,
    notes: list[str],
    samples: list[dict[str, Any]],
    rejecting: Rejecting,
) -> Checked:
    schema = UsedSchema.of(mapping, table)
    types = {}
    for name, made in mapping.columns.items():
        found = [each for each in map(table.find, made.columns) if each is not None]
        types[name] = ", ".join(f"{each.name} {each.type}".strip() for each in found) or repr(made.constant)
    return Checked(
        mapping,
        schema,
        table.name,
        mapping.guarantee,
        types,
        tuple(column.name for column in mapping.kind.columns if column.name not in mapping.columns),
        tuple(column.name for column in table.columns if column.name not in schema.types),
        tuple(notes),
        tuple(samples),
        rejecting,
    )


async def _key_notes(
    guest: Guest, mapping: TableMapping, table: SourceTable, connection: AsyncConnection
) -> list[str]:
    """Return what nobody but the rows says about the key. Raises ConfigError if a value is there twice."""
    kind = mapping.kind
    key = table.find(mapping.columns[kind.id_column].column or "")
    if key is not None and table.is_unique(key.name):
        return []
    text = f"SELECT {kind.id_column} FROM {kind.table} GROUP BY {kind.id_column} HAVING count(*) > 1 LIMIT 1"  # noqa: S608
    twice = (await connection.exec_driver_sql(guest.relations.sql(text))).scalar()
    if twice is not None:
        message = f"the value {twice} is there more than once, and a key names one row"
        raise ConfigError([mapping.problem(kind.id_column, mapping.columns[kind.id_column].column, message)])
    if guest.collector is not None:
        return ["The key has no value twice in these rows, but the source doesn't keep it so."]
    return ["The key has no value twice today, but no unique index of the database keeps it so."]


async def _samples(
    guest: Guest, kind: Kind, connection: AsyncConnection
) -> tuple[list[dict[str, Any]], Rejecting]:
    """Return a few rows as the kind's table would have them, and what validation says about more of them."""
    statement = sample_statement(
        Selection(kind),
        guest.database.url.dialect,
        Cutoff(is_own=True),
        lower=None,
        limit=MOST_ROWS,
        relations=guest.relations,
    )
    names = [column.name for column in kind.columns]
    found = []
    rows = [tuple(row) for row in await connection.exec_driver_sql(statement)]
    for row in rows[:SAMPLES]:
        values = dict(zip(names, row, strict=False))
        found.append({name: _shown(value, kind, name) for name, value in values.items() if value is not None})
    return found, rejecting_of(kind, rows)


def _shown(value: Any, kind: Kind, name: str) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if kind.column(name).storage is Storage.BOOLEAN:
        return bool(value)
    if kind.column(name).storage is Storage.TIME:
        try:
            return from_microseconds(int(value)).isoformat()
        except OverflowError:
            return f"{value} microseconds"
    return value
