"""Loaded by a server of worker processes: it refuses to fork while a file exists."""

import errno
import os
from pathlib import Path

REFUSAL = "LUMBER_TEST_REFUSAL"

_fork = os.fork


def _fork_unless_refused() -> int:
    if Path(os.environ[REFUSAL]).exists():
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return _fork()


os.fork = _fork_unless_refused
