"""How many lines a second `lumber ingest logs` loads, and how much memory it takes, beside a plain peer.

Run `python -m benchmarks.ingest`. The lines are RFC 3164 with PRI, as a busy host writes them. The peer
puts the raw lines into the same table with the same indexes and parses nothing: `executemany` of Python's
sqlite3, and COPY of asyncpg on PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from benchmarks.process import Measured, measure

LINES = 1_000_000
RUNS = 3
_LUMBER = str(Path(sys.executable).with_name("lumber"))
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
    """Load the lines `runs` times into new databases; return medians, those of SQLite at the top too."""
    from tests.databases import running_postgres

    source = workdir / "ingest.log"
    write_lines(source, lines)
    sqlite = [f"sqlite:///{workdir / f'ingest-{number}.db'}" for number in range(2 * runs)]
    cases = [
        _case("sqlite", "lumber", [_lumber(url, source, lines) for url in sqlite[:runs]], lines),
        _case("sqlite", "peer", [_peer(url, source) for url in sqlite[runs:]], lines),
    ]
    with running_postgres() as server:
        postgres = [f"ingest_{number}" for number in range(2 * runs)]
        for name in postgres:
            server.create_database(name)
        urls = [server.url(name) for name in postgres]
        server_cpu = [_server_cpu_seconds(server.port)]
        measured = [_lumber(url, source, lines) for url in urls[:runs]]
        server_cpu.append(_server_cpu_seconds(server.port))
        cases.append(_case("postgresql", "lumber", measured, lines))
        cases.append(_case("postgresql", "peer", [_peer(url, source) for url in urls[runs:]], lines))
        server_cpu.append(_server_cpu_seconds(server.port))
    for case, before, after in zip(cases[2:], server_cpu[:-1], server_cpu[1:], strict=True):
        case["server_cpu_seconds"] = round((after - before) / runs, 2)
    return {
        "name": "ingest",
        **cases[0],
        "source_bytes": source.stat().st_size,
        "cases": cases,
        "cpus": len(os.sched_getaffinity(0)),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as a table in Markdown."""
    rows = [
        "| lines | database | loader | seconds | lines/s | CPU s | server CPU s | peak PSS MB |",
        "|---:|---|---|---:|---:|---:|---:|---:|",
    ]
    for case in result["cases"]:
        cells = [f"{case['lines']:,}", case["database"], case["loader"], case["seconds"]]
        cells += [f"{case['lines_per_second']:,}", case["cpu_seconds"], case["server_cpu_seconds"]]
        cells.append(round(case["peak_memory_bytes"] / 1e6))
        rows.append("| " + " | ".join("" if cell is None else str(cell) for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _case(database: str, loader: str, measured: list[Measured], lines: int) -> dict[str, Any]:
    seconds = statistics.median(one.seconds for one in measured)
    case = {
        "database": database,
        "loader": loader,
        "lines": lines,
        "seconds": round(seconds, 3),
        "lines_per_second": round(lines / seconds),
        # On a busy machine this says more than the clock.
        "cpu_seconds": round(statistics.median(one.cpu_seconds for one in measured), 2),
        "server_cpu_seconds": None,
        "peak_memory_bytes": max(one.peak_pss_bytes for one in measured),
    }
    print(json.dumps(case), file=sys.stderr, flush=True)
    return case


def _lumber(url: str, source: Path, lines: int) -> Measured:
    """Load with Lumber into a database that has no tables yet."""
    environment = {"LUMBER_DATA_DIR": str(source.parent / "data")}
    options = ["--year", "2026", "--database-url", url, "--json"]
    measured = measure([_LUMBER, "ingest", "logs", str(source), *options], environment)
    report = json.loads(measured.stdout)
    if report["loaded"] != lines:
        raise RuntimeError(f"loaded {report['loaded']} of {lines} lines")
    return measured


def _peer(url: str, source: Path) -> Measured:
    """Load with the peer into tables that are there."""
    measure([_LUMBER, "migrate", "--database-url", url])
    return measure([sys.executable, "-m", "benchmarks.ingest", "--peer", url, str(source)])


def _raw_rows(source: Path) -> Iterator[tuple[int, str]]:
    with source.open() as file:
        for number, line in enumerate(file):
            yield number, line.rstrip("\n")


def _load_plainly(url: str, source: Path) -> None:
    """Put the raw lines into log_entries, with the number of the line for a time."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA synchronous = NORMAL")
        with connection:
            insert = "INSERT INTO log_entries (timestamp, raw_message) VALUES (?, ?)"
            connection.executemany(insert, _raw_rows(source))
        connection.close()
    else:
        asyncio.run(_copy(url, source))


async def _copy(url: str, source: Path) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    rows = ((datetime.fromtimestamp(number, UTC), line) for number, line in _raw_rows(source))
    columns = ["timestamp", "raw_message"]
    await connection.copy_records_to_table("log_entries", records=rows, columns=columns)
    await connection.close()


def _server_cpu_seconds(port: int) -> float:
    """Return the CPU seconds of all connections to the PostgreSQL server at `port` that have ended."""
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and str(port) in (process.info["cmdline"] or []):
            times = process.cpu_times()
            return float(times.children_user + times.children_system)
    raise RuntimeError(f"no PostgreSQL server runs at port {port}")


def main() -> None:
    """Measure and print the table; as the peer, load one file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--peer", nargs=2, metavar=("URL", "FILE"), help="load raw lines, unmeasured")
    options = parser.parse_args()
    if options.peer:
        _load_plainly(options.peer[0], Path(options.peer[1]))
        return
    with tempfile.TemporaryDirectory(prefix="lumber-bench-") as folder:
        print(table(run(Path(folder), options.lines, options.runs)))


if __name__ == "__main__":
    main()
