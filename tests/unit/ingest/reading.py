"""Reads sources in memory with the readers of a load, without a database."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lumber.ingest.forms import recognition_of
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.readers import open_source
from lumber.ingest.resume import Position
from lumber.ingest.sources import Source

WRITTEN_AT = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def read(text: str | bytes, options: IngestOptions | None = None) -> tuple[list[dict[str, Any]], list[tuple]]:
    """Return the rows without their nulls, and (line, reason) of the rejects. Data is parsed."""
    options = options or IngestOptions("logs")
    rows: list[dict[str, Any]] = []
    rejects: list[tuple] = []
    for chunk in chunks(text, options):
        assert len(chunk.rows) + len(chunk.rejects) == chunk.lines
        found = recognition_of(chunk)
        assert sum(each.lines for each in found.formats) + found.unrecognised == chunk.lines
        assert found.unrecognised <= len(chunk.rejects)
        rows += [_without_nulls(row) for row in chunk.rows.to_dicts()]
        rejects += [(reject.line, reject.reason) for reject in chunk.rejects]
    return rows, rejects


def chunks(text: str | bytes, options: IngestOptions, entry: Entry | None = None) -> list[Any]:
    """Return the chunks of a source that the ledger has as `entry`."""
    data = text.encode() if isinstance(text, str) else text
    source = Source("memory", None, io.BytesIO(data), WRITTEN_AT)
    entry = entry or Entry("i", options.kind, "memory", "f")
    position = Position.start()
    with open_source(source, options) as opened:
        reader = opened.reader(options, entry, "sqlite")
        position.advance(opened.stream.read(entry.bytes_done) if entry.bytes_done else b"")
        return list(reader.chunks(opened.stream, position))


def read_in_two_loads(text: str, options: IngestOptions) -> list[dict[str, Any]]:
    """Return the rows of a load interrupted after its first chunk, and of the one that continued it."""
    first = chunks(text, options)[0]
    entry = Entry("i", options.kind, "memory", "f", first.content_sha256, first.bytes_done, first.lines)
    # The ledger keeps the state as JSON.
    entry = replace(entry, loaded=len(first.rows), state=json.loads(json.dumps(first.state)))
    later = chunks(text, options, entry)
    return [_without_nulls(row) for chunk in (first, *later) for row in chunk.rows.to_dicts()]


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in row.items() if value is not None}
    if "structured_data" in known:
        known["structured_data"] = json.loads(known["structured_data"])
    return known
