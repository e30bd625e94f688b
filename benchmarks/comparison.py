"""Lumber against the peers: the same logs, from the same database, to the same format, in order of time.

All contenders of a database and a format run in turn, `repeat` times, each round beginning with another one.
Every run is kept with its numbers, or with its error. The plain algorithm (OFFSET pages through the ORM) runs
once, at 100,000 rows: its time grows with the square of the rows.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.contenders import CHECKOUT, FORMATS, LEVELS, PEERS, Contender, ours, psql_folder
from benchmarks.outputs import rows_of_duties, rows_read, size_bytes, sums_of_file, sums_of_table
from benchmarks.process import measure
from benchmarks.samples import DATABASES, Sample, sample

ROWS = 1_000_000
REPEAT = 5
PLAIN = "orm"
PLAIN_ROWS = 100_000
# What is compared when nothing is chosen: json without compression is the plain algorithm's only.
USUAL_FORMATS = tuple(name for name in FORMATS if name != "json")

Run = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """What to compare."""

    rows: Sequence[int] = (ROWS,)
    repeat: int = REPEAT
    databases: Sequence[str] = DATABASES
    peers: Sequence[str] = tuple(PEERS)
    formats: Sequence[str] = USUAL_FORMATS
    levels: Sequence[str] = LEVELS
    is_slow: bool = False


def run(workdir: Path, samples: Path, choice: Choice, keep: Callable[[list[Run]], None]) -> list[Run]:
    """Make every run and return them all; `keep` gets all so far after each one."""
    runs: list[Run] = []
    for database in choice.databases:
        for rows, part in _parts(choice):
            if not any(_contenders(part, database, name) for name in part.formats):
                continue
            with sample(database, rows, samples) as source:
                for one in _rounds(source, part, workdir):
                    runs.append(one)
                    keep(runs)
                    print(json.dumps(one), file=sys.stderr, flush=True)
    return runs


def _parts(choice: Choice) -> Iterator[tuple[int, Choice]]:
    """Yield the parts of the comparison, each with its number of rows."""
    others = [name for name in choice.peers if name != PLAIN]
    for rows in choice.rows:
        yield rows, replace(choice, peers=others)
    if PLAIN in choice.peers:
        plain = replace(choice, peers=[PLAIN], formats=["json"], levels=["basic"], repeat=1)
        sizes = {min(rows, PLAIN_ROWS) for rows in choice.rows}
        for rows in sorted(sizes | set(choice.rows if choice.is_slow else ())):
            yield rows, plain


def _contenders(choice: Choice, database: str, output_format: str) -> list[Contender]:
    """Return who takes part; nobody when only Lumber would and peers were asked for."""
    peers = [PEERS[name] for name in choice.peers if PEERS[name].can(database, output_format)]
    return [*ours(choice.levels), *peers] if peers else []


def _rounds(source: Sample, choice: Choice, workdir: Path) -> Iterator[Run]:
    expected = sums_of_table(source.url)
    for output_format in choice.formats:
        contenders = _contenders(choice, source.database, output_format)
        for number in range(choice.repeat if contenders else 0):
            first = number % len(contenders)
            for contender in [*contenders[first:], *contenders[:first]]:
                case = {"database": source.database, "rows": source.rows, "format": output_format}
                case |= {"compression": contender.compression(output_format)}
                case |= {"contender": contender.name, "round": number}
                yield case | _run(
                    source, contender, output_format, workdir / f"output.{output_format}", expected
                )


def _run(
    source: Sample, contender: Contender, output_format: str, target: Path, expected: tuple[int, int]
) -> Run:
    """Run one contender and return its numbers, or its error."""
    command = contender.command(source.url, output_format, target)
    environment = {
        "LUMBER_DATA_DIR": str(target.parent / "data"),
        "PATH": f"{psql_folder()}{os.pathsep}{os.environ['PATH']}",
    }
    before = source.server_cpu_seconds()
    try:
        measured = measure(command, environment, CHECKOUT)
        after = source.server_cpu_seconds()
        _check(contender, output_format, target, expected)
        return {
            "seconds": round(measured.seconds, 3),
            "cpu_seconds": round(measured.cpu_seconds, 3),
            "server_cpu_seconds": None if after is None or before is None else round(after - before, 3),
            "peak_pss_bytes": measured.peak_pss_bytes,
            "output_bytes": size_bytes(target),
        }
    except RuntimeError as error:
        return {"error": str(error)}
    finally:
        if target.is_dir():
            shutil.rmtree(target)
        target.unlink(missing_ok=True)


def _check(contender: Contender, output_format: str, target: Path, expected: tuple[int, int]) -> None:
    """Raise RuntimeError when rows are missing."""
    if target.is_dir():
        found: object = rows_read(target) if contender.is_ours else rows_of_duties(target)
        if found != expected[0]:
            raise RuntimeError(f"read {found} of {expected[0]} rows")
        return
    found = sums_of_file(target, output_format)
    if found != expected:
        raise RuntimeError(f"rows and sum of ids are {found}, not {expected}")
