"""A library that reads datasets in a process of its own, which answers questions until the session ends.

Some libraries read their settings when they are imported, or warn then; and an import takes seconds. So the
tests of a session share one process for each of them.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 300

Ask = Callable[[Any], Any]


@contextmanager
def reader_process(program: Path, log: Path, environment: Mapping[str, str]) -> Iterator[Ask]:
    """Start `program` and yield a function that asks it: a JSON value goes in, a pickled value comes out.

    `log` receives the program's standard error, which is shown when the program ends early.
    """
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=os.environ | environment,
        ) as process,
    ):
        assert process.stdin
        assert process.stdout

        def ask(question: Any) -> Any:
            killer = threading.Timer(PATIENCE_SECONDS, process.kill)
            killer.start()
            try:
                process.stdin.write(json.dumps(question).encode() + b"\n")
                process.stdin.flush()
                return pickle.load(process.stdout)
            except (EOFError, BrokenPipeError):
                raise AssertionError(f"{program.name} ended: {log.read_text()}") from None
            finally:
                killer.cancel()

        yield ask
        process.stdin.close()
