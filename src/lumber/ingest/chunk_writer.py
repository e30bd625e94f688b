"""Writes chunks to the database, with their addresses and place in the ledger, without the refused rows."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

import polars as pl
import pyarrow as pa

from lumber.catalog.registry import get_kind
from lumber.errors import DatabaseError
from lumber.ingest import ledger
from lumber.ingest.addresses import AddressFinder
from lumber.ingest.chunk_rows import append_rows, record, upserted
from lumber.ingest.chunks import Chunk
from lumber.ingest.forms import recognition_of
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.reading import reading_of
from lumber.ingest.refusals import find_refused, refusal, refused_rejects
from lumber.ingest.rejects import Reject, RejectFile
from lumber.ingest.targets import TARGETS
from lumber.ingest.upsert import as_arrow, merged, upsert
from lumber.store.bulk import BulkConnection

# The first statement of a trial. On SQLite it changes nothing, but takes the write lock before anything is
# read. On PostgreSQL, constraints are not left to the commit, which a trial never reaches.
_TRIAL = {
    "sqlite": "UPDATE sqlite_sequence SET seq = seq",
    "postgresql": "SET CONSTRAINTS ALL IMMEDIATE",
}
# Most addresses occur in chunk after chunk. Several chunks in one transaction update each of them once. On
# SQLite, where an update costs a fifth, all other writers would wait for such a transaction.
_MOST_CHUNKS = {"sqlite": 2, "postgresql": 6}


class ChunkWriter:
    """Writes the chunks of one source. `stored` is called with each chunk after its commit, and its entry.

    As a context manager, it commits what is written at the end of the block, also when reading has failed.
    """

    def __init__(
        self,
        connection: BulkConnection,
        options: IngestOptions,
        entry: Entry,
        rejects: RejectFile,
        stored: Callable[[Entry, Chunk], None],
    ) -> None:
        self._connection = connection
        self._options = options
        self._rejects = rejects
        self._stored = stored
        self._kind = get_kind(options.kind)
        self._is_upserted = TARGETS[options.kind].is_upserted
        self._most = 1 if self._is_upserted else _MOST_CHUNKS[connection.url.dialect]
        self._committed = self._entry = entry
        # The chunks of the open transaction, in case that they have to be written again one by one.
        self._open: list[Chunk] = []

    def write(self, chunk: Chunk, rows: pa.Table | None) -> None:
        """Write a chunk, with `rows` as those to append. It may be committed with later ones.

        Raises DatabaseError, IngestError or OutputUnwritable. What wasn't committed is then rolled back.
        """
        if self._most == 1:
            self._write_alone(chunk, rows)
            return
        self._open.append(chunk)
        with self._one_by_one_if_refused():
            # The rejects are not written yet, so their length is that before the transaction.
            after = self._after(self._entry, chunk, self._committed.reject_bytes)
            self._entry = ledger.move_on(self._connection, self._entry, after)
            self._insert_rows(self._entry, chunk, rows)
        if len(self._open) >= self._most:
            self.finish()

    def finish(self) -> None:
        """Commit the chunks that are written. Raises as `write` does."""
        chunks = self._open
        if not chunks:
            return
        with self._one_by_one_if_refused():
            self._insert_addresses(self._entry, _addresses(chunks))
            if rejects := [reject for chunk in chunks for reject in chunk.rejects]:
                # A refusal at the commit would come after the rejects are in their file.
                self._connection.execute(_TRIAL[self._connection.url.dialect])
                after = replace(self._entry, reject_bytes=self._rejects.write(rejects))
                self._entry = ledger.move_on(self._connection, self._entry, after)
            self._connection.commit()
            self._open = []
            for chunk in chunks:
                self._tell(self._entry, chunk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or issubclass(kind, Exception):
            self.finish()
        elif self._open:  # Ctrl-C
            self._undo()

    @contextlib.contextmanager
    def _one_by_one_if_refused(self) -> Iterator[None]:
        """Roll back on an error. If it is the refusal of a row, write the open chunks again, each alone."""
        chunks = self._open
        try:
            yield
        except DatabaseError as error:
            self._undo(error)
            if refusal(error) is None:
                raise
            for chunk in chunks:
                self._write_alone(chunk, rows_to_append(chunk))
        except BaseException as error:
            self._undo(error)
            raise

    def _undo(self, error: BaseException | None = None) -> None:
        """Roll back, because of an error. It is raised if the rollback fails, too: it says what happened."""
        self._entry, self._open = self._committed, []
        try:
            self._connection.rollback()
        except DatabaseError as failed:
            raise (error or failed) from None

    def _tell(self, entry: Entry, chunk: Chunk) -> None:
        self._committed = self._entry = entry
        self._stored(entry, chunk)

    def _write_alone(self, chunk: Chunk, rows: pa.Table | None) -> None:
        """Write a chunk and its place in the ledger in one transaction, without the refused rows."""
        reject_bytes = self._rejects.write(chunk.rejects)
        try:
            self._commit(chunk, rows, reject_bytes)
            return
        except DatabaseError as error:
            if refusal(error) is None or not len(chunk.rows):
                raise
        refused = find_refused(chunk.rows, self._try_rows(chunk), self._connection.rollback)
        accepted, found = self._without(chunk, refused)
        made = None if rows is None else rows_to_append(accepted)
        self._commit(accepted, made, self._rejects.write(found))

    def _commit(self, chunk: Chunk, rows: pa.Table | None, reject_bytes: int) -> None:
        after = self._after(self._entry, chunk, reject_bytes)
        try:
            stored = ledger.move_on(self._connection, self._entry, after)
            self._insert_rows(stored, chunk, rows)
            self._insert_addresses(stored, chunk.addresses)
            self._connection.commit()
        except BaseException as error:  # also Ctrl-C: a later commit must not include half a chunk
            self._undo(error)
            raise
        self._tell(stored, chunk)

    def _after(self, entry: Entry, chunk: Chunk, reject_bytes: int) -> Entry:
        return replace(
            entry,
            bytes_done=chunk.bytes_done,
            content_sha256=chunk.content_sha256,
            lines_done=entry.lines_done + chunk.lines,
            loaded=entry.loaded + len(chunk.rows),
            rejected=entry.rejected + len(chunk.rejects),
            reject_bytes=reject_bytes,
            state=chunk.state,
            reading=json.dumps(reading_of(self._options), sort_keys=True),
            recognition=entry.recognition.plus(recognition_of(chunk)),
            is_complete=False,
        )

    def _insert_rows(self, entry: Entry, chunk: Chunk, rows: pa.Table | None) -> None:
        """Write the rows of a chunk, and record which they are. `entry` is that after the chunk."""
        runs = []
        if rows is None and len(chunk.rows):
            upsert(self._connection, merged(chunk.rows), entry.source_id)
            runs = [upserted(len(chunk.rows))]
        elif rows is not None and rows.num_rows:
            runs = append_rows(self._connection, self._kind.table, rows)
        record(self._connection, entry.source_id, entry.lines_done, runs)

    def _insert_addresses(self, entry: Entry, addresses: pl.DataFrame | None) -> None:
        if addresses is not None:
            upsert(self._connection, addresses, entry.source_id)

    def _try_rows(self, chunk: Chunk) -> Callable[[pl.DataFrame], None]:
        """Return what writes a part of a chunk's rows with their addresses, in the open transaction."""

        def insert(rows: pl.DataFrame) -> None:
            self._connection.execute(_TRIAL[self._connection.url.dialect])
            part = replace(chunk, rows=rows, addresses=self._derived(chunk, rows))
            self._insert_rows(self._entry, part, None if self._is_upserted else rows_to_append(part))
            self._insert_addresses(self._entry, part.addresses)

        return insert

    def _derived(self, chunk: Chunk, rows: pl.DataFrame) -> pl.DataFrame | None:
        if chunk.addresses is None or self._kind.message_column is None:
            return None
        return AddressFinder().derive(rows[self._kind.time_column], rows[self._kind.message_column])

    def _without(self, chunk: Chunk, refused: Mapping[int, str]) -> tuple[Chunk, list[Reject]]:
        """Return the chunk with its refused rows among the rejects, and these."""
        # Every chunk with rows has them.
        assert chunk.numbers is not None
        assert chunk.forms is not None
        found = refused_rejects(chunk.rows, chunk.numbers, chunk.forms, refused)
        is_kept = [place not in refused for place in range(len(chunk.rows))]
        rows = chunk.rows.filter(is_kept)
        rejects = sorted([*chunk.rejects, *found], key=lambda reject: reject.line)
        kept = pl.Series(is_kept)
        numbers, forms = chunk.numbers.filter(kept), chunk.forms.filter(kept)
        chunk = replace(chunk, rows=rows, numbers=numbers, forms=forms, rejects=rejects)
        return replace(chunk, addresses=self._derived(chunk, rows)), found


def rows_to_append(chunk: Chunk) -> pa.Table:
    """Return the rows of a chunk without the columns that are null in each. They are null by default."""
    rows = chunk.rows
    return as_arrow(rows.select(name for name in rows.columns if rows[name].null_count() < len(rows)))


def _addresses(chunks: Sequence[Chunk]) -> pl.DataFrame | None:
    found = [chunk.addresses for chunk in chunks if chunk.addresses is not None]
    return found[0] if len(found) == 1 else merged(pl.concat(found)) if found else None
