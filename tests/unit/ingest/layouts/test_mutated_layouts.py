"""Lines of all layouts, changed at random: each is loaded or rejected, and no line stops the others."""

import random

import pytest

from tests.unit.ingest.layouts import test_layouts, test_services, test_web_servers
from tests.unit.ingest.reading import read
from tests.unit.ingest.test_logfmt import LINES as LOGFMT
from tests.unit.ingest.test_mutated_lines import PARTS
from tests.unit.ingest.test_programs_after_a_time import IN_BRACKETS
from tests.unit.ingest.test_programs_after_a_time import LINES as PROGRAMS
from tests.unit.ingest.test_zap import LINES as ZAP
from tests.unit.ingest.test_zap import T

LINES = [
    *(line for line, _ in (*test_layouts.LINES, *test_layouts.REFUSED)),
    *(line for line, _ in (*test_web_servers.LINES, *test_web_servers.REFUSED)),
    *(line for _, line, _ in test_services.LINES),
    *(line for line, _ in LOGFMT),
    *(f"{T}\t{line}" for line, _ in ZAP),
    *(f"2024-03-01 10:00:00{rest}" for rest, *_ in PROGRAMS),
    *(line for line, *_ in IN_BRACKETS),
]
OWN_PARTS = (
    *('="', "= ", "=", '" ', "' ", "\t{", '\t{"a":1}', ", client: ", "#", " CET", "99/99/9999", "I0229 "),
    *("\\x", "\\ud800", "\\U00110000"),
)


def mutated(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    lines = []
    for _ in range(count):
        line = chance.choice(LINES)
        for _ in range(chance.randint(1, 3)):
            place = chance.randint(0, min(len(line), chance.choice((30, 60, 200))))
            part = chance.choice((*PARTS, *OWN_PARTS))
            line = line[:place] + part + line[place + chance.randint(0, 3) :]
        lines.append(line)
    return lines


def check(lines: list[str]) -> None:
    lines = [LINES[0], *lines]  # a first line that begins with [ or { could make it a JSON document
    rows, _ = read("\n".join(lines) + "\n")  # which compares the numbers of lines
    known = set(lines)
    for row in rows:
        assert row["message"] is not None
        assert row["timestamp"] is not None
        # A line that begins with a space continues the one before it.
        assert all(line in known for line in row["raw_message"].split("\n"))
    assert rows


@pytest.mark.parametrize("seed", range(3))
def test_mutated_lines_are_loaded_or_rejected(seed: int) -> None:
    check(mutated(seed, 300))


@pytest.mark.slow
def test_hundreds_of_thousands_of_mutated_lines_are_loaded_or_rejected() -> None:
    for seed in range(100, 160):
        check(mutated(seed, 5_000))
