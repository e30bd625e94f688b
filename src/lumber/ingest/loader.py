"""Loads sources: a thread makes the rows of the next chunk while the database stores the previous one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

import pyarrow as pa

from lumber.ingest import ledger
from lumber.ingest.chunk_writer import ChunkWriter, rows_to_append
from lumber.ingest.chunks import Chunk
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.patterns.first_lines import require_match
from lumber.ingest.readers import FinishingReader, open_source
from lumber.ingest.recognise import HEAD_BYTES
from lumber.ingest.rejects import RejectFile
from lumber.ingest.report import SourceReport
from lumber.ingest.resume import Position, find_entry
from lumber.ingest.sources import ReplayStream, Source
from lumber.ingest.targets import TARGETS
from lumber.store.bulk import BulkConnection

T = TypeVar("T")

_CHECKPOINT_PAGES = 65_536  # 256 MiB of the usual 4 KiB pages

Progress = Callable[[SourceReport], None]


class Opened(Protocol):
    """What a load reads: a stream, and what makes its reader."""

    @property
    def stream(self) -> ReplayStream:
        """The content from the place on where the load continues."""
        ...

    def reader(self, options: IngestOptions, entry: Entry, dialect: str) -> FinishingReader:
        """Return the reader that continues where the ledger's entry ends."""
        ...


@dataclass(slots=True)
class RunningLoad:
    """How far a source is loaded: its entry in the ledger, the place in its stream, and what was done."""

    entry: Entry
    position: Position
    report: SourceReport


class Loader:
    """Loads sources into one database, one after the other."""

    def __init__(
        self, connection: BulkConnection, options: IngestOptions, data_dir: Path, progress: Progress
    ) -> None:
        self.connection = connection
        self._options = options
        self._reject_folder = data_dir.expanduser().absolute() / "rejects"
        self._progress = progress
        if connection.url.dialect == "sqlite":
            # A page that many chunks change is then written to the file once, and not after each 1,000 pages.
            connection.query(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.rollback()

    def load(self, source: Source) -> SourceReport:
        """Load what is new in a source. Raises IngestError, DatabaseError or OutputUnwritable.

        Each chunk's rows, addresses and place in the ledger are one transaction.
        """
        with open_source(source, self._options) as opened:
            if self._options.pattern is not None:
                require_match(self._options.pattern, source.name, opened.stream.peek(HEAD_BYTES))
            load = self.find(source, opened.stream)
            self.load_part(opened, load, is_last=True)
            self.finish(load)
        return load.report

    def find(self, source: Source, stream: ReplayStream) -> RunningLoad:
        """Return where the load of a source continues, with `stream` moved there. Raises SourceChanged."""
        options = self._options
        entry, position = find_entry(self.connection, source, stream, options.kind, options.source_id)
        report = SourceReport(
            source.name, entry.source_id, skipped=entry.lines_done, loaded_before=entry.loaded
        )
        return RunningLoad(entry, position, report)

    def load_part(self, opened: Opened, load: RunningLoad, *, is_last: bool) -> None:
        """Load the rest of an open source. Without `is_last`, what may continue later is not finished.

        Raises as `load` does. After an error, `load` no longer says what is in the ledger.
        """
        entry, options = load.entry, replace(self._options, is_growing=not is_last)
        path = options.reject_file or self._reject_folder / f"{entry.source_id}.jsonl"
        # Only a file of our own is cut to its length in the ledger. A user's file is only appended to.
        is_interrupted = not entry.is_complete and options.reject_file is None
        rejects = RejectFile(path, entry.reject_bytes, is_interrupted=is_interrupted)
        reader = opened.reader(options, entry, self.connection.url.dialect)
        made = self._made(reader.chunks(opened.stream, load.position))

        def stored(entry: Entry, chunk: Chunk) -> None:
            load.entry = entry
            self._count(load.report, chunk, rejects)

        writer = ChunkWriter(self.connection, self._options, entry, rejects, stored)
        # A source that pauses must not keep a transaction open: on SQLite, no one else could write.
        with closing(rejects), writer, closing(_ahead(made, writer.finish)) as chunks:
            for chunk, rows in chunks:
                writer.write(chunk, rows)
        load.report.ignored_fields = sorted({*load.report.ignored_fields, *reader.ignored_fields})

    def finish(self, load: RunningLoad) -> None:
        """Record that nothing of a source is left to load, and judge what was rejected."""
        entry = load.entry
        if entry.is_stored and not entry.is_complete:
            load.entry = ledger.move_on(self.connection, entry, replace(entry, is_complete=True))
            self.connection.commit()
        load.report.judge(self._options.limits.rejected_share)

    def _made(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, pa.Table | None]]:
        """Yield each chunk with its rows as they are appended to the table, or None if they are upserted."""
        is_upserted = TARGETS[self._options.kind].is_upserted
        for chunk in chunks:
            yield chunk, None if is_upserted else rows_to_append(chunk)

    def _count(self, report: SourceReport, chunk: Chunk, rejects: RejectFile) -> None:
        report.count(chunk)
        if chunk.rejects:
            report.reject_file = str(rejects.path)
        self._progress(report)


def _ahead(items: Iterator[T], before_waiting: Callable[[], None]) -> Generator[T, None, None]:
    """Yield the items, while a thread makes the next one. Call `before_waiting` if it isn't made in time."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="lumber-ingest") as pool:
        upcoming = pool.submit(next, items, None)
        while True:
            if not upcoming.done():
                before_waiting()
            item = upcoming.result()
            if item is None:
                return
            upcoming = pool.submit(next, items, None)
            yield item
