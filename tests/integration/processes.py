"""Runs the real command in processes of its own, watches it, and leaves none of them behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

import psutil

from tests.integration.preloaded import CHECKOUT, SERVER, TELLS_STACKS, Forked, fork

LUMBER = Path(sys.executable).with_name("lumber")
# What the script does, and what its commands load, apart from their own modules.
SCRIPT = "from lumber.cli.entry import main; main()"
LOADS: dict[str, tuple[str, ...]] = {
    "export": ("lumber.exports.exporter",),
    "exports": ("lumber.cli.exports.cancel", "lumber.cli.exports.watch"),
    "serve": ("lumber.api", "lumber.exports.worker"),
    "worker": ("lumber.exports.worker",),
}
# Nothing is waited for longer than it takes, and a busy machine may take long.
PATIENCE_SECONDS = 300
# Who waits asks often at first, and then less often: each question takes time from what it waits for.
SHORTEST_PAUSE_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.1
PAUSE_SHARE = 0.1  # of the time waited so far

T = TypeVar("T")


def until(condition: Callable[[], T], *, seconds: float = PATIENCE_SECONDS) -> T:
    """Return the first true value of `condition`; fail when there is none in time."""
    begin = time.monotonic()
    while not (value := condition()):
        waited = time.monotonic() - begin
        assert waited < seconds, f"{condition} did not come true within {seconds} s"
        time.sleep(min(SHORTEST_PAUSE_SECONDS + waited * PAUSE_SHARE, LONGEST_PAUSE_SECONDS))
    return value


def lumber_process(
    *arguments: object, stdin: str = "", **environment: object
) -> subprocess.CompletedProcess[str]:
    """Run the script to its end. `tests.commands.lumber` does the same in this process, much faster."""
    return subprocess.run(
        [LUMBER, *map(str, arguments)],
        capture_output=True,
        text=True,
        input=stdin,
        timeout=PATIENCE_SECONDS,
        env=os.environ | {name: str(value) for name, value in environment.items()},
    )


@dataclass
class Running:
    """A process that leads its own group, as a command in a terminal does."""

    process: subprocess.Popen[str] | Forked
    temporary: Path  # its folder for temporary files, which goes with it
    _output: IO[str]
    _errors: IO[str]

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it started, as a terminal does."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        """Kill the process and all that it started, at once."""
        kill_group(self.pid)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Return the exit code. A process that doesn't end in time says where it hangs, if it can."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            state = Path(f"/proc/{self.pid}/status").read_text()
            if isinstance(self.process, Forked):
                os.kill(self.pid, TELLS_STACKS)
                time.sleep(1)
            raise AssertionError(
                f"it did not end within {seconds} s:\n{self.stdout}\n{self.stderr}\n{state}"
            ) from None

    def assert_runs(self) -> None:
        assert self.process.poll() is None, f"it ended early: {self.stdout}{self.stderr}"

    @property
    def stdout(self) -> str:
        return _text(self._output)

    @property
    def stderr(self) -> str:
        return _text(self._errors)

    def workers(self) -> list[psutil.Process]:
        """The worker processes that run now: the children of the server that forks them."""
        found = []
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.pid).children():
                with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                    if is_server(child):
                        found += child.children()
        return found


def _text(output: IO[str]) -> str:
    """Return all that a process has written, without moving the place at which it writes on."""
    size = os.fstat(output.fileno()).st_size
    return os.pread(output.fileno(), size, 0).decode(errors="replace")


def is_server(process: psutil.Process) -> bool:
    """Say whether a process is the one that workers are forked from."""
    return SERVER in " ".join((process.name(), *process.cmdline()))


def started(*command: object, **environment: object) -> AbstractContextManager[Running]:
    """Run a process beside the test. At the end it and everything that it started are killed."""

    def start(values: dict[str, str], outputs: list[IO[str]]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=outputs[0],
            stderr=outputs[1],
            text=True,
            cwd=CHECKOUT,
            start_new_session=True,
            env=values,
        )

    return _beside(start, environment)


def forked(command: str, *arguments: object, **environment: object) -> AbstractContextManager[Running]:
    """Run a command of `lumber` as `started` does, in a process that has already loaded it."""
    modules = ("lumber.cli.main", f"lumber.cli.{command}", *LOADS.get(command, ()))
    return forked_code(SCRIPT, modules, command, *arguments, **environment)


def forked_code(
    code: str, modules: tuple[str, ...], *arguments: object, **environment: object
) -> AbstractContextManager[Running]:
    """Run code as `started` does, in a process that has already loaded `modules`."""

    def start(values: dict[str, str], outputs: list[IO[str]]) -> Forked:
        return fork(code, [*map(str, arguments)], modules, values, [each.fileno() for each in outputs])

    return _beside(start, environment)


@contextmanager
def _beside(
    start: Callable[[dict[str, str], list[IO[str]]], subprocess.Popen[str] | Forked],
    environment: dict[str, object],
) -> Iterator[Running]:
    with (
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
        # What is killed leaves its temporary files behind.
        tempfile.TemporaryDirectory(prefix="lumber-test-") as temporary,
    ):
        values = {"TMPDIR": temporary, **environment}
        given = os.environ | {name: str(value) for name, value in values.items()}
        process = start(given, [output, errors])
        try:
            yield Running(process, Path(temporary), output, errors)
        finally:
            kill_group(process.pid)
            process.wait()
            assert until(lambda: is_group_gone(process.pid))


def members(group: int) -> Iterator[psutil.Process]:
    """Yield the living processes of a group, its leader first."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def kill_group(group: int) -> None:
    """Kill a group but for Python's resource tracker, which then removes the shared memory and ends."""
    for process in members(group):
        with suppress(psutil.NoSuchProcess):
            if "resource_tracker" not in " ".join(process.cmdline()):
                process.kill()
            else:
                process.resume()


def is_group_gone(group: int) -> bool:
    """Say whether no living process is left of a group."""
    return not any(members(group))
