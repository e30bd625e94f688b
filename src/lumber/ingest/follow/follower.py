"""Follows files until it is stopped: finds them, looks at each again and again, and loads in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

from lumber.errors import IngestError
from lumber.ingest import ledger
from lumber.ingest.finding import find_sources
from lumber.ingest.follow.missed import rotated_files
from lumber.ingest.follow.pace import Pace
from lumber.ingest.follow.tail import Key, Tail
from lumber.ingest.options import IngestOptions
from lumber.ingest.patient_loader import PatientLoader
from lumber.ingest.report import SourceReport
from lumber.ingest.sources import Source
from lumber.text import counted

# Errors of a file one after the other, after which it is left alone, and for how long.
_MOST_FAILURES = 3
_REFUSED_SECONDS = 60.0
# A writer goes on for a while with a file that was rotated.
_EARLIER_FILES = 3


class Follower:
    """Follows files, the files of folders, and the files that match patterns."""

    def __init__(
        self,
        loader: PatientLoader,
        names: Sequence[str],
        options: IngestOptions,
        pace: Pace,
        tell: Callable[[str], None],
    ) -> None:
        self._loader, self._names, self._options, self._pace = loader, names, options, pace
        self._tell = tell
        self._tails: dict[Key, Tail] = {}
        self._unlisted: set[Key] = set()
        self._refused: dict[Key, float] = {}
        self._checked: set[Path] = set()
        self._told: set[str] = set()
        self._scanned_at: float | None = None
        self._is_starting = True
        self.reports: list[SourceReport] = []
        self.failed: dict[str, IngestError] = {}

    def run(self, stop: Event) -> None:
        """Follow until `stop` is set; then load the whole lines that are there.

        Raises DatabaseError if the database is away when it is stopped.
        """
        try:
            while not stop.is_set():
                if not self.step():
                    stop.wait(self._pace.poll_seconds)
            self._finish()
        finally:
            for tail in self._tails.values():
                tail.close()

    def step(self) -> bool:
        """Look at all files once, and load what is due. Return whether more is there already."""
        if self._scanned_at is None or time.monotonic() - self._scanned_at >= self._pace.scan_seconds:
            self._scan()
        for tail in list(self._tails.values()):
            self._guarded(tail, self._look)
        return any(tail.has_backlog for tail in self._tails.values())

    def lines(self) -> int:
        """Return the lines that were loaded or rejected so far."""
        running = (tail.report for tail in self._tails.values())
        return sum(report.lines for report in (*self.reports, *running) if report is not None)

    def _scan(self) -> None:
        """Find new files, and those that are no longer where they were."""
        listed: set[Key] = set()
        for name, path in self._paths():
            try:
                status = path.stat()
            except OSError:
                if self._is_starting:
                    self._tell_once(f"{name} isn't there yet. Waiting for it.")
                continue
            key = (status.st_dev, status.st_ino)
            listed.add(key)
            if key in self._tails:
                self._tails[key].moved_to(name, path)
            elif self._refused.get(key, 0.0) <= time.monotonic():
                try:
                    self._open(name, path)
                except OSError as error:
                    self._refuse(key, name, error)
        self._unlisted = self._tails.keys() - listed
        self._scanned_at, self._is_starting = time.monotonic(), False

    def _paths(self) -> Iterator[tuple[str, Path]]:
        for name in self._names:
            found = find_sources([name], self._options.reject_file)
            for _, error in found.failed:
                self._tell_once(str(error))
            if name in found.counts or found.failed:
                yield from ((each, Path(each)) for each in found.names)
            else:
                yield name, Path(name).expanduser().absolute()

    def _open(self, name: str, path: Path) -> None:
        tail = Tail(name, path, self._options)
        self._tails[tail.key] = tail
        if path not in self._checked:
            self._checked.add(path)
            self._guarded(tail, self._load_missed)

    def _load_missed(self, tail: Tail) -> None:
        """Load what was written to earlier files of this name after the last run had looked at them."""
        names, kind = {tail.name, str(tail.path)}, self._options.kind
        latest = self._loader.run(
            lambda loader: ledger.latest_named(loader.connection, kind, names, _EARLIER_FILES)
        )
        for number, entry in enumerate(latest):
            if not tail.begins_with(entry):
                self._load_rotated(tail, entry, is_told=number == 0)

    def _load_rotated(self, tail: Tail, entry: ledger.Entry, *, is_told: bool = True) -> None:
        files = rotated_files(tail.path, entry, self._options.limits)
        if files is None and is_told:
            self._tell(
                f"{tail.name} was rotated, and no file beside it begins with its "
                f"{counted(entry.lines_done, 'loaded line')}. Lines that were written after them are "
                "missing, if there were any. If you have the rotated file, load it with `lumber ingest`."
            )
        for file in files or ():
            report = self._load_file(file)
            if report.lines:
                self._tell(f"{tail.name} was rotated: loaded {counted(report.lines, 'line')} of {file}.")

    def _look(self, tail: Tail) -> None:
        if not tail.look():
            self._begin_anew(tail)
            return
        is_gone = tail.key in self._unlisted
        if tail.is_growing is None and not tail.is_empty:
            tail.is_growing = tail.can_grow()
        if tail.is_growing is False:
            self._load_whole(tail)
        elif tail.has_more and (is_gone or self._is_due(tail)):
            is_open = time.monotonic() - tail.grown_at < self._pace.settle_seconds
            self._loader.run(lambda loader: tail.load(loader, is_open=is_open))
        if is_gone and time.monotonic() - tail.grown_at >= self._pace.retire_seconds:
            self._retire(tail)

    def _is_due(self, tail: Tail) -> bool:
        if tail.lines_waiting >= self._pace.batch_lines or tail.waiting_since is None:
            return True
        return time.monotonic() - tail.waiting_since >= self._pace.batch_seconds

    def _begin_anew(self, tail: Tail) -> None:
        """Read a file from its start that was truncated, and what a copy of it has more than was loaded."""
        self._tell(f"{tail.name} was truncated: reading it from its start.")
        entry = tail.entry
        self._drop(tail)
        fresh = Tail(tail.name, tail.path, self._options)
        if fresh.key in self._tails:
            fresh.close()
            return
        self._tails[fresh.key] = fresh
        if entry is not None:
            self._load_rotated(fresh, entry)

    def _load_whole(self, tail: Tail) -> None:
        """Load a file that can't grow line by line, once nothing is written to it any more."""
        if tail.is_whole_due(self._pace.batch_seconds):
            self._load_file(tail.path)

    def _load_file(self, path: Path) -> SourceReport:
        report = self._loader.run(lambda loader: loader.load(Source.find(str(path))))
        if report.lines:
            self.reports.append(report)
        return report

    def _retire(self, tail: Tail) -> None:
        """Finish a file that was rotated or deleted: its last line is complete, with or without its end."""
        if tail.is_growing:
            self._loader.run(lambda loader: tail.load(loader, is_last=True))
        self._drop(tail)

    def _finish(self) -> None:
        self._scan()
        for tail in list(self._tails.values()):
            self._guarded(tail, self._load_rest)
            if tail.key in self._unlisted and tail.key in self._tails:
                self._guarded(tail, self._retire)
            if tail.key in self._tails:
                self._drop(tail)

    def _load_rest(self, tail: Tail) -> None:
        while tail.look():
            if tail.is_growing is None and not tail.is_empty:
                tail.is_growing = tail.can_grow()
            if not tail.is_growing or not tail.has_more:
                return
            self._loader.run(tail.load)

    def _drop(self, tail: Tail) -> None:
        if tail.report is not None and (tail.report.lines or tail.report.skipped):
            self.reports.append(tail.report)
        self._tails.pop(tail.key, None)
        tail.close()

    def _guarded(self, tail: Tail, action: Callable[[Tail], None]) -> None:
        """Do something with a file. An error of the file ends its part, and not that of the others."""
        try:
            action(tail)
            tail.failures = 0
        except (IngestError, OSError) as error:
            tail.failures += 1
            # A file may be truncated while it is read, and another process may load it as well.
            if tail.failures >= _MOST_FAILURES or not tail.is_growing:
                self._drop(tail)
                self._refuse(tail.key, tail.name, error)

    def _refuse(self, key: Key, name: str, error: IngestError | OSError) -> None:
        """Leave a file alone for a while, and say why once."""
        known = error if isinstance(error, IngestError) else IngestError(f"{name}: {error.strerror}.")
        self._refused[key] = time.monotonic() + _REFUSED_SECONDS
        self._tell_once(str(known))
        self.failed[name] = known

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(text)
