"""The `lumber` script's way in and out: quick, and a Ctrl-C while the program is loaded is answered too."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn

_INTERRUPTED = 130


def main() -> None:
    """Load the command line, run it and exit."""
    # What is loaded stays: to look for garbage in it meanwhile takes a tenth of the time. See `LazyCommand`.
    gc.disable()
    try:
        from lumber.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = _INTERRUPTED
    _leave(code)


def _leave(code: int) -> NoReturn:
    """Exit, without taking every module apart first: measured, that is a third of a second for nothing."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        sys.exit(code)  # Python knows what to say of a pipe that nobody reads
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        sys.exit(code)  # Python waits for them
    atexit._run_exitfuncs()
    os._exit(code)
