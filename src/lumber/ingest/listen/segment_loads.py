"""Loads segments with the loader of files. The ledger's entry of a day names the segment that came last.

So a segment is loaded once: it is either named in the entry, and was committed, or no row of it was.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

from lumber.ingest import ledger
from lumber.ingest.chunk_merge import merge_chunks
from lumber.ingest.ledger import Entry
from lumber.ingest.listen.messages import SEGMENT_STATE, MessageReader
from lumber.ingest.listen.segments import Message, Segment, unpacked
from lumber.ingest.loader import Loader, RunningLoad
from lumber.ingest.options import IngestOptions
from lumber.ingest.readers import FinishingReader
from lumber.ingest.report import SourceReport
from lumber.ingest.resume import Position
from lumber.ingest.sources import ReplayStream


@dataclass(frozen=True, slots=True)
class LoadedSegment:
    """What was loaded of a segment. `torn_bytes` at its end were no whole message.

    `undated` messages had no time and got that of their arrival.
    """

    messages: int
    loaded: int
    rejected: int
    torn_bytes: int
    undated: int = 0


@dataclass(slots=True)
class OpenSegment:
    """A segment as the loader takes it: what makes its reader."""

    name: str
    messages: Sequence[Message]
    stream: ReplayStream
    messages_reader: MessageReader | None = None

    def reader(self, options: IngestOptions, entry: Entry, dialect: str) -> FinishingReader:
        """Return the reader of the messages."""
        self.messages_reader = MessageReader(options, entry, self.messages, self.name)
        return FinishingReader(self.messages_reader, options, dialect)


def load_segment(loader: Loader, segment: Segment, spool_id: str) -> LoadedSegment:
    """Load a segment, unless the ledger says that it was loaded. Raises as `Loader.load` does."""
    messages, torn_bytes = unpacked(segment.path.read_bytes())
    entry = _entry(loader, segment, spool_id)
    if not messages or entry.state.get(SEGMENT_STATE) == segment.name:
        return LoadedSegment(len(messages), 0, 0, torn_bytes)
    merge_chunks(loader.connection, entry.source_id)
    report = SourceReport(entry.name, entry.source_id, entry.lines_done, loaded_before=entry.loaded)
    # The hash of what was loaded before and of this segment: no other content has it.
    position = Position(entry.bytes_done, hashlib.sha256(entry.content_sha256.encode()))
    load = RunningLoad(entry, position, report)
    opened = OpenSegment(segment.name, messages, ReplayStream(io.BytesIO()))
    loader.load_part(opened, load, is_last=True)
    loader.finish(load)
    undated = opened.messages_reader.undated if opened.messages_reader is not None else 0
    return LoadedSegment(len(messages), report.loaded, report.rejected, torn_bytes, undated)


def _entry(loader: Loader, segment: Segment, spool_id: str) -> Entry:
    """Return the entry of a segment's day. All segments of a day are one source."""
    day = segment.day
    source_id = f"listen-{spool_id}-{day}"
    known = ledger.entry_named(loader.connection, source_id)
    if known is not None:
        return known
    name = f"syslog of {day[:4]}-{day[4:6]}-{day[6:]} (lumber listen)"
    return Entry(source_id, "logs", name, hashlib.sha256(source_id.encode()).hexdigest())
