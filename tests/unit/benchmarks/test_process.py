"""What a benchmark says of a command, against commands whose cost is known."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import process
from benchmarks.process import measure

# Of CPU time, by the process's own clock.
BURNED_SECONDS = 0.4
# A process that was not seen ends all the same.
WAIT = """
import pathlib, time
def wait_until_seen():
    end = time.monotonic() + 60
    while not pathlib.Path("seen").exists() and time.monotonic() < end:
        time.sleep(0.01)
"""
BURN = f"import time\nwhile time.process_time() < {BURNED_SECONDS}: pass\n"
FORK_AND_FORGET = f"""{WAIT}
import os, sys
reading, writing = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        os.close(reading)
        {BURN.strip().replace(chr(10), chr(10) + "        ")}
        wait_until_seen()
    os._exit(0)
os.wait()  # for the child, which is gone at once; the grandchild holds the pipe
os.close(writing)
os.read(reading, 1)
"""
SHARE_A_BLOCK = f"""{WAIT}
import os
block = b"x" * 40_000_000
child = os.fork()
more = b"y" * 40_000_000
pathlib.Path("parent is ready" if child else "child is ready").touch()
wait_until_seen()
os.waitpid(child, 0) if child else os._exit(0)
"""


def test_cpu_seconds_count_a_process_that_is_waited_for() -> None:
    command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}], check=True)"
    assert 0.9 * BURNED_SECONDS < measure([sys.executable, "-c", command]).cpu_seconds < 3 * BURNED_SECONDS


def test_cpu_seconds_count_a_grandchild_that_nobody_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = process._Watch._sample

    def sample_and_tell(watch: process._Watch) -> list[int]:
        living = sample(watch)
        if watch.cpu_seconds >= BURNED_SECONDS:
            (tmp_path / "seen").touch()
        return living

    monkeypatch.setattr(process._Watch, "_sample", sample_and_tell)
    measured = measure([sys.executable, "-c", FORK_AND_FORGET], folder=tmp_path)
    assert 0.9 * BURNED_SECONDS < measured.cpu_seconds < 3 * BURNED_SECONDS


def test_memory_counts_all_processes_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pss, reads = process._pss, Counter[int]()

    def pss_and_tell(pid: int) -> int:
        if len(list(tmp_path.glob("* is ready"))) == 2:
            reads[pid] += 1
            # Each was read before: all were, in one look at them, after they had their blocks.
            if len(reads) == 2 and min(reads.values()) >= 2:
                (tmp_path / "seen").touch()
        return pss(pid)

    monkeypatch.setattr(process, "_pss", pss_and_tell)
    measured = measure([sys.executable, "-c", SHARE_A_BLOCK], folder=tmp_path)
    # The block that both share is counted once.
    assert 120e6 < measured.peak_pss_bytes < 160e6


def test_a_failed_command_is_an_error_with_its_message() -> None:
    with pytest.raises(RuntimeError, match="no luck"):
        measure([sys.executable, "-c", "raise SystemExit('no luck')"])
