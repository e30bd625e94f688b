"""A dry run: reads the first lines of a source as a load would, and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lumber.catalog.kind import Storage
from lumber.catalog.registry import get_kind
from lumber.errors import IngestError
from lumber.ingest import windows_reader
from lumber.ingest.chunks import Chunk
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.readers import open_source
from lumber.ingest.records.documents import ENDS_EARLY
from lumber.ingest.report import SourceReport
from lumber.ingest.resume import Position
from lumber.ingest.sources import Source

DEFAULT_LINES = 1_000
SHOWN_ROWS = 10

# Small, because little more than the wanted lines is read.
_CHUNK_BYTES = 64 * 1024
_NO_END = "unexpected end of data"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class DryRun:
    """The report of the first lines, whether there are more, and the first rows as they would be stored."""

    report: SourceReport
    has_more: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)


def dry_run(
    source: Source,
    options: IngestOptions,
    dialect: str,
    max_lines: int = DEFAULT_LINES,
    *,
    is_cut: bool = False,
) -> DryRun:
    """Read at most `max_lines` lines of a source from its start. Raises IngestError.

    The end of a source that `is_cut` may be missing. What was loaded before is not known. A Parquet file is
    read whole, because its index is at its end.
    """
    options = replace(options, chunk_bytes=_CHUNK_BYTES)
    report = SourceReport(source.name, options.source_id or "")
    result = DryRun(report)
    with open_source(source, options) as opened:
        entry = Entry(report.source_id, options.kind, source.name, "")
        reader = opened.reader(options, entry, dialect)
        chunks = reader.chunks(opened.stream, Position.start())
        for chunk in _until(_complete(chunks) if is_cut else chunks, max_lines, result):
            report.count(chunk)
            shown = chunk.rows.head(SHOWN_ROWS - len(result.rows))
            result.rows += [as_stored(row, options.kind) for row in shown.iter_rows(named=True)]
        report.ignored_fields = sorted(reader.ignored_fields)
    report.judge(options.limits.rejected_share)
    return result


def _complete(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield the chunks of a source without its end: up to where it can't be read further."""
    has_some = False
    try:
        for chunk in chunks:
            yield _without_cut(chunk)
            has_some = True
    except IngestError:
        if not has_some:
            raise


def _without_cut(chunk: Chunk) -> Chunk:
    """Leave out the last record of a JSON document or of Windows, which the source has only in part."""
    ends = (_NO_END, windows_reader.NO_END)
    cut = [reject for reject in chunk.rejects if reject.reason.endswith(ends) or reject.raw == ENDS_EARLY]
    rejects = [reject for reject in chunk.rejects if reject not in cut]
    return replace(chunk, rejects=rejects, lines=chunk.lines - len(cut))


def _until(chunks: Iterator[Chunk], max_lines: int, result: DryRun) -> Iterator[Chunk]:
    """Yield chunks with `max_lines` lines together."""
    left = max_lines
    for chunk in chunks:
        if chunk.lines and not left:
            result.has_more = True
            return
        result.has_more = chunk.lines > left
        yield _first_lines(chunk, left) if result.has_more else chunk
        left -= min(left, chunk.lines)
        if result.has_more:
            return


def _first_lines(chunk: Chunk, count: int) -> Chunk:
    """Return the first lines of a chunk, whose `lines` are its rows and rejects."""
    loaded = chunk.numbers.to_list() if chunk.numbers is not None else []
    last = sorted([*loaded, *(reject.line for reject in chunk.rejects)])[count - 1]
    rows, forms = chunk.rows, chunk.forms
    if chunk.numbers is not None and forms is not None:
        rows, forms = rows.filter(chunk.numbers <= last), forms.filter(chunk.numbers <= last)
    rejects = [reject for reject in chunk.rejects if reject.line <= last]
    continued = {number: lines for number, lines in chunk.continued.items() if number <= last}
    lines = len(rows) + len(rejects)
    return replace(
        chunk, rows=rows, numbers=None, forms=forms, rejects=rejects, lines=lines, continued=continued
    )


def as_stored(row: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return a row for people: times as text, JSON as objects."""
    shown: dict[str, Any] = {}
    for column in get_kind(kind).columns:
        if column.name not in row:
            continue
        value = row[column.name]
        if value is not None and column.storage is Storage.TIME:
            value = (_EPOCH + timedelta(microseconds=value)).isoformat()
        elif isinstance(value, str) and column.storage is Storage.JSON:
            value = json.loads(value)
        shown[column.name] = value
    return shown
