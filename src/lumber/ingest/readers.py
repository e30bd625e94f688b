"""Recognises the format of a source and returns its reader, and finishes the rows of every reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import IO, Protocol

import polars as pl

from lumber.catalog.kind import Column
from lumber.catalog.registry import get_kind
from lumber.ingest.addresses import AddressFinder
from lumber.ingest.binary import require_text
from lumber.ingest.chunks import Chunk
from lumber.ingest.csv_reader import CsvReader
from lumber.ingest.decompress import Readable
from lumber.ingest.forms import RECORD_NAMES, named, named_rejects
from lumber.ingest.frame_reader import FrameReader, is_counted
from lumber.ingest.journal_export_reader import JournalExportReader
from lumber.ingest.ledger import Entry
from lumber.ingest.line_reader import LineReader
from lumber.ingest.options import LINE_FORMATS, Format, IngestOptions
from lumber.ingest.parquet_reader import ParquetReader, seekable
from lumber.ingest.recognise import HEAD_BYTES, recognise
from lumber.ingest.records.databases import csvlog_header
from lumber.ingest.records.documents import DocumentLines, find_document
from lumber.ingest.rejects import Reject
from lumber.ingest.report_reader import ReportReader
from lumber.ingest.resume import Position
from lumber.ingest.slow_query_reader import SlowQueryReader
from lumber.ingest.sources import ReplayStream, Source
from lumber.ingest.syslog.lines import FORM
from lumber.ingest.vpc_flow_reader import VpcFlowReader
from lumber.ingest.w3c_reader import W3cReader
from lumber.ingest.windows_reader import WindowsReader
from lumber.ingest.zeek_reader import ZeekReader

_NUL = "\x00"
# They have bytes that are no text.
_WITH_BYTES = (Format.PARQUET, Format.JOURNAL_EXPORT)
_LINES = (Format.AUTO, Format.SYSLOG, *LINE_FORMATS)


class Reader(Protocol):
    """Turns a stream into chunks whose rows have the column `number`, the line that each came from."""

    ignored_fields: set[str]

    def chunks(self, stream: Readable, position: Position) -> Iterator[Chunk]:
        """Yield chunks from `position`, which is also that of `stream`."""
        ...


class FinishingReader:
    """Completes the chunks of another reader for the table: fills in defaults, derives addresses.

    All lines have the form `form`, unless it is None and the reader tells the form of each.
    """

    def __init__(self, reader: Reader, options: IngestOptions, dialect: str, form: str | None = None) -> None:
        self._reader = reader
        self._options = options
        self._form = form
        self._kind = get_kind(options.kind)
        names = [column.name for column in self._kind.columns]
        self._columns = [name for name in names if name != self._kind.id_column]
        self._refuses_nul = dialect == "postgresql"
        self._finder = AddressFinder()
        self.ignored_fields = reader.ignored_fields

    def chunks(self, stream: Readable, position: Position) -> Iterator[Chunk]:
        """Yield chunks whose rows have the columns of the kind's table, without id."""
        for chunk in self._reader.chunks(stream, position):
            if self._form is not None:
                chunk = replace(chunk, rejects=named_rejects(chunk.rejects, self._form))
            yield self._finished(chunk) if len(chunk.rows) else chunk

    def _finished(self, chunk: Chunk) -> Chunk:
        rows, rejects = chunk.rows, chunk.rejects
        if self._form is not None:
            rows = named(rows, self._form)
        if self._refuses_nul:
            rows, found = _without_nul(rows)
            rejects = sorted([*rejects, *found], key=lambda reject: reject.line) if found else rejects
        derived = None
        if self._kind.level_column is not None and self._options.default_level is not None:
            rows = _with_level(rows, self._kind.column(self._kind.level_column), self._options.default_level)
        if self._kind.message_column is not None and self._options.is_deriving_addresses:
            derived = self._finder.derive(rows[self._kind.time_column], rows[self._kind.message_column])
        return replace(
            chunk,
            rows=rows.select(self._columns),
            numbers=rows["number"],
            forms=rows[FORM],
            rejects=rejects,
            addresses=derived,
        )


def _with_level(rows: pl.DataFrame, column: Column, level: str) -> pl.DataFrame:
    """Give rows without a severity this level."""
    has_none = pl.all_horizontal(pl.col(name).is_null() for name in column.filter_sources or (column.name,))
    return rows.with_columns(pl.when(has_none).then(pl.lit(level)).otherwise(column.name).alias(column.name))


