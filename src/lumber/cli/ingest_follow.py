"""`lumber ingest --follow`: loads what is in the files, and what is written to them, until it is stopped."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from threading import Event
from typing import Any

from lumber.cli.ingest_summary import Loaded
from lumber.cli.live_loader import allow_many_files, live_loader, teller
from lumber.cli.output import Output
from lumber.cli.progress import row_progress
from lumber.cli.runtime import Runtime
from lumber.errors import ConfigError, FieldProblem
from lumber.ingest.follow.follower import Follower
from lumber.ingest.follow.pace import Pace
from lumber.ingest.options import IngestOptions


def check_follow(names: Sequence[str], options: IngestOptions, *, is_dry: bool) -> None:
    """Reject what can't be followed. Raises ConfigError."""
    problems = []
    if "-" in names:
        message = "standard input can't be followed. Without --follow it is read until its end"
        problems.append(FieldProblem("source", "-", message))
    if options.source_id is not None:
        message = "can't be used with --follow: each file has its own name, also after a rotation"
        problems.append(FieldProblem("source_id", options.source_id, message))
    if is_dry:
        problems.append(FieldProblem("--dry-run", True, "can't be used with --follow"))
    if problems:
        raise ConfigError(problems)


def follow(runtime: Runtime, names: Sequence[str], options: IngestOptions, output: Output) -> Loaded:
    """Follow files until a signal, and return what was loaded. Raises DatabaseError."""
    allow_many_files()
    tell = teller(output)
    with stopped_by_signals() as stop, row_progress(output.errors, is_quiet=output.as_json) as progress:

        def show(_report: object) -> None:
            progress.update(follower.lines(), text="lines")

        loader = live_loader(runtime, options, stop, tell, show)
        follower = Follower(loader, names, options, Pace.of(runtime.settings), tell)
        with closing(loader):
            tell("Following. Press Ctrl-C to stop.")
            follower.run(stop)
    return Loaded(follower.reports, list(follower.failed.items()))


@contextmanager
def stopped_by_signals() -> Iterator[Event]:
    """Yield an event that Ctrl-C or SIGTERM sets. A second signal has its usual effect."""
    stop = Event()
    before: dict[int, Any] = {}

    def handle(_number: int, _frame: object) -> None:
        stop.set()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell ignores it for background jobs
            before[number] = signal.signal(number, handle)
    try:
        yield stop
    finally:
        restore()
