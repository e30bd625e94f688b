"""Real lines, changed at random: each is loaded or rejected, and the line stays what it was."""

import random

import pytest

from tests.unit.ingest.lines import framed, parser

LINES = (
    "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; rhost=218.188.2.4 ",
    "<34>Feb 29 10:00:00 h su: 'su root' failed",
    "<166>Mar 01 2024 10:00:01: %ASA-6-302013: Built outbound TCP connection 1",
    "*Mar  1 18:46:11.123 CET: %SYS-5-CONFIG_I: Configured",
    "Mar  1 10:00:00 2024 +0200 h a: m",
    "2024-01-05T10:00:00.5+01:00 h tag[1]: m",
    '2024-06-25 14:54:28 CEST [812] ERROR:  relation "x" doesn\'t exist',
    "2024-03-01 12:00:00 UTC:10.0.0.5(53214):al@shop:[7]:ERROR:  no: 1",
    "2024-03-01 12:00:00 +03 [7]: [3-1] user=al,db=shop,app=psql,client=10.0.0.5 DEBUG3:  a",
    "2024-03-01  9:00:00 0 [Note] InnoDB: ready",
    "2024-03-01T12:00:00.123456Z 0 [System] [MY-010116] [Server] starting",
    "2024-03-01 10:00:00,123 ERROR [main] com.x.Y: failed",
    "2024-03-01 10:00:00,123 - app.db - ERROR - lost",
    "2024-03-01T10:00:00.123+01:00  INFO 12345 --- [main] c.e.Demo : Started",
    "2016-10-06T00:17:09.669794202Z stdout F a line",
    '<165>1 2003-10-11T22:14:15.003Z h app 12 ID47 [a@1 k="1" l="2"] \ufeffm',
    "- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 a/b crond(x)[2]: m",
)
PARTS = (
    *("", " ", "  ", ":", "\t", "\x00", "Z", "+02:00", "[", "]", '"', "{", "-", "0", "99", "9999999999"),
    *("\u00e9", "\u0661", "ERROR", "CET", "stdout F ", "%ASA-6-1:", "T", "Jan", "Feb 29", "<1>", "\\"),
)


def mutated(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    lines = []
    for _ in range(count):
        line = chance.choice(LINES)
        for _ in range(chance.randint(1, 4)):
            place = chance.randint(0, min(len(line), chance.choice((30, 60, 200))))
            line = line[:place] + chance.choice(PARTS) + line[place + chance.randint(0, 3) :]
        lines.append(line)
    return lines


def check(lines: list[str]) -> None:
    rows = parser().parse(framed(*lines)).sort("number")
    assert rows["number"].to_list() == list(range(1, len(lines) + 1))
    for line, row in zip(lines, rows.iter_rows(named=True), strict=True):
        if row["reason"] is None:
            assert row["raw_message"] == line
            assert None not in (row["timestamp"], row["message"]), line


@pytest.mark.parametrize("size", [1, 7, 500])
def test_mutated_lines_are_loaded_or_rejected(size) -> None:
    lines = mutated(size, min(25 * size, 2_000))
    for start in range(0, len(lines), size):
        check(lines[start : start + size])


@pytest.mark.slow
def test_hundreds_of_thousands_of_mutated_lines_are_loaded_or_rejected() -> None:
    for seed in range(1_000, 1_060):
        check(mutated(seed, 5_000))
