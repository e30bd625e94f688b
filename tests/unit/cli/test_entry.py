"""The script ends, whatever threads are left."""

from __future__ import annotations

import subprocess
import sys

from tests.integration.processes import PATIENCE_SECONDS

_LEFT = """
import threading
from lumber.cli import entry

entry._PATIENCE_SECONDS = 0.2
threading.Thread(target=threading.Event().wait).start()
entry._leave(7)
"""


def test_a_thread_that_never_ends_doesnt_hold_the_process() -> None:
    assert (
        subprocess.run([sys.executable, "-c", _LEFT], timeout=PATIENCE_SECONDS, check=False).returncode == 7
    )
