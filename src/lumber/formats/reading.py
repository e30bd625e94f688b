"""Read shards back: what every reader does, and what it says if a file isn't what the manifest lists.

Each format reads with another library than it writes with, if there are two.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import IO, Any, BinaryIO, Protocol, cast

import pyarrow as pa

from lumber.catalog.kind import is_json_field, is_json_text
from lumber.files.expansion import Expansion
from lumber.formats.compression import Compression, open_decompressed
from lumber.formats.row_places import RowPlaces

BATCH_ROWS = 65_536
FILE_METADATA = "the file's metadata"
EXPORT_METADATA = "export_metadata"
# Of files that Lumber has just written: no row is this long. Without a limit a damaged file would be read
# into memory whole.
_MOST_ROW_BYTES = 512 * 1024 * 1024
_SKIPPED_BYTES = 1024 * 1024
_LIST = re.compile(r"list<element: (.+)>")
_ZONED = re.compile(r"timestamp\[(s|ms|us|ns), tz=(.+)\]")


class ReadField(Protocol):
    """A column as it is to be read; `type` is the text of its Arrow type."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type(self) -> str:
        """Its type."""

    @property
    def nullable(self) -> bool:
        """Whether it may be null."""

    @property
    def is_json(self) -> bool:
        """Whether it holds JSON."""

    @property
    def is_json_text(self) -> bool:
        """Whether it holds JSON as text, also in formats that hold JSON as values."""


@dataclass(frozen=True, slots=True)
class SchemaField:
    """A column as a schema has it."""

    name: str
    type: str
    nullable: bool
    is_json: bool
    is_json_text: bool = False


def schema_fields(schema: pa.Schema) -> list[SchemaField]:
    """Return the columns of a schema as they are to be read."""
    return [SchemaField(f.name, str(f.type), f.nullable, is_json_field(f), is_json_text(f)) for f in schema]


class Unreadable(Exception):
    """A shard isn't what the manifest says; the message continues a sentence that begins with its path."""


