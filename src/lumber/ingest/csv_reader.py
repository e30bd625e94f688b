"""Reads CSV with a header (RFC 4180): a record may span several lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lumber.catalog.registry import get_kind
from lumber.errors import IngestError
from lumber.ingest.blocks import BOM, NOT_UTF8, blocks, too_long
from lumber.ingest.chunks import Chunk
from lumber.ingest.decompress import Readable
from lumber.ingest.ledger import Entry
from lumber.ingest.limits import require_columns
from lumber.ingest.options import IngestOptions
from lumber.ingest.recognise import TYPE_MARK, delimiter_of
from lumber.ingest.records import windows
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.records.day_order import DayOrder
from lumber.ingest.records.fields import plan_fields
from lumber.ingest.rejects import Reject
from lumber.ingest.resume import Position
from lumber.ingest.syslog.dispatch import BLANK
from lumber.ingest.syslog.years import YearFinder
from lumber.text import counted

# Otherwise a quote that is never closed would include the rest of the file.
MAX_FIELD_CHARACTERS = 16 * 1024 * 1024
_CHUNK_RECORDS = 50_000
# A record may have several long fields.
_MOST_LINES = 4
# The error of a record whose end is not there.
_OPEN_QUOTE = "unexpected end of data"


class CsvReader:
    """Turns a stream of CSV into chunks. `lines` of a chunk counts records; rejects have line numbers."""

    def __init__(
        self, options: IngestOptions, entry: Entry, written_at: datetime, header: list[str] | None = None
    ) -> None:
        """Read with the columns `header`; without it, the first line has their names."""
        self._options = options
        self._header: list[str] | None = entry.state.get("header") or header
        self._delimiter: str = entry.state.get("delimiter", ",")
        self._line_number: int = entry.state.get("line", 1)
        self._is_line_open = bool(entry.state.get("open_line"))
        self._taken: list[bytes] = []
        self._taken_bytes = 0
        self._record_begins = 0
        self._name = entry.name
        # A resumed load keeps the reference time of the interrupted one. New lines of a log are newer.
        is_resumed = not entry.is_complete and not options.is_growing
        reference = entry.state.get("reference") if is_resumed else None
        self._reference = datetime.fromisoformat(reference) if reference else written_at
        self._years = YearFinder(options.zone, self._reference, options.year, entry.state)
        self._days = DayOrder(entry.state)
        self._builder = RecordBuilder.of(options, self._years, self._days)
        self._message: str | None = None
        self.ignored_fields = self._builder.ignored_fields

    def chunks(self, stream: Readable, position: Position) -> Iterator[Chunk]:
        """Yield chunks from `position`, which is also that of `stream`."""
        csv.field_size_limit(MAX_FIELD_CHARACTERS)
        lines = self._lines(stream, is_start=position.bytes_done == 0)
        if self._header is None and not self._read_header(lines):
            return
        header = self._header or []
        self._options.mapping.require(self._name, header)
        self._message = self._message_field(header)
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        is_over = False
        while not is_over:
            records, rejects, is_over = self._records(reader, header)
            if self._taken:
                yield self._chunk(records, rejects, position)

    def _lines(self, stream: Readable, *, is_start: bool) -> Iterator[str]:
        """Yield lines with their ends, and keep the bytes of each. Invalid UTF-8 becomes surrogates."""
        for block in blocks(stream, self._options.chunk_bytes, self._options.limits.line_bytes):
            for raw in _cut(block):
                self._taken.append(raw)
                self._taken_bytes += len(raw)
                self._require_bounded(len(raw))
                text = raw.removeprefix(BOM) if is_start else raw
                is_start = False
                if self._is_line_open:
                    self._is_line_open = False
                    if not text.strip(b"\r\n"):
                        continue  # the end of a line whose text was loaded before
                yield text.decode(errors="surrogateescape")

    def _require_bounded(self, line_bytes: int) -> None:
        """Raise IngestError if a line, or a record of several lines, is too long to hold in memory."""
        limit = self._options.limits.line_bytes
        if line_bytes > limit or self._taken_bytes - self._record_begins > _MOST_LINES * limit:
            what = (
                "has a line" if line_bytes > limit else f"has a record, from line {self._line_number:,} on,"
            )
            raise IngestError(
                f"{self._name} {what} {too_long(limit)}. Lines before that may be loaded. "
                "Repair the file, or raise the limit, and run the same command again."
            )

    def _message_field(self, header: list[str]) -> str | None:
        """Return the field of the message, which may be empty."""
        column = get_kind(self._options.kind).message_column
        mapped = self._options.mapping.field_of(column)
        if mapped is not None:
            return next((name for name in header if name.lower() == mapped), None)
        columns, _ = plan_fields(self._options.kind, tuple(header))
        return columns.get(column or "")

    def _read_header(self, lines: Iterator[str]) -> bool:
        for line in lines:
            self._line_number += 1
            line = line.encode(errors="surrogateescape").decode(errors="replace")
            if line.strip() and not line.startswith(TYPE_MARK):
                self._delimiter = delimiter_of(line.strip("\r\n"), self._options) or ","
                names = windows.with_message(next(csv.reader([line], delimiter=self._delimiter)))
                self._header = _distinct([name.strip() for name in names])
                require_columns(self._name, len(names), self._options.limits.columns)
                return True
        return False

    def _records(
        self, reader: Iterator[list[str]], header: list[str]
    ) -> tuple[list[Record], list[Reject], bool]:
        records: list[Record] = []
        rejects: list[Reject] = []
        while len(records) + len(rejects) < _CHUNK_RECORDS and self._taken_bytes < self._options.chunk_bytes:
            before, line = len(self._taken), self._line_number
            self._record_begins = self._taken_bytes
            reason = None
            values: list[str] = []
            try:
                values = next(reader)
                reason = _reason(values, header)
            except StopIteration:
                return records, rejects, True
            except csv.Error as error:
                if self._options.is_growing and str(error) == _OPEN_QUOTE:
                    del self._taken[before:]
                    return records, rejects, True
                reason = f"not valid CSV: {error}"
            raw = b"".join(self._taken[before:])
            self._line_number += raw.count(b"\n")
            shown = raw.rstrip(b"\r\n").decode(errors="backslashreplace")
            if reason is None and not _is_text(raw):
                reason = NOT_UTF8
            if reason is None:
                records.append(Record(line, self._fields(header, values), shown))
            else:
                rejects.append(Reject(line, reason, shown))
        return records, rejects, False

    def _fields(self, header: list[str], values: list[str]) -> dict[str, Any]:
        """Return the fields that have a value. In CSV empty means missing, except for the message."""
        pairs = zip(header, values, strict=True)
        return {name: value for name, value in pairs if value or name == self._message}

    def _chunk(self, records: list[Record], rejects: list[Reject], position: Position) -> Chunk:
        rows, refused = self._builder.build(records)
        position.advance(b"".join(self._taken))
        is_open = not self._taken[-1].endswith(b"\n")
        self._taken, self._taken_bytes, self._record_begins = [], 0, 0
        state = {"header": self._header, "delimiter": self._delimiter, "line": self._line_number}
        state |= {"reference": self._reference.isoformat(), **self._years.state(), **self._days.state()}
        return Chunk(
            rows=rows,
            rejects=sorted([*rejects, *refused], key=lambda reject: reject.line),
            lines=len(records) + len(rejects),
            bytes_done=position.bytes_done,
            content_sha256=position.hasher.hexdigest(),
            state=state | ({"open_line": True} if is_open else {}),
            are_years_guessed=self._years.has_guessed,
        )


def _cut(block: bytes) -> list[bytes]:
    """Cut a block at LF only: a lone CR is text."""
    parts = block.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _reason(values: list[str], header: list[str]) -> str | None:
    if not values:
        return BLANK
    if len(values) != len(header):
        return f"has {counted(len(values), 'field')}, and the header has {len(header):,}"
    return None


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _distinct(names: list[str]) -> list[str]:
    """Number repeated names, so that no column hides another."""
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return distinct
