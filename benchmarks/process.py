"""Runs a command and measures it from outside: wall time, CPU time and peak memory of all its processes.

Memory is the proportional set size (PSS) of all processes together, read from /proc/PID/smaps_rollup: memory
that processes share is counted once. CPU time is sampled too, since the system adds up only processes that
somebody waits for, and worker processes may be left to themselves.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

_INTERVAL_SECONDS = 0.05
# Reading a large process's memory map costs time that the command may need.
_MEMORY_SHARE = 0.1
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """One run of a command."""

    seconds: float
    cpu_seconds: float
    peak_pss_bytes: int
    stdout: str


def measure(
    command: Sequence[str], environment: dict[str, str] | None = None, folder: Path | None = None
) -> Measured:
    """Run a command to its end, in `folder`. Raises RuntimeError with its messages when it fails."""
    before = os.times()
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
        cwd=folder,
        # By its session a process is known also when its parent has ended before anybody looked.
        start_new_session=True,
    )
    watch = _Watch(process.pid)
    watch.start()
    try:
        stdout, stderr = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)  # a terminal's Ctrl-C reaches this process only
        watch.end()
        raise
    seconds = time.perf_counter() - start
    watch.end()
    after = os.times()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {stderr[-2000:]}")
    waited = (after.children_user + after.children_system) - (before.children_user + before.children_system)
    return Measured(seconds, max(waited, watch.cpu_seconds), watch.peak_pss_bytes, stdout)


class _Process(NamedTuple):
    """A line of the system's process table. `start` tells two processes of one number apart."""

    pid: int
    start: int
    parent: int
    session: int
    ticks: int


class _Watch(threading.Thread):
    """Samples a process and all that descend from it or are in its session."""

    def __init__(self, pid: int) -> None:
        super().__init__(name="watch")
        self.peak_pss_bytes = 0
        self._root = pid
        self._is_over = threading.Event()
        self._ticks: dict[tuple[int, int], int] = {}  # the last seen, by number and start
        self._strangers: set[int] = set()

    @property
    def cpu_seconds(self) -> float:
        """CPU time of every process seen, up to when it was last seen."""
        return sum(self._ticks.values()) / _TICKS_PER_SECOND

    def run(self) -> None:
        """Sample until `end`."""
        memory_due = time.perf_counter()
        while True:
            living = self._sample()
            if time.perf_counter() >= memory_due:
                begin = time.thread_time()
                self.peak_pss_bytes = max(self.peak_pss_bytes, sum(_pss(pid) for pid in living))
                memory_due = time.perf_counter() + (time.thread_time() - begin) / _MEMORY_SHARE
            if self._is_over.wait(_INTERVAL_SECONDS):
                return

    def end(self) -> None:
        """Stop sampling."""
        self._is_over.set()
        self.join()

    def _sample(self) -> list[int]:
        """Note the CPU time of the command's processes; return their numbers."""
        present = set(psutil.pids())
        # A stranger stays one, and need not be looked at again.
        self._strangers &= present
        found = filter(None, map(_process, present - self._strangers))
        family: set[int] = set()
        # A process is younger than its parent, though perhaps not by a whole tick.
        for process in sorted(found, key=lambda each: (each.start, each.pid)):
            key = (process.pid, process.start)
            if process.session == self._root or process.parent in family or key in self._ticks:
                family.add(process.pid)
                self._ticks[key] = process.ticks
            else:
                self._strangers.add(process.pid)
        return sorted(family)


def _process(pid: int) -> _Process | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None  # it has ended
    # After the program's name, which is in brackets and may hold anything (proc_pid_stat(5)).
    fields = text.rpartition(")")[2].split()
    parent, session, user, system, start = (int(fields[index]) for index in (1, 3, 11, 12, 19))
    return _Process(pid, start, parent, session, user + system)


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
