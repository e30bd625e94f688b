"""Loads sources: a thread makes the rows of the next chunk while the database stores the previous one."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

import polars as pl
import pyarrow as pa

from lumber.catalog.registry import get_kind
from lumber.errors import DatabaseError
from lumber.ingest import ledger
from lumber.ingest.addresses import AddressFinder
from lumber.ingest.chunk_rows import append_rows, record, upserted
from lumber.ingest.chunks import Chunk
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.patterns.first_lines import require_match
from lumber.ingest.readers import FinishingReader, open_source
from lumber.ingest.reading import reading_of
from lumber.ingest.recognise import HEAD_BYTES
from lumber.ingest.refusals import find_refused, refusal, refused_rejects
from lumber.ingest.rejects import Reject, RejectFile
from lumber.ingest.report import SourceReport
from lumber.ingest.resume import Position, find_entry
from lumber.ingest.sources import ReplayStream, Source
from lumber.ingest.targets import TARGETS
from lumber.ingest.upsert import as_arrow, merged, upsert
from lumber.store.bulk import BulkConnection

T = TypeVar("T")

_CHECKPOINT_PAGES = 65_536  # 256 MiB of the usual 4 KiB pages

# The first statement of a trial. On SQLite it changes nothing, but takes the write lock before anything is
# read. On PostgreSQL, constraints are not left to the commit, which a trial never reaches.
_TRIAL = {
    "sqlite": "UPDATE sqlite_sequence SET seq = seq",
    "postgresql": "SET CONSTRAINTS ALL IMMEDIATE",
}

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
        with closing(rejects), closing(_ahead(made)) as chunks:
            for chunk, rows in chunks:
                load.entry, stored = self._write(load.entry, chunk, rows, rejects)
                self._count(load.report, stored, rejects)
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
            yield chunk, None if is_upserted else as_arrow(_without_empty(chunk.rows))

    def _write(
        self, entry: Entry, chunk: Chunk, rows: pa.Table | None, rejects: RejectFile
    ) -> tuple[Entry, Chunk]:
        """Write a chunk and its place in the ledger, in one transaction, without the rows that are refused.

        Returns the entry and what was written.
        """
        reject_bytes = rejects.write(chunk.rejects)
        try:
            return self._commit(entry, chunk, rows, reject_bytes), chunk
        except DatabaseError as error:
            if refusal(error) is None or not len(chunk.rows):
                raise
        refused = find_refused(chunk.rows, self._try_rows(entry, chunk), self.connection.rollback)
        accepted, found = self._without(chunk, refused)
        made = None if rows is None else as_arrow(_without_empty(accepted.rows))
        return self._commit(entry, accepted, made, rejects.write(found)), accepted

    def _commit(self, entry: Entry, chunk: Chunk, rows: pa.Table | None, reject_bytes: int) -> Entry:
        after = replace(
            entry,
            bytes_done=chunk.bytes_done,
            content_sha256=chunk.content_sha256,
            lines_done=entry.lines_done + chunk.lines,
            loaded=entry.loaded + len(chunk.rows),
            rejected=entry.rejected + len(chunk.rejects),
            reject_bytes=reject_bytes,
            state=chunk.state,
            reading=json.dumps(reading_of(self._options), sort_keys=True),
            is_complete=False,
        )
        try:
            stored = ledger.move_on(self.connection, entry, after)
            self._insert(after, chunk, rows)
            self.connection.commit()
        except BaseException:  # also Ctrl-C: a later commit must not include half a chunk
            self.connection.rollback()
            raise
        return stored

    def _try_rows(self, entry: Entry, chunk: Chunk) -> Callable[[pl.DataFrame], None]:
        """Return what writes a part of a chunk's rows with their addresses, in the open transaction."""

        def insert(rows: pl.DataFrame) -> None:
            self.connection.execute(_TRIAL[self.connection.url.dialect])
            part = replace(chunk, rows=rows, addresses=self._derived(chunk, rows))
            is_upserted = TARGETS[self._options.kind].is_upserted
            self._insert(entry, part, None if is_upserted else as_arrow(_without_empty(rows)))

        return insert

    def _derived(self, chunk: Chunk, rows: pl.DataFrame) -> pl.DataFrame | None:
        kind = get_kind(self._options.kind)
        if chunk.addresses is None or kind.message_column is None:
            return None
        return AddressFinder().derive(rows[kind.time_column], rows[kind.message_column])

    def _without(self, chunk: Chunk, refused: Mapping[int, str]) -> tuple[Chunk, list[Reject]]:
        """Return the chunk with its refused rows among the rejects, and these."""
        assert chunk.numbers is not None  # every chunk with rows has them
        found = refused_rejects(chunk.rows, chunk.numbers, refused)
        is_kept = [place not in refused for place in range(len(chunk.rows))]
        rows = chunk.rows.filter(is_kept)
        rejects = sorted([*chunk.rejects, *found], key=lambda reject: reject.line)
        numbers = chunk.numbers.filter(pl.Series(is_kept))
        derived = self._derived(chunk, rows)
        return replace(chunk, rows=rows, numbers=numbers, rejects=rejects, addresses=derived), found

    def _insert(self, entry: Entry, chunk: Chunk, rows: pa.Table | None) -> None:
        """Write the rows and addresses of a chunk, and what they are. `entry` is that after the chunk."""
        runs = []
        if rows is None and len(chunk.rows):
            upsert(self.connection, merged(chunk.rows), entry.source_id)
            runs = [upserted(len(chunk.rows))]
        elif rows is not None and rows.num_rows:
            runs = append_rows(self.connection, get_kind(self._options.kind).table, rows)
        record(self.connection, entry.source_id, entry.lines_done, runs)
        if chunk.addresses is not None:
            upsert(self.connection, chunk.addresses, entry.source_id)

    def _count(self, report: SourceReport, chunk: Chunk, rejects: RejectFile) -> None:
        report.lines += chunk.lines
        report.count_rows(chunk.rows)
        report.count_rejects(chunk.rejects)
        report.are_years_guessed |= chunk.are_years_guessed
        report.count_joined(chunk.continued)
        if chunk.rejects:
            report.reject_file = str(rejects.path)
        self._progress(report)


def _ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """Yield the items, while a thread makes the next one."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="lumber-ingest") as pool:
        upcoming = pool.submit(next, items, None)
        while (item := upcoming.result()) is not None:
            upcoming = pool.submit(next, items, None)
            yield item


def _without_empty(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out the columns that are null in every row. They are null by default."""
    return rows.select(name for name in rows.columns if rows[name].null_count() < len(rows))
