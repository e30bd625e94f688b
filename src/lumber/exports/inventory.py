"""Lists the data that can be exported: kinds, rows, time ranges, columns and known values.

Counts are cached for a few seconds. Small tables are counted again as soon as a row is added.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lumber.catalog.kind import Column, Kind
from lumber.catalog.operators import operators_for
from lumber.catalog.registry import all_kinds, built_in_kinds, get_kind
from lumber.dataset.manifest import field_entries
from lumber.dataset.quality import time_text
from lumber.errors import ConfigError
from lumber.exports.parsing import parse_config
from lumber.store.database import Database
from lumber.store.table_stats import RowCount, TableStats, ValueCounts

EXACT_ROWS = 200_000
_REMEMBER_SECONDS = 10.0
# Options that add columns to the records, with a value that turns them on.
_ADDING = {"labels": True, "deduplicate": "burst", "templates": True, "sequences": True}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class KindSummary(_Frozen):
    """A data type with its number of rows and time range."""

    # The HTTP interface's name for it.
    model_config = ConfigDict(title="Dataset")

    kind: str = Field(description="Name in `data_types`.")
    title: str = Field(description="Display name.")
    description: str
    rows: int = Field(description="Rows in the database.")
    is_estimate: bool = Field(description="`rows` is estimated, because counting would take too long.")
    first: str | None = Field(description="Time of the first row in UTC; null without rows.")
    last: str | None = Field(description="Time of the last row in UTC; null without rows.")


class KindColumn(_Frozen):
    """A column of exported records."""

    model_config = ConfigDict(title="DatasetColumn")

    name: str
    type: str = Field(description="Arrow type.")
    is_nullable: bool
    is_json: bool = Field(description="The column contains JSON.")
    description: str


class KnownValue(_Frozen):
    """A known value and its number of rows."""

    value: str | None = Field(description="Value for a filter; null for missing or unknown values.")
    rows: int


class KnownValues(_Frozen):
    """Known values of a column, most common first."""

    values: list[KnownValue]
    total: int = Field(description="Number of known values, before the limit.")
    is_estimate: bool = Field(description="The rows per value are estimated from a sample.")
    is_complete: bool = Field(description="All values are known, apart from those beyond the limit.")


class KindFilter(_Frozen):
    """A column that filters can use."""

    model_config = ConfigDict(title="DatasetFilter")

    name: str
    type: str = Field(description="integer, real, text, time or json.")
    operators: list[str]
    allowed: list[str] = Field(description="Allowed values; empty if any value is allowed.")
    description: str
    known: KnownValues | None = Field(description="Known values; null if the column has too many.")


class _Columns(_Frozen):
    """What a data type has, whatever rows there are."""

    time_column: str = Field(description="Column for `start_date`, `end_date` and `end_before`.")
    process_column: str | None = Field(description="Column for `processes`.")
    level_column: str | None = Field(description="Column with the log level.")
    columns: list[KindColumn]
    added: dict[str, list[KindColumn]] = Field(
        description="Columns that an option of the export adds, by option: labels, deduplicate (burst "
        "only), templates, sequences."
    )
    filters: list[KindFilter]


class KindDetails(KindSummary, _Columns):
    """A data type with its columns and filters."""

    model_config = ConfigDict(title="DatasetDetails")


class MappedKind(_Columns):
    """A data type of a source. Its rows aren't counted."""

    model_config = ConfigDict(title="SourceDataset")

    kind: str = Field(description="Name in `data_types`.")
    title: str = Field(description="Display name.")
    description: str
    is_built_in: bool = Field(description="false: the mapping declares it.")

    @classmethod
    def of(cls, kind: Kind) -> MappedKind:
        """Describe a data type."""
        return cls(
            kind=kind.name,
            title=kind.title,
            description=kind.description,
            is_built_in=kind.name in built_in_kinds(),
            **_facts_of(kind, {}, "", 0),
        )


@dataclass(frozen=True, slots=True)
class _Counted:
    """Cached counts of one kind."""

    at: float
    id_span: tuple[int, int] | None
    time_span: tuple[int, int] | None
    rows: RowCount
    values: Mapping[str, ValueCounts] | None


