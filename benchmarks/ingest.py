"""How many lines a second `lumber ingest logs` loads into SQLite, and how much memory it takes.

Run `python -m benchmarks.ingest`. The lines are RFC 3164 with PRI, as a busy host writes them.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

LINES = 500_000
RUNS = 3
# Runs the command line and prints the CPU seconds and the peak memory of its process after it.
_CHILD = """
import resource, sys
from lumber.cli.main import run
code = run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
_MESSAGES = (
    "Failed password for invalid user {user} from {ip} port {port} ssh2",
    "Accepted publickey for {user} from {ip} port {port} ssh2: RSA SHA256:Jk3lq8",
    "pam_unix(sshd:session): session opened for user {user} by (uid=0)",
    "Connection closed by {ip} [preauth]",
    "({user}) CMD (run-parts /etc/cron.hourly)",
    "connection from {ip} () at Mon Jul 25 06:39:18 2005",
    "[UFW BLOCK] IN=eth0 OUT= SRC={ip} DST=10.0.0.5 LEN=40 TTL=245 PROTO=TCP SPT={port} DPT=22",
)
_PROCESSES = ("sshd", "CRON", "kernel", "systemd", "postfix/smtpd", "ftpd", "sudo")


def write_lines(path: Path, lines: int) -> None:
    """Write realistic RFC 3164 lines, the same ones each time."""
    chance = random.Random(20260101)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    addresses = [
        f"{chance.randrange(1, 224)}.{chance.randrange(256)}.7.{chance.randrange(256)}" for _ in range(5000)
    ]
    with path.open("w") as file:
        for _ in range(lines):
            moment += timedelta(milliseconds=chance.randrange(4000))
            message = chance.choice(_MESSAGES).format(
                user=chance.choice(("root", "admin", "alice", "backup")),
                ip=chance.choice(addresses),
                port=chance.randrange(1024, 65536),
            )
            stamp = f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S}"
            process = f"{chance.choice(_PROCESSES)}[{chance.randrange(300, 32768)}]"
            file.write(
                f"<{chance.choice((34, 38, 86, 78, 4))}>{stamp} web{chance.randrange(20):02d} "
                f"{process}: {message}\n"
            )


def run(workdir: Path, lines: int = LINES, runs: int = RUNS) -> dict[str, Any]:
    """Load the lines `runs` times, each into a new SQLite file; return the median speed and the memory."""
    source = workdir / "ingest.log"
    write_lines(source, lines)
    measured = [_load(workdir / f"ingest-{number}", source, lines) for number in range(runs)]
    seconds = statistics.median(item[0] for item in measured)
    return {
        "name": "ingest",
        "lines": lines,
        "source_bytes": source.stat().st_size,
        "seconds": round(seconds, 3),
        "lines_per_second": round(lines / seconds),
        # On a busy machine this says more than the clock.
        "cpu_seconds": round(statistics.median(item[1] for item in measured), 3),
        "peak_memory_bytes": max(item[2] for item in measured),
        "cpus": len(os.sched_getaffinity(0)),
    }


def _load(data_dir: Path, source: Path, lines: int) -> tuple[float, float, int]:
    environment = {**os.environ, "LUMBER_DATA_DIR": str(data_dir), "LUMBER_DATABASE_URL": ""}
    command = [sys.executable, "-c", _CHILD, "ingest", "logs", str(source), "--year", "2026", "--json"]
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    report = json.loads(done.stdout)
    if report["loaded"] != lines:
        raise RuntimeError(f"loaded {report['loaded']} of {lines} lines")
    cpu_seconds, peak = done.stderr.split()[-2:]
    return seconds, float(cpu_seconds), int(peak) * _RSS_UNIT_BYTES


_RSS_UNIT_BYTES = 1024  # of ru_maxrss, on Linux


def main() -> None:
    """Measure and print the result as JSON."""
    with tempfile.TemporaryDirectory(prefix="lumber-bench-") as folder:
        print(json.dumps(run(Path(folder)), indent=2))


if __name__ == "__main__":
    main()
