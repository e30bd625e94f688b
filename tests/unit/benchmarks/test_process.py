"""What a benchmark says of a command, against commands whose cost is known."""

import sys

import pytest

from benchmarks.process import measure

# A second of CPU time by the process's own clock, and then some time to be seen in.
BURN = "import time\nwhile time.process_time() < 1: pass\ntime.sleep(1)\n"
FORK_AND_FORGET = f"""
import os, sys
reading, writing = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        os.close(reading)
        {BURN.strip().replace(chr(10), chr(10) + "        ")}
    os._exit(0)
os.wait()  # for the child, which is gone at once; the grandchild holds the pipe
os.close(writing)
os.read(reading, 1)
"""


def test_cpu_seconds_count_a_process_that_is_waited_for() -> None:
    command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}], check=True)"
    assert 0.9 < measure([sys.executable, "-c", command]).cpu_seconds < 3


@pytest.mark.slow
def test_cpu_seconds_count_a_grandchild_that_nobody_waits_for() -> None:
    assert 0.9 < measure([sys.executable, "-c", FORK_AND_FORGET]).cpu_seconds < 3


@pytest.mark.slow
def test_memory_counts_all_processes_together() -> None:
    command = (
        "import os, time; block = b'x' * 40_000_000; child = os.fork()\n"
        "more = b'y' * 40_000_000\n"
        "end = time.monotonic() + 3\n"
        "while time.monotonic() < end: pass\n"
        "os.waitpid(child, 0) if child else os._exit(0)\n"
    )
    # The block that both share is counted once.
    assert 120e6 < measure([sys.executable, "-c", command]).peak_pss_bytes < 160e6


def test_a_failed_command_is_an_error_with_its_message() -> None:
    with pytest.raises(RuntimeError, match="no luck"):
        measure([sys.executable, "-c", "raise SystemExit('no luck')"])
