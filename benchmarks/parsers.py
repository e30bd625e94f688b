"""How many lines of each format the readers of a load parse in a second, beside RFC 3164 in the same run.

Run `python -m benchmarks --only parsers`. Each format has one record in `parser_samples`, whose `$` names
change from record to record. The lines go through the reader of a load: split, parsed and finished, but not
written. Addresses aren't derived: that depends on the message, not on the format.
"""

from __future__ import annotations

import io
import json
import random
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any

from benchmarks.parser_samples import BASE, SAMPLES, Sample
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.patterns.pattern import LinePattern
from lumber.ingest.readers import open_source
from lumber.ingest.resume import Position
from lumber.ingest.sources import Source

LINES = 100_000
RUNS = 3
# More would only take longer.
_DISTINCT = 20_000
_START = datetime(2026, 1, 2, tzinfo=UTC)


def run(lines: int = LINES, runs: int = RUNS, samples: tuple[Sample, ...] = SAMPLES) -> dict[str, Any]:
    """Parse the lines of each sample `runs` times; return the medians."""
    cases = []
    for sample in samples:
        text, records = written(sample, lines)
        measured = [_seconds(sample, text, records) for _ in range(runs)]
        seconds, cpu_seconds = (statistics.median(kind) for kind in zip(*measured, strict=True))
        case = {
            "format": sample.name,
            "lines": lines,
            "lines_per_second": round(lines / seconds),
            # On a busy machine this says more than the clock.
            "cpu_microseconds_per_line": round(cpu_seconds / lines * 1e6, 2),
        }
        print(json.dumps(case), file=sys.stderr, flush=True)
        cases.append(case)
    return {"runs": runs, "cases": cases}


def table(result: dict[str, Any]) -> str:
    """Return the result as a table in Markdown."""
    rows = ["| format | lines/s | of RFC 3164 | CPU \u00b5s a line |", "|---|---:|---:|---:|"]
    base = next(case["lines_per_second"] for case in result["cases"] if case["format"] == BASE)
    for case in result["cases"]:
        share = case["lines_per_second"] / base
        cells = [case["format"], f"{case['lines_per_second']:,}", f"{share:.2f}"]
        rows.append(f"| {' | '.join(cells)} | {case['cpu_microseconds_per_line']} |")
    return "\n".join(rows) + "\n"


def written(sample: Sample, lines: int) -> tuple[bytes, int]:
    """Return about so many lines of a sample, the same ones each time, and the number of their records."""
    chance = random.Random(20260101)
    template = Template(sample.record)
    records = max(1, lines // (sample.record.count("\n") + 1))
    distinct = [template.substitute(_values(chance, number)) for number in range(min(records, _DISTINCT))]
    whole, rest = divmod(records, len(distinct))
    text = "\n".join([*distinct * whole, *distinct[:rest], ""])
    return (sample.header + text).encode(), records


def _values(chance: random.Random, number: int) -> dict[str, str]:
    moment = _START + timedelta(seconds=number)
    return {
        "date": f"{moment:%Y-%m-%d}",
        "month": f"{moment:%b}",
        "day": f"{moment.day:2d}",
        "day0": f"{moment.day:02d}",
        "clock": f"{moment:%H:%M:%S}",
        "epoch": str(int(moment.timestamp())),
        "ip": f"{chance.randrange(1, 224)}.{chance.randrange(256)}.7.{chance.randrange(1, 255)}",
        "n": str(chance.randrange(1024, 32768)),
        "word": chance.choice(("alice", "backup", "root", "shop")) + str(chance.randrange(1000)),
    }


def _seconds(sample: Sample, text: bytes, records: int) -> tuple[float, float]:
    pattern = LinePattern.parse(sample.pattern) if sample.pattern else None
    options = IngestOptions("logs", is_deriving_addresses=False, pattern=pattern)
    source = Source("memory", None, io.BytesIO(text), _START)
    start, cpu_start = time.perf_counter(), time.process_time()
    with open_source(source, options) as opened:
        reader = opened.reader(options, Entry("i", "logs", "memory", "f"), "sqlite")
        chunks = list(reader.chunks(opened.stream, Position.start()))
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    rejects = [reject for chunk in chunks for reject in chunk.rejects]
    loaded = sum(len(chunk.rows) for chunk in chunks)
    if rejects or loaded != records:
        reason = rejects[0].reason if rejects else f"{loaded} rows of {records} records"
        raise RuntimeError(f"{sample.name}: {reason}")
    return seconds, cpu_seconds
