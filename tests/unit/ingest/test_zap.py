"""The console layout of zap: every field of each line."""

import json
from typing import Any

import pytest

from tests.unit.ingest.lines import parsed

T = "2024-03-01T10:00:00.123Z"
LINES: list[tuple[str, tuple[Any, ...]]] = [
    (
        'INFO\tserver\tmain.go:12\tstarted\t{"port": 80, "tls": true}',
        ("INFO", "server", "started", {"caller": "main.go:12", "port": 80, "tls": True}),
    ),
    (
        'ERROR\tmain.go:12\tlost it\t{"err": "a\\tb"}',
        ("ERROR", None, "lost it", {"caller": "main.go:12", "err": "a\tb"}),
    ),
    (
        'INFO\tcontroller-runtime.metrics\tis starting\t{"addr": ":8080"}',
        ("INFO", "controller-runtime.metrics", "is starting", {"addr": ":8080"}),
    ),
    ('INFO\tstarted\t{"port": 80}', ("INFO", None, "started", {"port": 80})),
    ("info\tetcdmain/etcd.go:12\tx y", ("INFO", None, "x y", {"caller": "etcdmain/etcd.go:12"})),
    ("WARN\tsetup\tdone\tnow", ("WARNING", "setup", "done\tnow", None)),
    ("INFO\tjust a message", ("INFO", None, "just a message", None)),
    ("DPANIC\ta.go:1\tm", ("CRITICAL", None, "m", {"caller": "a.go:1"})),
    # What is no JSON object stays where it is, and a number keeps its digits.
    ("INFO\ta.go:1\tm\t{broken}", ("INFO", None, "m\t{broken}", {"caller": "a.go:1"})),
    ('INFO\ta\tm\t{"a": "\\ud800"}', ("INFO", "a", 'm\t{"a": "\\ud800"}', None)),
    ('INFO\ta\tm\t{"a": NaN}', ("INFO", "a", 'm\t{"a": NaN}', None)),
    ("INFO\ta.go:1\tm\t{}", ("INFO", None, "m\t{}", {"caller": "a.go:1"})),
    ('INFO\ta\tm\t{"id": 12345678901234567890123}', ("INFO", "a", "m", {"id": 12345678901234567890123})),
    (
        'INFO\ta.go:1\tm\t{"caller": 7}',
        ("INFO", None, "m", {"caller": "a.go:1", "fields": {"caller": 7}}),
    ),
    ("Loud\ta.go:1\tm", (None, None, "Loud\ta.go:1\tm", None)),
]


@pytest.mark.parametrize(("line", "truth"), LINES)
def test_parts_become_columns_and_fields_become_data(line: str, truth: tuple[Any, ...]) -> None:
    [row] = parsed(f"{T}\t{line}")
    data = row["structured_data"]
    found = (row["log_level"], row["process_name"], row["message"], data and json.loads(data))
    assert found == truth
    assert (row["host_name"], row["reason"], row["raw_message"]) == (None, None, f"{T}\t{line}")


def test_a_trace_of_the_stack_stays_in_the_message() -> None:
    [row] = parsed(f'{T}\tERROR\ta.go:1\tm\t{{"n": 1}}\nmain.f\n\t/src/a.go:1')
    assert row["message"] == "m\nmain.f\n\t/src/a.go:1"
    assert json.loads(row["structured_data"]) == {"caller": "a.go:1", "n": 1}


def test_all_lines_are_parsed_alike_side_by_side() -> None:
    lines = [f"{T}\t{line}" for line, _ in LINES]
    for row, (_, truth) in zip(parsed(*lines), LINES, strict=True):
        assert (row["log_level"], row["process_name"], row["message"]) == truth[:3]
