"""One followed file: which of its bytes are whole lines, and how many of them are loaded."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lumber.ingest.chunk_merge import merge_chunks
from lumber.ingest.decompress import MAGIC_BYTES, is_compressed
from lumber.ingest.encodings import BOM_BYTES, encoding_of
from lumber.ingest.follow.file_slice import FileSlice
from lumber.ingest.frame_reader import is_counted
from lumber.ingest.ledger import Entry
from lumber.ingest.loader import Loader, RunningLoad
from lumber.ingest.multiline.block_ends import last_record
from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.patterns.first_lines import require_match
from lumber.ingest.readers import OpenSource, open_source
from lumber.ingest.recognise import HEAD_BYTES
from lumber.ingest.records.documents import find_document
from lumber.ingest.report import SourceReport
from lumber.ingest.resume import begins_with
from lumber.ingest.sources import ReplayStream, Source

_READ_BYTES = 1024 * 1024
# The most that one batch loads, so that a stop doesn't wait for the rest of a large file.
_MOST_BYTES = 64 * 1024 * 1024
_SAMPLE_BYTES = 1024
_WHOLE_FORMATS = (Format.PARQUET, Format.WINDOWS_XML, Format.MYSQL_SLOW)
# The end of a batch in which the last record is looked for.
_RECORD_BYTES = 1024 * 1024

Key = tuple[int, int]


class Tail:
    """A file that is read to its end again and again. It stays open, so renaming it changes nothing."""

    def __init__(self, name: str, path: Path, options: IngestOptions) -> None:
        self.name, self.path = name, path
        self._options = options
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        status = os.fstat(self._handle)
        self.key: Key = (status.st_dev, status.st_ino)
        self.lines_waiting = 0
        self.waiting_since: float | None = None
        self.grown_at = time.monotonic()
        self.failures = 0
        # None until the first bytes tell.
        self.is_growing: bool | None = None
        self._seen: tuple[int, int] | None = None
        self._loaded_whole: tuple[int, int] | None = None
        self._scanned = self._whole = self._done = self._tried = 0
        self._head = self._last = b""
        self._is_framed = False
        self._opened: OpenSource | None = None
        self._load: RunningLoad | None = None
        self._report: SourceReport | None = None

    @property
    def report(self) -> SourceReport | None:
        """What this run loaded of the file; None before the first line."""
        return self._report

    @property
    def has_more(self) -> bool:
        """Say whether there are bytes that no batch has tried to load."""
        return self._whole > max(self._done, self._tried)

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was written to the file yet."""
        return not self._scanned

    @property
    def has_backlog(self) -> bool:
        """Say whether the last look ended before the file did."""
        return self._seen is not None and self._scanned < self._seen[0]

    @property
    def entry(self) -> Entry | None:
        """The file's entry in the ledger, as far as this run knows it."""
        return self._load.entry if self._load is not None and self._load.entry.bytes_done else None

    def begins_with(self, entry: Entry) -> bool:
        """Say whether the file begins with all that was loaded as `entry`."""
        size = os.fstat(self._handle).st_size
        with closing(ReplayStream(self._slice(0, size))) as stream:
            return begins_with(stream, entry)

    def moved_to(self, name: str, path: Path) -> None:
        """Note another name of the file, if it no longer has the one that it was found by."""
        if path != self.path and _key_of(self.path) != self.key:
            self.name, self.path = name, path

    def is_whole_due(self, quiet_seconds: float) -> bool:
        """Say once after each change that nothing was written since, so the file can be loaded whole."""
        is_quiet = time.monotonic() - self.grown_at >= quiet_seconds
        if not is_quiet or self._loaded_whole == self._seen:
            return False
        self._loaded_whole = self._seen
        return True

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def look(self) -> bool:
        """Find the lines that were written since the last look. Return false if the file was begun anew."""
        status = os.fstat(self._handle)
        seen = status.st_size, status.st_mtime_ns
        if seen == self._seen and not self.has_backlog:
            return True
        if status.st_size < self._scanned or not self._is_same():
            return False
        if seen != self._seen:
            self.grown_at = time.monotonic()
        self._seen = seen
        self._scan(status.st_size)
        if self.has_more and self.waiting_since is None:
            self.waiting_since = time.monotonic()
        return True

    def load(self, loader: Loader, *, is_open: bool = False, is_last: bool = False) -> None:
        """Load the whole lines; with `is_last` also what is no whole line. Raises as `Loader.load` does.

        With `is_open`, the last record stays, because its next lines, as of a stack trace, may not be there
        yet.
        """
        end = self._scanned if is_last else self._whole
        if not end:
            return
        try:
            load, opened = self._begin(loader, end)
            if is_open and opened.has_records:
                end = self._last_record(load.position.bytes_done, end)
            self.waiting_since, self.lines_waiting, self._tried = None, 0, end
            if end <= load.position.bytes_done and not is_last:
                return
            merge_chunks(loader.connection, load.entry.source_id)
            with closing(ReplayStream(self._slice(load.position.bytes_done, end))) as stream:
                loader.load_part(self._part(opened, stream), load, is_last=is_last)
            self._done = load.position.bytes_done
            if is_last or not load.entry.state.get("parts"):
                loader.finish(load)
        except BaseException:
            # What the ledger has is known again after the next look into it.
            self._load, self._tried = None, 0
            raise

    def _begin(self, loader: Loader, end: int) -> tuple[RunningLoad, OpenSource]:
        """Return the load and how its source is read: from the first load on, both stay."""
        if self._load is not None and self._opened is not None:
            return self._load, self._opened
        stream = self._slice(0, end)
        with open_source(Source(self.name, None, stream, self._written_at()), self._options) as opened:
            if self._options.pattern is not None:
                require_match(self._options.pattern, self.name, opened.stream.peek(HEAD_BYTES))
            self._load = loader.find(Source(self.name, self.path), opened.stream)
            self._opened, self._is_framed = opened, opened.is_framed
        self._report = self._load.report = _continued(self._report, self._load)
        return self._load, self._opened

    def _part(self, opened: OpenSource, stream: ReplayStream) -> OpenSource:
        # The years of a long file show at its end, which is looked up by its path.
        path = self.path if _key_of(self.path) == self.key else None
        source = Source(self.name, path, modified_at=self._written_at())
        return replace(opened, source=source, stream=stream)

    def _last_record(self, start: int, end: int) -> int:
        begin = max(start, end - _RECORD_BYTES)
        text = os.pread(self._handle, end - begin, begin)
        return begin + last_record(text, begin == start, self._options.limits.record_lines)

    def can_grow(self) -> bool:
        """Say whether the content is lines. Documents and what is compressed can only be loaded whole."""
        head = os.pread(self._handle, HEAD_BYTES, 0)
        if is_compressed(head[:MAGIC_BYTES]) or encoding_of(head[:BOM_BYTES]) is not None:
            return False
        if self._options.format in _WHOLE_FORMATS:
            return False
        has_documents = self._options.format in (Format.AUTO, Format.JSONL, Format.JOURNALD)
        if (
            has_documents
            and self._options.pattern is None
            and find_document(head, self._options.kind) is not None
        ):
            return False
        stream = self._slice(0, len(head))
        with open_source(Source(self.name, None, stream), self._options) as opened:
            return opened.format not in _WHOLE_FORMATS

    def _slice(self, start: int, end: int) -> FileSlice:
        return FileSlice(self.name, self._handle, start, end)

    def _written_at(self) -> datetime:
        return datetime.fromtimestamp(os.fstat(self._handle).st_mtime, UTC)

    def _is_same(self) -> bool:
        """Say whether what was read before is still there, as far as samples of it tell."""
        head = os.pread(self._handle, len(self._head), 0)
        last = os.pread(self._handle, len(self._last), self._scanned - len(self._last))
        return head == self._head and last == self._last

    def _scan(self, size: int) -> None:
        end = min(size, self._done + _MOST_BYTES)
        while self._scanned < end:
            data = os.pread(self._handle, min(_READ_BYTES, end - self._scanned), self._scanned)
            if not data:
                break
            if found := data.rfind(b"\n") + 1:
                self._whole = self._scanned + found
                self.lines_waiting += data.count(b"\n")
            self._scanned += len(data)
            self._last = data[-_SAMPLE_BYTES:]
        if len(self._head) < min(_SAMPLE_BYTES, self._scanned):
            self._head = os.pread(self._handle, min(_SAMPLE_BYTES, self._scanned), 0)
        if self._opened is None:
            self._is_framed = self._options.pattern is None and is_counted(self._head)
        # A line that is too long is loaded in parts, and rejected.
        if self._is_framed or self._scanned - self._whole > self._options.limits.line_bytes:
            self._whole = self._scanned


def _key_of(path: Path) -> Key | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _continued(before: SourceReport | None, load: RunningLoad) -> SourceReport:
    """Return the report of the run, with the counts of the ledger after an attempt that failed."""
    if before is None or before.source_id != load.report.source_id:
        return load.report
    before.lines = load.entry.lines_done - before.skipped
    before.loaded = load.entry.loaded - before.loaded_before
    before.rejected = before.lines - before.loaded
    return before
