"""How many lines of each format the readers of a load parse in a second, beside RFC 3164 in the same run.

Run `python -m benchmarks --only parsers`. Each format has one line here, whose `$` names change from line to
line. They go through the reader of a load: split, parsed and finished, but not written. Addresses aren't
derived: that depends on the message, not on the format.
"""

from __future__ import annotations

import io
import json
import random
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any

from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.readers import open_source
from lumber.ingest.resume import Position
from lumber.ingest.sources import Source

LINES = 200_000
RUNS = 3
BASE = "RFC 3164"
# More would only take longer.
_DISTINCT = 20_000
_START = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """One record of a format, of one line or several, and what stands above all of them.

    In `record`, $date is 2026-01-02, $month Jan, $day ` 2`, $day0 02, $clock 10:00:00, $epoch the seconds
    since 1970, $ip an address, $n a number and $word a word.
    """

    name: str
    record: str
    header: str = ""


SAMPLES = (
    Sample(BASE, "<38>$month $day $clock web01 sshd[$n]: Failed password for $word from $ip port $n ssh2"),
    Sample("RFC 5424", '<34>1 ${date}T$clock.003Z web01 su $n ID47 [a@1 ip="$ip"] failed for $word'),
    Sample("ISO 8601", "${date}T$clock.5+00:00 web01 sshd[$n]: Failed password for $word from $ip port $n"),
    Sample("labelled", "- $epoch 2026.01.02 dn228 $month $day $clock dn228/dn228 crond(pam_unix)[$n]: $word"),
    Sample("log4j", "$date $clock,123 ERROR [main] com.example.$word: request $n of $ip failed"),
    Sample("zap", '${date}T$clock.123Z\tINFO\tapi\tmain.go:12\trequest of $word\t{"ip": "$ip", "took": $n}'),
    Sample(
        "log4j with a trace of 9 lines",
        "$date $clock,123 ERROR [main] com.example.$word: request $n of $ip failed\n"
        "java.lang.IllegalStateException: $word" + "\n\tat com.example.Shop.order(Shop.java:12)" * 8,
    ),
    Sample("PostgreSQL", "$date $clock.123 UTC [$n] $word@shop LOG:  duration: $n ms  statement: SELECT 1"),
    Sample("MySQL", "${date}T$clock.123456Z $n [Note] [MY-010914] [Server] Aborted connection of $word"),
    Sample("CRI", "${date}T$clock.669794202Z stdout F request $n of $word from $ip"),
    Sample(
        "JSON Lines", '{"ts": "${date}T${clock}Z", "level": "info", "msg": "$word", "ip": "$ip", "took": $n}'
    ),
    Sample(
        "logfmt", 'ts=${date}T${clock}Z level=info caller=main.go:12 msg="request of $word" ip=$ip took=$n'
    ),
)


def run(lines: int = LINES, runs: int = RUNS, samples: tuple[Sample, ...] = SAMPLES) -> dict[str, Any]:
    """Parse the lines of each sample `runs` times; return the medians."""
    cases = []
    for sample in samples:
        text, records = written(sample, lines)
        seconds = statistics.median(_seconds(sample, text, records) for _ in range(runs))
        case = {"format": sample.name, "lines": lines, "lines_per_second": round(lines / seconds)}
        print(json.dumps(case), file=sys.stderr, flush=True)
        cases.append(case)
    return {"runs": runs, "cases": cases}


def table(result: dict[str, Any]) -> str:
    """Return the result as a table in Markdown."""
    rows = ["| format | lines/s | of RFC 3164 |", "|---|---:|---:|"]
    base = next(case["lines_per_second"] for case in result["cases"] if case["format"] == BASE)
    for case in result["cases"]:
        share = case["lines_per_second"] / base
        rows.append(f"| {case['format']} | {case['lines_per_second']:,} | {share:.2f} |")
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


def _seconds(sample: Sample, text: bytes, records: int) -> float:
    options = IngestOptions("logs", is_deriving_addresses=False)
    source = Source("memory", None, io.BytesIO(text), _START)
    start = time.perf_counter()
    with open_source(source, options) as opened:
        reader = opened.reader(options, Entry("i", "logs", "memory", "f"), "sqlite")
        chunks = list(reader.chunks(opened.stream, Position.start()))
    seconds = time.perf_counter() - start
    rejects = [reject for chunk in chunks for reject in chunk.rejects]
    loaded = sum(len(chunk.rows) for chunk in chunks)
    if rejects or loaded != records:
        reason = rejects[0].reason if rejects else f"{loaded} rows of {records} records"
        raise RuntimeError(f"{sample.name}: {reason}")
    return seconds
