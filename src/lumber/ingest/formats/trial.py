"""Tests a definition with a few lines: each row and reject, with the places where a line stops matching."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from lumber.ingest.chunks import Chunk
from lumber.ingest.dry_run import as_stored
from lumber.ingest.formats.definition import FormatDefinition
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.patterns.explain import NO_MATCH, Mismatch, mismatches
from lumber.ingest.readers import open_source
from lumber.ingest.rejects import Reject
from lumber.ingest.resume import Position
from lumber.ingest.sources import Source

# A large pattern takes a millisecond per character.
LONGEST_TEXT = 32_768
MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class TriedReject:
    """A rejected line. `where` is the place where it stops matching the pattern, if that is the reason."""

    reject: Reject
    where: Mismatch | None = None


@dataclass(slots=True)
class Trial:
    """The rows as they would be stored, each with the number of its line, and the rejects."""

    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    rejects: list[TriedReject] = field(default_factory=list)
    fields: tuple[str, ...] = ()


def tried(definition: FormatDefinition, text: str, year: int | None = None) -> Trial:
    """Read the first lines of a text as a load would. Raises ConfigError or IngestError."""
    options = replace(definition.checked(year), is_deriving_addresses=False)
    lines = "\n".join(text.split("\n")[:MOST_LINES])
    source = Source("the text", None, io.BytesIO(lines.encode(errors="replace")), datetime.now(UTC))
    trial = Trial(fields=options.pattern.fields if options.pattern is not None else ())
    with open_source(source, options) as opened:
        reader = opened.reader(options, Entry("", options.kind, source.name, ""), "sqlite")
        for chunk in reader.chunks(opened.stream, Position.start()):
            _add(trial, chunk, options)
    return trial


def _add(trial: Trial, chunk: Chunk, options: IngestOptions) -> None:
    if chunk.numbers is not None:
        rows = chunk.rows.iter_rows(named=True)
        trial.rows += [
            (number, as_stored(row, options.kind)) for number, row in zip(chunk.numbers, rows, strict=True)
        ]
    unmatched = [reject for reject in chunk.rejects if reject.reason.startswith(NO_MATCH)]
    places: dict[int, Mismatch] = {}
    if options.pattern is not None and unmatched:
        found = mismatches(options.pattern, [reject.raw for reject in unmatched])
        places = {reject.line: where for reject, where in zip(unmatched, found, strict=True)}
    trial.rejects += [TriedReject(reject, places.get(reject.line)) for reject in chunk.rejects]
