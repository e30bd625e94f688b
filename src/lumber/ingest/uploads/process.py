"""The loading process: reads a job and a file from its standard input, and writes events to its output.

It is a separate process because the service has SQLite open through another copy of the library, and so
that loading doesn't take memory and time of the service. It ends when the service is gone: its input ends
early, or its output is closed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from lumber.ingest.report import SourceReport
    from lumber.ingest.uploads.frames import FrameReader
    from lumber.ingest.uploads.job import SampleJob, UploadJob

# Like the processes of exports: the service itself has priority.
_NICENESS = 5
# SQLite's writers try to get the lock at least ten times a second. The pauses let them have it.
_PAUSE_SHARE = 0.25
_LONGEST_PAUSE_SECONDS = 0.2
_MOST_SHOWN_BYTES = 1024 * 1024


class Speaker:
    """Writes events to the service, one JSON object per line."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output

    def say(self, event: str, **values: Any) -> None:
        """Write an event. Raises BrokenPipeError if the service is gone."""
        self._output.write(json.dumps({"event": event, **values}).encode() + b"\n")
        self._output.flush()


class Progress:
    """Reports each loaded chunk, and then pauses so that other writers of a SQLite file can write."""

    def __init__(self, speaker: Speaker, *, is_sqlite: bool) -> None:
        self._speaker = speaker
        self._is_sqlite = is_sqlite
        self._since = time.monotonic()

    def __call__(self, report: SourceReport) -> None:
        """Report the counts of a load after a chunk."""
        self._speaker.say("progress", **asdict(report))
        if self._is_sqlite:
            busy = time.monotonic() - self._since
            time.sleep(min(_LONGEST_PAUSE_SECONDS, busy * _PAUSE_SHARE))
        self._since = time.monotonic()


def main() -> int:
    """Run one job. Returns the exit code."""
    # Ctrl-C goes to every process of a terminal; only the service reacts to it. Until here it was blocked.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
    os.nice(_NICENESS)
    # What a library prints goes to the log, not among the events.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    # Imported only now: they take most of a second.
    from lumber.errors import LumberError
    from lumber.ingest.uploads.frames import FrameReader

    speaker = Speaker(output)
    try:
        try:
            speaker.say("result", **_run(FrameReader(sys.stdin.buffer), speaker))
        except LumberError as error:
            speaker.say("error", code=error.code, message=str(error))
            return 1
    except BrokenPipeError:  # the service is gone, and nobody wants to know more
        with contextlib.suppress(BrokenPipeError):
            output.close()
        return 1
    return 0


def _run(frames: FrameReader, speaker: Speaker) -> dict[str, Any]:
    import pickle
    import tempfile

    from lumber.ingest.uploads.job import SampleJob

    job: UploadJob | SampleJob = pickle.loads(frames.message())
    # A folder with enough space. Temporary files have no name and disappear with the process.
    tempfile.tempdir = str(job.data_dir)
    if isinstance(job, SampleJob):
        return _sampled(job)
    return _shown(job, frames) if job.is_dry_run else _loaded(job, frames, speaker)


def _loaded(job: UploadJob, frames: FrameReader, speaker: Speaker) -> dict[str, Any]:
    from lumber.ingest.loader import Loader
    from lumber.ingest.sources import Source
    from lumber.store.bulk import BulkConnection
    from lumber.store.url import DatabaseUrl

    url = DatabaseUrl.parse(job.database_url)
    source = Source(job.name, None, frames, job.modified_at)
    with BulkConnection(url, busy_timeout_seconds=job.busy_timeout_seconds) as connection:
        progress = Progress(speaker, is_sqlite=url.dialect == "sqlite")
        return asdict(Loader(connection, job.options, job.data_dir, progress).load(source))


def _sampled(job: SampleJob) -> dict[str, Any]:
    from lumber.errors import DatabaseNotEmpty
    from lumber.ingest.sample.plan import SamplePlan
    from lumber.ingest.sample.writer import write_sample
    from lumber.ingest.uploads.job import SampleJob
    from lumber.store.url import DatabaseUrl

    url = DatabaseUrl.parse(job.database_url)
    writing = write_sample(url, SamplePlan.usual(), busy_timeout_seconds=job.busy_timeout_seconds)
    counts = next(writing)
    if any(counts.before.values()):
        raise DatabaseNotEmpty(SampleJob.REFUSAL)
    *_, counts = writing
    return {"logs": counts.logs, "anomalies": counts.anomalies, "ips": counts.ips}


def _shown(job: UploadJob, frames: FrameReader) -> dict[str, Any]:
    import io

    from lumber.ingest.dry_run import dry_run
    from lumber.ingest.first_bytes import whole_lines
    from lumber.ingest.sources import Source, read_fully
    from lumber.store.url import DatabaseUrl

    content = read_fully(frames, _MOST_SHOWN_BYTES)
    if not job.is_whole:
        content = whole_lines(job.name, content, job.options.limits)
    source = Source(job.name, None, io.BytesIO(content), job.modified_at)
    found = dry_run(source, job.options, DatabaseUrl.parse(job.database_url).dialect, is_cut=not job.is_whole)
    return {**asdict(found.report), "has_more": found.has_more or not job.is_whole, "rows": found.rows}


if __name__ == "__main__":
    sys.exit(main())
