"""Runs a command and measures it from outside: wall time, CPU time and peak memory of all its processes.

Memory is the proportional set size (PSS) of the whole tree of processes together, read from
/proc/PID/smaps_rollup: memory that processes share is counted once.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_INTERVAL_SECONDS = 0.05


@dataclass(frozen=True)
class Measured:
    """One run of a command."""

    seconds: float
    cpu_seconds: float
    peak_pss_bytes: int
    stdout: str


def measure(command: Sequence[str], environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end. Raises RuntimeError with its messages when it fails."""
    before = os.times()
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    peak = [0]
    is_over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, is_over))
    watcher.start()
    stdout, stderr = process.communicate()
    seconds = time.perf_counter() - start
    is_over.set()
    watcher.join()
    after = os.times()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {stderr[-2000:]}")
    cpu = (after.children_user + after.children_system) - (before.children_user + before.children_system)
    return Measured(seconds, cpu, peak[0], stdout)


def _watch(pid: int, peak: list[int], is_over: threading.Event) -> None:
    while not is_over.wait(_INTERVAL_SECONDS):
        peak[0] = max(peak[0], _tree_pss(pid))


def _tree_pss(pid: int) -> int:
    try:
        root = psutil.Process(pid)
        pids = [pid, *(child.pid for child in root.children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0
    return sum(_pss(each) for each in pids)


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
