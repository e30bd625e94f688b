"""Templates against the ones that the messages were written by, and on logs of real machines."""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lumber.ingest.sample.generator import SampleGenerator
from lumber.ingest.sample.plan import SamplePlan
from lumber.ingest.sample.templates import load_processes
from lumber.steps.templates import UNKNOWN, fill
from tests.unit.steps.templates.mining import apply, mine


def written_by() -> dict[str, re.Pattern[str]]:
    """Return the sample's own templates, those with most text first."""
    found = {}
    for process in load_processes():
        for template in process.templates:
            parts = [re.escape(part) if isinstance(part, str) else ".*?" for part in template.parts]
            found["".join(parts)] = re.compile("".join(parts))
    return dict(sorted(found.items(), key=lambda item: -len(item[0].replace(".*?", ""))))


def test_templates_of_a_sample_are_told_apart():
    plan = SamplePlan(5_000, seed=7, start=datetime(2020, 3, 2, tzinfo=UTC), damaged_share=0.0)
    messages = SampleGenerator(plan).block(0).logs["message"].to_list()
    templates = written_by()
    truth = [
        next((name for name, one in templates.items() if one.fullmatch(text)), None) for text in messages
    ]
    known = [text for text, name in zip(messages, truth, strict=True) if name]
    names = [name for name in truth if name]
    found = [text for text, _ in apply(mine(known), known)]

    by_found: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
    for text, name in zip(found, names, strict=True):
        by_found[text][name] += 1
    alike = sum(counts.most_common(1)[0][1] for counts in by_found.values())
    assert alike / len(known) > 0.95
    assert len(by_found) < 2.5 * len(set(names))


@pytest.mark.parametrize("name", ["Linux_2k.log", "OpenSSH_2k.log", "Thunderbird_2k.log"])
def test_real_logs_come_back_from_their_templates(loghub: Path, name: str):
    lines = (loghub / name).read_text(errors="replace").splitlines()
    messages = [line.partition(": ")[2] for line in lines]
    table = mine(messages)
    assert len(table.templates) < 0.7 * len(set(messages))
    for message, (text, values) in zip(messages, apply(table, messages), strict=True):
        assert text != UNKNOWN
        assert values is not None
        assert fill(text, values).split() == message.split()
