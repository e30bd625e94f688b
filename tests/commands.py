"""Runs `lumber` in this process, as a shell sees it, without the second that a process takes to start.

The script, signals, pipes and terminals are tested with real processes: tests/integration/processes.py.
"""

from __future__ import annotations

import gc
import io
import os
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from subprocess import CompletedProcess
from unittest.mock import patch

from lumber.cli.main import run

# What would make the libraries below write for a terminal, whatever the output is.
FORCING = (
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "GITHUB_ACTIONS",
    "PY_COLORS",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
)


def plain_environment(**changes: object) -> dict[str, str]:
    """Return the environment of a shell that forces no colours, with changes."""
    plain = {name: value for name, value in os.environ.items() if name not in FORCING}
    return plain | {name: str(value) for name, value in changes.items()}


def lumber_bytes(*arguments: object, stdin: bytes = b"", **environment: object) -> CompletedProcess[bytes]:
    """Run a command to its end; return its exit code and the bytes that it wrote.

    No event loop may run in the calling thread.
    """
    command = [str(argument) for argument in arguments]
    output, errors = _pipe("strict"), _pipe("backslashreplace")
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, plain_environment(**environment), clear=True))
        stack.enter_context(patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")))
        stack.enter_context(redirect_stdout(output))
        stack.enter_context(redirect_stderr(errors))
        # A command freezes what is in memory, for it has the process to itself. Here tests follow.
        stack.enter_context(patch.object(gc, "freeze"))
        code = run(command)
    return CompletedProcess(["lumber", *command], code, _written(output), _written(errors))


def lumber(*arguments: object, stdin: str = "", **environment: object) -> CompletedProcess[str]:
    """Run a command to its end; return its exit code and the text that it wrote."""
    done = lumber_bytes(*arguments, stdin=stdin.encode(), **environment)
    return CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def _pipe(errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=errors)


def _written(pipe: io.TextIOWrapper) -> bytes:
    pipe.flush()
    buffer = pipe.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()
