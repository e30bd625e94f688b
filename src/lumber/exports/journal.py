"""The journal of an export: its phases with their times, how many rows were read when, and what happened.

It holds times of the run and counts, but no values of rows. It stays small however long an export runs, so it
is stored with the progress.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

MOST_PHASES = 24
MOST_READINGS = 120
MOST_LINES = 20
# Readings that are closer say little about the speed.
_LEAST_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class PhaseTime:
    """A phase of an attempt, from 1: when it began, and when it ended; null while it runs."""

    phase: str
    attempt: int
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows read so far, first passes included, so many seconds after the beginning of the journal."""

    seconds: float
    rows: int


@dataclass(frozen=True, slots=True)
class JournalLine:
    """What happened, and when."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal as it is stored: the last phases and lines, and readings over the whole time."""

    began_at: datetime
    phases: tuple[PhaseTime, ...] = ()
    readings: tuple[Reading, ...] = ()
    lines: tuple[JournalLine, ...] = ()

    def seconds_in(self, phase: PhaseTime, now: datetime) -> float:
        """Return how long a phase has taken, in seconds."""
        return max(0.0, ((phase.ended_at or now) - phase.started_at).total_seconds())


class JournalKeeper:
    """Writes the journal of one attempt. Safe from any thread.

    Before `begin` there is none: what the ledger has stays there.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._journal: Journal | None = None
        self._attempt = 1
        self._apart = _LEAST_SECONDS
        self._still: Reading | None = None  # as the last reading, later

    @property
    def journal(self) -> Journal | None:
        """The journal at this moment."""
        return self._journal

    def begin(self, earlier: Journal | None, attempt: int) -> None:
        """Begin after earlier attempts. A phase that is still open ends with their last note."""
        with self._lock:
            self._attempt = attempt
            self._journal = Journal(self._clock()) if earlier is None else _closed(earlier, _last(earlier))

    def enter(self, phase: str) -> None:
        """Begin a phase, unless it runs already."""
        with self._lock:
            journal = self._journal
            if journal is None:
                return
            last = journal.phases[-1] if journal.phases else None
            if last is not None and last.ended_at is None and last.phase == phase:
                return
            now = self._clock()
            closed = _closed(journal, now)
            phases = (*closed.phases, PhaseTime(phase, self._attempt, now))[-MOST_PHASES:]
            self._journal = replace(closed, phases=phases)

    def read(self, rows: int) -> None:
        """Note how many rows are read, if that has changed and the last note isn't too near."""
        with self._lock:
            journal = self._journal
            if journal is None:
                return
            seconds = round((self._clock() - journal.began_at).total_seconds(), 2)
            last = journal.readings[-1] if journal.readings else None
            if last is not None and rows == last.rows:
                self._still = Reading(seconds, rows)
                return
            if last is not None and seconds - last.seconds < self._apart:
                return
            still, self._still = self._still, None
            # Where nothing was read for a while, the speed was 0 and not lower than before.
            waited = still is not None and last is not None and still.seconds - last.seconds > self._apart
            readings = (*journal.readings, *([still] if waited and still else []), Reading(seconds, rows))
            while len(readings) > MOST_READINGS:
                readings = (*readings[:-1:2], readings[-1])
                self._apart *= 2
            self._journal = replace(journal, readings=readings)

    def write(self, text: str) -> None:
        """Note what happened."""
        with self._lock:
            if self._journal is not None:
                lines = (*self._journal.lines, JournalLine(self._clock(), text))[-MOST_LINES:]
                self._journal = replace(self._journal, lines=lines)

    def end(self, rows: int) -> None:
        """End the phase that runs, after so many rows."""
        with self._lock:
            journal = self._journal
            if journal is None:
                return
            now = self._clock()
            seconds = round((now - journal.began_at).total_seconds(), 2)
            readings = journal.readings
            # A quick export ends before its speed was ever noted.
            if rows and (not readings or readings[-1].rows < rows):
                readings = (*readings, Reading(seconds, rows))
            self._journal = replace(_closed(journal, now), readings=readings)


def _closed(journal: Journal, at: datetime) -> Journal:
    if not journal.phases or journal.phases[-1].ended_at is not None:
        return journal
    last = journal.phases[-1]
    return replace(journal, phases=(*journal.phases[:-1], replace(last, ended_at=max(at, last.started_at))))


def _last(journal: Journal) -> datetime:
    """Return the last moment that a journal knows of."""
    return max(
        [
            journal.began_at,
            *(phase.started_at for phase in journal.phases),
            *(line.at for line in journal.lines),
        ]
    )