def _without_nul(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    """Remove the rows with a NUL character, which text on PostgreSQL can't contain."""
    texts = [name for name, type_ in rows.schema.items() if type_ == pl.String]
    has_nul = [pl.col(name).str.contains(_NUL, literal=True).fill_null(False) for name in texts]
    is_bad = rows.select(pl.any_horizontal(has_nul)).to_series()
    if not is_bad.any():
        return rows, []
    rejects = []
    for row in rows.filter(is_bad).iter_rows(named=True):
        name = next(text for text in texts if row[text] is not None and _NUL in row[text])
        raw = row.get("raw_message") or row[name]
        reason = f"{name}: holds a NUL character, which PostgreSQL cannot store"
        rejects.append(Reject(row["number"], reason, raw, name, row[name], row[FORM]))
    return rows.filter(~is_bad), rejects


@contextmanager
def open_source(source: Source, options: IngestOptions) -> Iterator[OpenSource]:
    """Open a source and recognise its format, unless the options name it."""
    with ExitStack() as stack:
        stream = stack.enter_context(source.open(options.limits))
        known, document = options.format, None
        has_pattern = options.pattern is not None
        if has_pattern:
            require_text(source.name, stream.peek(HEAD_BYTES))
        elif known in (Format.AUTO, Format.JSONL, Format.JOURNALD):
            document = find_document(stream.peek(HEAD_BYTES), options.kind)
        if document is not None:
            known = Format.JSONL
            lines = DocumentLines(stream, document, options.limits.line_bytes)
            stream = stack.enter_context(closing(ReplayStream(lines)))
        elif known is Format.AUTO and not has_pattern:
            head = stream.peek(HEAD_BYTES)
            known = recognise(head, options)
            if known not in _WITH_BYTES:
                require_text(source.name, head)
        can_be_framed = document is None and known in _LINES and not has_pattern
        is_framed = can_be_framed and is_counted(stream.peek(HEAD_BYTES))
        file = compressed = None
        if known is Format.PARQUET:
            file = stack.enter_context(seekable(stream))
            compressed = stream.compressed_bytes
            stream = stack.enter_context(closing(ReplayStream(file)))
        header = csvlog_header(stream.peek(HEAD_BYTES)) if known is Format.CSV else None
        yield OpenSource(source, stream, known, file, compressed, is_framed, header)


@dataclass(frozen=True, slots=True)
class OpenSource:
    """An open source: its content as a stream, its format, and for Parquet its content as a file.

    `compressed_bytes` is the size of a Parquet file that was compressed as a whole. `is_framed` says that the
    messages of syslog are counted in bytes. `header` has the columns of CSV that is known to have no header.
    """

    source: Source
    stream: ReplayStream
    format: Format
    file: IO[bytes] | None
    compressed_bytes: int | None = None
    is_framed: bool = False
    header: list[str] | None = None

    @property
    def has_records(self) -> bool:
        """Say whether a record may be several lines that only the next record ends."""
        others = (
            Format.CSV, Format.PARQUET, Format.WINDOWS_XML, Format.MYSQL_SLOW, Format.JOURNAL_EXPORT,
            Format.ERLANG, Format.ORACLE_ALERT,
        )  # fmt: skip
        return not self.is_framed and self.format not in others

    def reader(self, options: IngestOptions, entry: Entry, dialect: str) -> FinishingReader:
        """Return the reader that continues where the ledger's entry ends."""
        inner: Reader
        form = RECORD_NAMES.get(self.format, str(self.format))
        if self.file is not None:
            inner = ParquetReader(options, entry, self.file, self.compressed_bytes)
        elif self.format is Format.CSV:
            inner = CsvReader(options, entry, self.source.written_at, self.header)
        elif self.format is Format.ZEEK:
            inner = ZeekReader(options, entry, self.source.written_at)
        elif self.format is Format.VPC_FLOW:
            inner = VpcFlowReader(options, entry, self.source.written_at)
        elif self.format is Format.W3C:
            inner = W3cReader(options, entry, self.source.written_at)
        elif self.format in (Format.ERLANG, Format.ORACLE_ALERT):
            inner = ReportReader(options, entry, self.source.written_at, self.format)
        elif self.format is Format.JOURNAL_EXPORT:
            inner = JournalExportReader(options, entry, self.source.written_at)
        elif self.format is Format.WINDOWS_XML:
            inner = WindowsReader(options, entry, self.source.written_at)
        elif self.format is Format.MYSQL_SLOW:
            inner = SlowQueryReader(options, entry, self.source.written_at)
        else:
            reader = FrameReader if self.is_framed else LineReader
            lines = replace(options, format=self.format)
            inner = reader(lines, entry, self.source.written_at, self.source.path)
            return FinishingReader(inner, options, dialect)
        return FinishingReader(inner, options, dialect, form)