class JsonText(Enum):
    """How a format whose files hold JSON as values returns columns of JSON; other formats hold the text."""

    SKIPPED = auto()  # they are left out: to parse them was the check
    CANONICAL = auto()  # the same text for the same value, in every format; numbers keep all digits
    ANY = auto()  # some text of the value: faster


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What to read of a shard whose record has these `fields`.

    With `columns` only these are read, in the order of the record. `is_escaped` says that formulas were
    escaped when the shard was written, if its format does that: the texts are then returned without.
    `expansion` bounds what a file from elsewhere expands to; without it the file is trusted.
    """

    fields: Sequence[ReadField]
    columns: Collection[str] | None = None
    json: JsonText = JsonText.SKIPPED
    is_escaped: bool = False
    batch_rows: int = BATCH_ROWS
    expansion: Expansion | None = None

    @property
    def row_bytes(self) -> int:
        """The maximum bytes of a row."""
        return _MOST_ROW_BYTES if self.expansion is None else self.expansion.limits.row_bytes


@dataclass(frozen=True, slots=True)
class Extra:
    """Something that a file holds apart from the values of its rows, and where.

    `texts` are values of `column` if that is given, JSON documents if `is_json`. `hidden_bytes` is the number
    of bytes of `where` that belong to no value.
    """

    where: str
    texts: tuple[str, ...] = ()
    column: str | None = None
    is_json: bool = False
    hidden_bytes: int = 0


class ShardReader(ABC):
    """Reads one shard from `file`, which stays open.

    Rows come in batches with the requested columns in the order of the record. If the file isn't what the
    record says, methods raise Unreadable. `metadata` is the `export_metadata` that a file holds, known when
    all rows are read; so is `content_sha256`, the hash of everything else in such a file.
    """

    def __init__(self, file: BinaryIO, compression: Compression, request: ReadRequest) -> None:
        self.metadata: Any = None
        self.content_sha256: str | None = None
        self._file = file
        self._compression = compression
        self._request = request
        self._fields = request.fields
        self._chosen = [f for f in request.fields if request.columns is None or f.name in request.columns]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all rows."""
        with _problems():
            yield from self._batches()

    def batches_from(self, first: int, places: RowPlaces | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows from number `first` on, counted from 0, in small batches.

        As little as the format allows is read of the rows before. `places` keeps what was learnt of where
        rows begin, for the next call on the same file. JSON texts are canonical.
        """
        with _problems():
            yield from self._batches_from(first, RowPlaces() if places is None else places)

    def contents(self) -> Iterator[pa.RecordBatch | Extra]:
        """Yield everything that the file holds: its rows, and what isn't a value of a row.

        A text format reads whole rows for this, also without some of the columns.
        """
        with _problems():
            yield from self._contents()

    @contextmanager
    def text(self) -> Iterator[IO[bytes]]:
        """Open the uncompressed content of the file."""
        with _problems(), open_decompressed(self._file, self._compression) as stream:
            if self._request.expansion is None:
                yield stream
            else:
                self._request.expansion.begin(self._file)
                yield cast(IO[bytes], _Counted(stream, self._request.expansion))

    @contextmanager
    def text_at(self, place: int) -> Iterator[IO[bytes]]:
        """Open the uncompressed content at a byte. Of a compressed file, all before it is read."""
        if self._compression is Compression.NONE:
            with _problems(), open_decompressed(self._file, self._compression) as stream:
                stream.seek(place)
                yield stream
            return
        with self.text() as stream:
            while place > 0:
                skipped = len(stream.read(min(place, _SKIPPED_BYTES)))
                if not skipped:
                    raise ValueError(f"it ends {place:,} bytes too early")
                place -= skipped
            yield stream

    @abstractmethod
    def _batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all rows; what libraries raise about the content becomes Unreadable."""

    def _batches_from(self, first: int, places: RowPlaces) -> Iterator[pa.RecordBatch]:
        """Yield the rows from number `first` on: a format that finds them at once overrides this."""
        yield from rows_from(self._batches(), first)

    def _contents(self) -> Iterator[pa.RecordBatch | Extra]:
        """Yield all rows, and what the file holds apart from them: a format that has more overrides this."""
        yield from self._batches()

    @property
    def _names(self) -> list[str]:
        return [field.name for field in self._chosen]

    def _require_schema(self, schema: pa.Schema) -> None:
        """Raise Unreadable if the file's schema isn't that of the record, or has types unknown here."""
        arrow_types(self._fields)
        listed = [_described(item) for item in self._fields]
        self._require_columns([_described(item) for item in schema_fields(schema)], listed)

    def _require_columns(self, found: list[str], listed: list[str]) -> None:
        if found != listed:
            raise Unreadable(
                f"has the columns [{', '.join(found)}], the manifest lists [{', '.join(listed)}]"
            )


class _Counted:
    """A stream whose bytes are counted when they are read."""

    def __init__(self, stream: IO[bytes], expansion: Expansion) -> None:
        self._stream = stream
        self._expansion = expansion

    def read(self, size: int) -> bytes:
        """Read on. Raises ExpandsTooFar."""
        data = self._stream.read(size)
        self._expansion.add(len(data))
        return data


def rows_from(batches: Iterable[pa.RecordBatch], first: int) -> Iterator[pa.RecordBatch]:
    """Leave out the first rows of batches."""
    for batch in batches:
        if first >= batch.num_rows:
            first -= batch.num_rows
            continue
        yield batch.slice(first)
        first = 0


def arrow_type(field: ReadField) -> pa.DataType:
    """Return the Arrow type that a listed column's text names. Raises Unreadable."""
    try:
        return _type_of(field.type)
    except ValueError:
        raise Unreadable(
            f"cannot be read: the manifest gives {field.name} the type {field.type}, which is unknown here"
        ) from None


def arrow_types(fields: Iterable[ReadField]) -> dict[str, pa.DataType]:
    """Return the Arrow types of columns by name. Raises Unreadable."""
    return {field.name: arrow_type(field) for field in fields}


def metadata_extras(*found: dict[bytes, bytes] | None) -> Iterator[Extra]:
    """Yield the keys and values of a file's metadata."""
    for entries in found:
        for entry in (entries or {}).items():
            for part in entry:
                yield Extra(FILE_METADATA, (part.decode(errors="replace"),))


def schema_extras(schema: pa.Schema) -> Iterator[Extra]:
    """Yield the metadata of a file's schema and of its columns."""
    yield from metadata_extras(schema.metadata, *(field.metadata for field in schema))


# A dataset may have very many files, and each names the types of its columns again.
@lru_cache(maxsize=1_000)
def _type_of(text: str) -> pa.DataType:
    """Return the Arrow type of a text. Raises ValueError."""
    items = _LIST.fullmatch(text)
    return _plain_type(text) if items is None else pa.list_(pa.field("element", _plain_type(items[1])))


def _plain_type(text: str) -> pa.DataType:
    """Return the Arrow type of a text. Raises ValueError."""
    # The stubs know types by literal text only.
    zoned = _ZONED.fullmatch(text)
    if zoned:
        return pa.timestamp(cast(Any, zoned[1]), zoned[2])
    named: pa.DataType = pa.type_for_alias(cast(Any, text))
    if pa.types.is_string_view(named) or pa.types.is_binary_view(named) or pa.types.is_null(named):
        raise ValueError("such values take less memory than what is made of them")
    return named


@contextmanager
def _problems() -> Iterator[None]:
    """Turn what readers raise about a file's content into Unreadable."""
    try:
        yield
    except pa.ArrowCancelled:
        raise KeyboardInterrupt from None
    except MemoryError as error:
        raise Unreadable("cannot be read: it needs more memory than there is") from error
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, RecursionError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Unreadable(f"cannot be read: {text}") from error


def _described(field: ReadField) -> str:
    return f"{field.name} {field.type}{'' if field.nullable else '!'}{' json' if field.is_json else ''}"
