"""Recognises by its content what was loaded before, and finds where to continue."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any

from lumber.errors import SourceChanged
from lumber.ingest import ledger
from lumber.ingest.ledger import Entry
from lumber.ingest.sources import ReplayStream, Source
from lumber.store.bulk import BulkConnection
from lumber.text import counted

_READ_BYTES = 1024 * 1024


@dataclass(slots=True)
class Position:
    """A place in a stream: the number of bytes before it, and their hash so far."""

    bytes_done: int
    hasher: Any

    @classmethod
    def start(cls) -> Position:
        """Return the start of a stream."""
        return cls(0, hashlib.sha256())

    def advance(self, data: bytes) -> None:
        """Move past `data`."""
        self.bytes_done += len(data)
        self.hasher.update(data)

    def copy(self) -> Position:
        """Return an independent copy."""
        return Position(self.bytes_done, self.hasher.copy())


def fingerprint(head: bytes) -> str:
    """Return the hash of the first line, of at most 4 KiB."""
    return hashlib.sha256(head[: ledger.FINGERPRINT_BYTES].split(b"\n", 1)[0]).hexdigest()


def find_entry(
    connection: BulkConnection, source: Source, stream: ReplayStream, kind: str, source_id: str | None
) -> tuple[Entry, Position]:
    """Return the source's entry and its position, with `stream` moved there.

    With `source_id`, it is the entry of that name; without, the entry with the longest content that the
    stream begins with. Raises SourceChanged if the stream does not begin with the content of the named
    entry.
    """
    mark = fingerprint(stream.peek(ledger.FINGERPRINT_BYTES))
    if source_id is None:
        candidates = ledger.entries_like(connection, kind, mark)
    else:
        named = ledger.entry_named(connection, source_id)
        candidates = [named] if named is not None else []
    entry = _longest_match(stream, candidates)
    if entry is not None and entry.kind == kind:
        return entry, _skipped(stream, entry)
    if source_id is not None and candidates:
        raise _changed(source, candidates[0], kind)
    new_id = source_id or _new_id(connection, source, kind, mark)
    return Entry(new_id, kind, source.name, mark), Position.start()


def begins_with(stream: ReplayStream, entry: Entry) -> bool:
    """Say whether a stream begins with all that was loaded as `entry`."""
    return _longest_match(stream, [entry]) is not None


def _longest_match(stream: ReplayStream, candidates: list[Entry]) -> Entry | None:
    found = None
    position = Position.start()
    with stream.replay():
        for entry in sorted(candidates, key=lambda entry: entry.bytes_done):
            if not _advance_to(stream, position, entry.bytes_done):
                break
            if position.hasher.hexdigest() == entry.content_sha256:
                found = entry
    return found


def _advance_to(stream: ReplayStream, position: Position, bytes_done: int) -> bool:
    while position.bytes_done < bytes_done:
        data = stream.read(min(_READ_BYTES, bytes_done - position.bytes_done))
        if not data:
            return False
        position.advance(data)
    return True


def _skipped(stream: ReplayStream, entry: Entry) -> Position:
    position = Position.start()
    _advance_to(stream, position, entry.bytes_done)
    return position


def _new_id(connection: BulkConnection, source: Source, kind: str, mark: str) -> str:
    """Make an id. The same file gets the same id, also after a crash before its first commit."""
    place = str(source.path.resolve()) if source.path else "-"
    base = f"{kind}-{hashlib.sha256(b'%s %s' % (os.fsencode(place), mark.encode())).hexdigest()[:12]}"
    number, candidate = 1, base
    while ledger.entry_named(connection, candidate) is not None:
        number += 1
        candidate = f"{base}-{number}"
    return candidate


def _changed(source: Source, entry: Entry, kind: str) -> SourceChanged:
    if entry.kind != kind:
        return SourceChanged(
            f"The source {entry.source_id} has {entry.kind}, not {kind}. Choose another --source-id."
        )
    return SourceChanged(
        f"{source.name} does not begin with the {counted(entry.lines_done, 'line')} that were loaded as "
        f"{entry.source_id} before. If it is another source, choose another --source-id, or leave the option "
        "out: Lumber recognises content that it loaded before."
    )
