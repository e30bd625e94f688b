"""Start and exit the `lumber` script quickly, and handle a Ctrl-C even while the program loads."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn

_INTERRUPTED = 130
# Threads that are left have this long to end after the last line was printed.
_PATIENCE_SECONDS = 30.0


def main() -> None:
    """Load the command line, run it and exit."""
    # Collecting garbage while modules load costs a tenth of the time. `LazyCommand` enables it again.
    gc.disable()
    # Nothing here multiplies matrices. Threads for that take a fifth of the time to load numpy.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        if any(word.startswith("--database-url") for word in sys.argv):
            from lumber.cli.process_list import hide_passwords

            hide_passwords(sys.argv[1:])
        from lumber.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = _INTERRUPTED
    _leave(code)


def _leave(code: int) -> NoReturn:
    """Exit without tearing down every module, which was measured to take a third of a second."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        sys.exit(code)  # Python reports a closed pipe
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        # Python waits for them, but not for ever for one whose connection was cancelled while it opened.
        last = threading.Timer(_PATIENCE_SECONDS, os._exit, (code,))
        last.daemon = True
        last.start()
        sys.exit(code)
    atexit._run_exitfuncs()
    os._exit(code)
