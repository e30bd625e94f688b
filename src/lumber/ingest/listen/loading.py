"""Takes segments from the spool and loads them, in a thread, in the order in which they were written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import Event

import structlog

from lumber.errors import IngestError, LumberError, OutputError
from lumber.ingest.follow.pace import Pace
from lumber.ingest.listen.counts import Counts
from lumber.ingest.listen.segment_loads import LoadedSegment, load_segment
from lumber.ingest.listen.segments import Segment
from lumber.ingest.listen.spool import Spool
from lumber.ingest.patient_loader import PatientLoader

_log = structlog.stdlib.get_logger(__name__)

_MOST_FAILURES = 5
_PAUSE_SECONDS = 2.0


class SegmentLoader:
    """A thread that loads what is in the spool until `end` or `abandon` is called."""

    def __init__(
        self,
        spool: Spool,
        loader: PatientLoader,
        counts: Counts,
        pace: Pace,
        stop: Event,
        failed: Callable[[], None],
    ) -> None:
        self._spool, self._loader, self._counts, self._pace = spool, loader, counts, pace
        self._stop, self._failed = stop, failed
        self._wake = Event()
        self._is_ending = False
        self._is_over = False
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="lumber-segments", daemon=True)

    def start(self) -> None:
        """Begin to load."""
        self._thread.start()

    def wake(self) -> None:
        """Say that the spool has got messages."""
        self._wake.set()

    def end(self) -> None:
        """Load what is in the spool, and then end. A database that is away is not waited for."""
        self._is_ending = True
        self._stop.set()
        self._wake.set()

    def abandon(self) -> None:
        """End after the segment that is loaded now. The rest stays in the spool."""
        self._is_over = True
        self.end()

    def join(self, seconds: float | None = None) -> bool:
        """Wait until the thread has ended. Return whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._is_over:
                # Read first: what arrives before the end is loaded.
                is_ending = self._is_ending
                segment = self._next(is_ending=is_ending)
                if segment is not None:
                    self._load(segment)
                elif is_ending:
                    break
                else:
                    self._wake.wait(self._pace.poll_seconds)
                    if self._spool.is_empty and not self._is_ending:
                        self._wake.clear()
                        self._wake.wait(1.0)
        except Exception as error:  # noqa: BLE001 -- the listener ends with it
            self.error = error
            if not self._is_ending:
                _log.error("loading_failed", reason=str(error), exc_info=not isinstance(error, LumberError))
            self._failed()
        finally:
            self._loader.close()

    def _next(self, *, is_ending: bool) -> Segment | None:
        if is_ending:
            return self._spool.take(0, 0)
        return self._spool.take(self._pace.batch_lines, self._pace.batch_seconds)

    def _load(self, segment: Segment) -> None:
        found = self._loaded(segment)
        self._counts.loaded += found.loaded
        self._counts.rejected += found.rejected
        self._counts.undated += found.undated
        if found.torn_bytes:
            self._counts.torn_bytes += found.torn_bytes
            _log.warning("segment_torn", segment=segment.name, bytes=found.torn_bytes)
        self._spool.remove(segment)

    def _loaded(self, segment: Segment) -> LoadedSegment:
        """Load a segment; again if its reject file can't be written, or its entry was deleted meanwhile."""
        failures = 0
        while True:
            try:
                return self._loader.run(lambda loader: load_segment(loader, segment, self._spool.id))
            except (OutputError, IngestError) as error:
                failures += 1
                if self._is_ending or (isinstance(error, IngestError) and failures > _MOST_FAILURES):
                    raise
                _log.warning("segment_not_loaded", segment=segment.name, reason=str(error))
                self._stop.wait(_PAUSE_SECONDS)
