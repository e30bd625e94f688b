"""The interface of sources: what Lumber needs to read rows of any database, folder or service.

    schema -> freeze -> cut -> read

A package can add a source for the addresses of a scheme of its own. It declares an entry point in the group
`lumber.sources`, named by the scheme, that is called with an address and options and returns a `Reader`:

    [project.entry-points."lumber.sources"]
    influx = "lumber_influx:InfluxReader"

Lumber collects the rows of such a source once, in a private file, and exports from there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lumber.sources.address import SourceAddress
from lumber.sources.guarantee import Guarantee as Guarantee

if TYPE_CHECKING:
    import pyarrow as pa

# Plain JSON: an object with texts, numbers, lists and objects in it.
Json = dict[str, Any]

# The group of entry points that packages declare.
ENTRY_POINTS = "lumber.sources"


class NoSuchTable(Exception):
    """A source has no table of this name. `known` are names of those that it has."""

    def __init__(self, name: str, known: Sequence[str] = ()) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(name)


@dataclass(frozen=True, slots=True)
class ReaderColumn:
    """A column: its name, its type in Arrow, and whether it may be null.

    Times are timestamps: with a time zone they are moments, without one they need the zone of a mapping. JSON
    is text, or nested. `words` is the type in the words of the source.
    """

    name: str
    type: pa.DataType
    nullable: bool = True
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReaderTable:
    """What a source says about rows: those of a table or of a query.

    `unique` are the columns whose values the source itself keeps unique. `guarantee` is the strongest that
    a read of these rows can hold. `rows` is an estimate; None: the source can't tell without reading.
    `notes` say what reading costs.
    """

    name: str
    columns: tuple[ReaderColumn, ...]
    guarantee: Guarantee
    unique: tuple[str, ...] = ()
    rows: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Only rows whose column is in this range, or null. Both ends belong to it; None: no limit.

    The ends are whole numbers for a column of numbers, and datetimes for one of timestamps: with UTC as their
    zone if the column has one, and without a zone otherwise. A source may let other rows through too.
    """

    column: str
    low: int | datetime | None
    high: int | datetime | None


@dataclass(frozen=True, slots=True)
class Query:
    """Rows to read: those of a `table`, or what `select` says, in the language of the source.

    `columns`: only these. `filter` is a condition in the language of the source.
    """

    table: str | None = None
    select: str | None = None
    columns: tuple[str, ...] = ()
    filter: str | None = None
    times: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """How to behave in a source.

    `name` is what the server calls the connection. `statement_seconds` is the longest time of a statement.
    `scratch` is a folder for temporary files; None: that of the system. Whoever sets `stopped` wants
    everything to end.
    """

    name: str
    statement_seconds: float
    scratch: Path | None = None
    stopped: threading.Event = field(default_factory=threading.Event)


class Reader(Protocol):
    """An open source. `cancel` is called from any thread, the other methods from one at a time.

    Each of them may raise SourceFailed (lost, or failed in the middle) and SourceUnfit (it can't be read like
    that). A reader never writes to the source.
    """

    def tables(self) -> list[str]:
        """Return the names of what can be read, to be shown to people; not necessarily all of them."""
        ...

    def schema(self, query: Query) -> ReaderTable:
        """Describe the rows of a query, whatever its `columns`. Raises NoSuchTable."""
        ...

    def freeze(self, queries: Sequence[Query]) -> Json:
        """Choose the moment of which all these rows are read, and return what names it.

        It holds until `close`, or until the next `freeze`.
        """
        ...

    def cut(self, token: Json, query: Query) -> list[Json]:
        """Divide the rows of a query into ranges. Each row is in exactly one of them.

        A range can be read by itself and more than once, and always has the same rows under one token.
        """
        ...

    def read(self, range_: Json) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a range: the columns of its query, in their order, under their names and types.

        Memory doesn't grow with the rows of the range.
        """
        ...

    def confirm(self, token: Json) -> None:
        """Raise SourceFailed if the moment didn't hold while rows were read."""
        ...

    def cancel(self) -> None:
        """End what another thread reads, in the server too. Never raises."""
        ...

    def close(self) -> None:
        """Let go of the source. Never raises."""
        ...


class Opens(Protocol):
    """What an entry point names: opens a source. Raises SourceFailed, SourceUnfit or ConfigError."""

    def __call__(self, address: SourceAddress, options: ReaderOptions, /) -> Reader: ...


def as_json(query: Query) -> Json:
    """Return a query as plain JSON, for a range."""
    times = query.times
    return {
        "table": query.table,
        "select": query.select,
        "columns": list(query.columns),
        "filter": query.filter,
        "times": None if times is None else [times.column, _end(times.low), _end(times.high)],
    }


def from_json(values: Mapping[str, Any]) -> Query:
    """Return the query that `as_json` wrote."""
    times = values["times"]
    return Query(
        values["table"],
        values["select"],
        tuple(values["columns"]),
        values["filter"],
        None if times is None else TimeRange(times[0], _of_end(times[1]), _of_end(times[2])),
    )


def _end(value: int | datetime | None) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _of_end(value: Any) -> int | datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
