"""Loaded by the server process alone: the folder of its socket goes when it ends.

multiprocessing leaves that to the program that started the server, and a program that is killed cannot do it.
The server ends when the program and all workers are gone. If it is killed too, the next start of Lumber
removes the folder (`files/temporary.py`).
"""

from __future__ import annotations

import atexit
import shutil
import sys
from multiprocessing import forkserver
from pathlib import Path


def _remove() -> None:
    if hasattr(sys, "last_value"):
        return  # it failed: the program is still there, and starts the next server in this folder
    address = forkserver._forkserver._forkserver_address  # type: ignore[attr-defined]
    if address is not None:
        shutil.rmtree(Path(address).parent, ignore_errors=True)


# Not in the workers, which are forked and end without it.
atexit.register(_remove)
