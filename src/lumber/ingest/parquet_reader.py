"""Reads Parquet, a batch of rows at a time. `lines` are rows."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import IO, Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from lumber.errors import IngestError
from lumber.formats.dictionaries import bounded_parts
from lumber.formats.parquet_footer import ColumnChunk, FooterTooLarge, by_leaf, column_chunks
from lumber.formats.parquet_pages import Page, Pages
from lumber.ingest.chunks import Chunk
from lumber.ingest.decompress import Readable
from lumber.ingest.ledger import Entry
from lumber.ingest.limits import require_columns
from lumber.ingest.options import IngestOptions
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.records.values import dumped
from lumber.ingest.resume import Position
from lumber.text import counted

_BATCH_ROWS = 50_000
# A row with lines of the longest default length fits.
_BATCH_BYTES = 64 * 1024 * 1024
_READ_BYTES = 1024 * 1024
# Usual writers end a page at 1 MiB, or after one value.
_PAGE_BYTES = 256 * 1024 * 1024


@contextmanager
def seekable(stream: Readable) -> Iterator[IO[bytes]]:
    """Copy a stream to a temporary file, because readers of Parquet start at the end."""
    with tempfile.TemporaryFile(prefix="lumber-ingest-") as file:
        shutil.copyfileobj(cast(IO[bytes], stream), file, _READ_BYTES)
        file.seek(0)
        yield file


class ParquetReader:
    """Turns a Parquet file into chunks. It is hashed as a whole; `lines_done` is the place in it."""

    def __init__(
        self, options: IngestOptions, entry: Entry, file: IO[bytes], compressed_bytes: int | None = None
    ) -> None:
        self._file = file
        # What the file expands to is compared with what was given, or two ratios would multiply.
        self._given_bytes = compressed_bytes
        self._rows_done = entry.lines_done
        self._name = entry.name
        self._limits = options.limits
        self._mapping = options.mapping
        self._builder = RecordBuilder.of(options)
        self.ignored_fields = self._builder.ignored_fields

    def chunks(self, stream: Readable, position: Position) -> Iterator[Chunk]:
        """Yield chunks after the rows that are done. Raises IngestError if the file is damaged."""
        while data := stream.read(_READ_BYTES):
            position.advance(data)
        try:
            self._file.seek(0)
            given = position.bytes_done if self._given_bytes is None else self._given_bytes
            parquet, batch_rows = self._opened(given)
            self._mapping.require(self._name, parquet.schema_arrow.names)
            to_skip, expanded = self._rows_done, 0
            for whole in parquet.iter_batches(batch_size=batch_rows):
                for batch, size in self._bounded(whole):
                    expanded += size
                    self._limits.check(self._name, expanded, given)
                    skipped = min(to_skip, batch.num_rows)
                    to_skip -= skipped
                    if skipped < batch.num_rows:
                        yield self._chunk(batch.slice(skipped), position)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise IngestError(f"{self._name} is not a complete Parquet file: {error}") from error

    def _opened(self, file_bytes: int) -> tuple[pq.ParquetFile, int]:
        """Open the file; return it and the rows of a batch.

        Columns of bytes stay dictionaries: a short file may name a long value often.
        """
        groups = self._chunks()
        footer = pq.ParquetFile(self._file).metadata
        require_columns(self._name, footer.num_columns, self._limits.columns)
        uncompressed = sum(chunk.uncompressed_bytes for group in groups for chunk in group)
        self._limits.check(self._name, uncompressed, file_bytes)
        fitting = _BATCH_BYTES * footer.num_rows // max(1, uncompressed)
        plain, rows = self._plain_texts(footer.schema, groups)
        return pq.ParquetFile(self._file, read_dictionary=plain), max(1, min(_BATCH_ROWS, fitting, rows))

    def _chunks(self) -> list[list[ColumnChunk]]:
        """Return the column chunks of each row group. Raises IngestError if they are too many."""
        try:
            return column_chunks(cast(BinaryIO, self._file))
        except FooterTooLarge as error:
            raise IngestError(
                f"The footer of {self._name} {error}. Write the file again with larger row groups."
            ) from None

    def _plain_texts(
        self, schema: pq.ParquetSchema, groups: list[list[ColumnChunk]]
    ) -> tuple[list[str], int]:
        """Return the columns of bytes that can be read as dictionaries, and how many rows of the others fit.

        In the others a value may repeat the one before it, or one of a dictionary: each may be as long as the
        longest page. Pages are decompressed whole, so they have a limit.
        """
        leaves = [schema.column(index) for index in range(len(schema))]
        longest = {leaf.path: 0 for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"}
        others: set[str] = set()
        pages = Pages(cast(BinaryIO, self._file))
        for group in by_leaf(groups, [leaf.path for leaf in leaves]):
            for name, chunk in group:
                for page in pages.of(chunk):
                    self._require_small(page)
                    if name in longest and (page.is_dictionary or page.has_shared_prefixes):
                        longest[name] = max(longest[name], page.uncompressed_bytes)
                    if not page.can_be_read_as_dictionary:
                        others.add(name)
        rows = min((_PAGE_BYTES // max(1, longest.get(name, 0)) for name in others), default=_BATCH_ROWS)
        texts = [leaf for leaf in longest if leaf not in others]
        return texts, rows

    def _require_small(self, page: Page) -> None:
        if page.uncompressed_bytes > _PAGE_BYTES:
            raise IngestError(
                f"A page of {self._name} expands to more than {counted(_PAGE_BYTES, 'byte')}. "
                "Write the file again with smaller pages."
            )

    def _bounded(self, batch: pa.RecordBatch) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Cut a batch into parts of few bytes each, once its dictionaries are expanded."""
        try:
            yield from bounded_parts(batch, _BATCH_BYTES)
        except ValueError:
            raise IngestError(
                f"A row of {self._name} is larger than {counted(_BATCH_BYTES, 'byte')}. "
                "Rows before that may be loaded. Remove it and run the same command again."
            ) from None

    def _chunk(self, batch: pa.RecordBatch, position: Position) -> Chunk:
        records = []
        for fields in _readable(batch).to_pylist():
            self._rows_done += 1
            plain = {name: _plain(value) for name, value in fields.items() if value is not None}
            records.append(Record(self._rows_done, plain, ""))
        rows, refused = self._builder.build(records)
        first = records[0].number
        rejects = [_shown(reject, records[reject.line - first]) for reject in refused]
        return Chunk(rows, rejects, len(records), position.bytes_done, position.hasher.hexdigest())


def _shown(reject: Any, record: Record) -> Any:
    return type(reject)(reject.line, reject.reason, dumped(record.fields), reject.field, reject.value)


def _readable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Cut nanoseconds to microseconds, the precision of Python's times."""
    columns = []
    for column in batch.columns:
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _plain(value: Any) -> Any:
    """Return times as ISO 8601 text and bytes as text, like in JSON."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