class Inventory:
    """Count the rows of all kinds, with a cache. Keep one instance per process.

    Tables with more than `exact_rows` rows are estimated, and the estimate is cached for a few seconds.
    """

    def __init__(self, *, exact_rows: int = EXACT_ROWS, clock: Callable[[], float] = time.monotonic) -> None:
        self._exact_rows = exact_rows
        self._clock = clock
        self._counted: dict[str, _Counted] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def forget(self) -> None:
        """Clear the cache after rows were added."""
        self._counted.clear()

    async def datasets(self, database: Database, *, only: Collection[str] | None = None) -> list[KindSummary]:
        """Return every kind, or only some."""
        kinds = [kind for kind in all_kinds().values() if only is None or kind.name in only]
        counted = [await self._count(database, kind, with_values=False) for kind in kinds]
        return [KindSummary(**_facts(kind, item)) for kind, item in zip(kinds, counted, strict=True)]

    async def dataset(
        self, database: Database, name: str, *, search: str = "", limit: int = 1_000
    ) -> KindDetails:
        """Return one kind with up to `limit` known values per column.

        `search` keeps values that contain it, in any case; those that start with it come
        first. Raises ConfigError for an unknown kind.
        """
        kind = get_kind(name)
        counted = await self._count(database, kind, with_values=True)
        values = counted.values or {}
        return KindDetails(
            **_facts(kind, counted),
            **_facts_of(kind, values, search, limit),
        )

    async def _count(self, database: Database, kind: Kind, *, with_values: bool) -> _Counted:
        # Concurrent callers wait for one count.
        async with self._locks[kind.name], database.connect() as connection:
            stats = TableStats(connection, kind, database.url.dialect, exact_rows=self._exact_rows)
            span = await stats.id_span()
            known = self._counted.get(kind.name)
            if known is not None and self._is_fresh(known, span, with_values):
                return known
            rows = await stats.rows(span)
            columns = [column for column in kind.filterable.values() if column.is_category]
            values = await stats.values(columns, span, rows.rows) if with_values else None
            counted = _Counted(self._clock(), span, await stats.time_span(), rows, values)
            self._counted[kind.name] = counted
            return counted

    def _is_fresh(self, known: _Counted, span: tuple[int, int] | None, with_values: bool) -> bool:
        if self._clock() - known.at >= _REMEMBER_SECONDS or (with_values and known.values is None):
            return False
        is_large = span is not None and span[1] - span[0] >= self._exact_rows
        return known.id_span == span or (is_large and known.id_span is not None)


def _facts(kind: Kind, counted: _Counted) -> dict[str, object]:
    first, last = counted.time_span or (None, None)
    return {
        "kind": kind.name,
        "title": kind.title,
        "description": kind.description,
        "rows": counted.rows.rows,
        "is_estimate": counted.rows.is_estimate,
        "first": None if first is None else time_text(first),
        "last": None if last is None else time_text(last),
    }


def _facts_of(kind: Kind, values: Mapping[str, ValueCounts], search: str, limit: int) -> dict[str, Any]:
    return {
        "time_column": kind.time_column,
        "process_column": kind.process_column,
        "level_column": kind.level_column,
        "columns": _columns(kind),
        "added": _added(kind),
        "filters": [
            _filter(kind, column, values.get(column.name), search, limit)
            for column in kind.filterable.values()
        ],
    }


def _columns(kind: Kind) -> list[KindColumn]:
    return [
        KindColumn(
            name=column.name,
            type=column.type,
            is_nullable=column.nullable,
            is_json=column.is_json,
            description=kind.descriptions.get(column.name, ""),
        )
        for column in field_entries(kind.schema)
    ]


def _added(kind: Kind) -> dict[str, list[KindColumn]]:
    found = {}
    for option, value in _ADDING.items():
        try:
            config = parse_config({"data_types": [kind.name], option: value})
        except ConfigError:
            continue  # not an option of this kind
        complete = config.recipe(kind).record(kind)
        columns = [column for column in _columns(complete) if column.name not in kind.schema.names]
        if columns:
            found[option] = columns
    return found


def _filter(kind: Kind, column: Column, counts: ValueCounts | None, search: str, limit: int) -> KindFilter:
    return KindFilter(
        name=column.name,
        type=column.storage.value,
        operators=list(operators_for(column)),
        allowed=list(column.vocabulary or ()),
        description=kind.descriptions.get(column.name, ""),
        known=None if counts is None else _known(column, counts, search, limit),
    )


def _known(column: Column, counts: ValueCounts, search: str, limit: int) -> KnownValues:
    found = _in_vocabulary(column, counts) if column.vocabulary else list(counts.rows_by_value.items())
    wanted = search.casefold()
    matching = [
        KnownValue(value=value, rows=rows)
        for value, rows in found
        if not wanted or (value is not None and wanted in value.casefold())
    ]
    if wanted:
        matching.sort(key=lambda known: not (known.value or "").casefold().startswith(wanted))
    return KnownValues(
        values=matching[:limit],
        total=len(matching),
        is_estimate=counts.is_estimate,
        is_complete=counts.is_complete,
    )


def _in_vocabulary(column: Column, counts: ValueCounts) -> Sequence[tuple[str | None, int]]:
    """Sum the spellings of each allowed value. Other spellings count as null, as in filters."""
    word_of = {text: word for word, texts in (column.vocabulary or {}).items() for text in texts}
    rows: Counter[str | None] = Counter()
    for spelling, count in counts.rows_by_value.items():
        rows[word_of.get(spelling or "")] += count
    return rows.most_common()
