"""Each rule of each kind has a row that breaks it and rows that do not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from lumber.catalog import kind as kinds
from lumber.catalog.kind import Kind, Rule
from lumber.catalog.registry import all_kinds, get_kind
from tests.unit.catalog.frames import empty_frame

NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=1)
SOON = NOW + timedelta(minutes=1)

TEXT = {"no_nul": (["a\x00b", "\x00"], ["", "a", "é", "\\x00", None])}
# (rule, column) -> rows that break it, rows that do not; a plain value stands for the rule's own column.
CASES: dict[str, dict[tuple[str, str], tuple[list[Any], list[Any]]]] = {
    "logs": {
        ("required", "message"): ([""], ["x", " ", None]),
        ("known_severity", "severity_text"): (
            ["loud", "", {"severity_text": "loud", "log_level": "ERROR"}, {"log_level": "loud"}],
            ["Err", None, {"log_level": "INFO"}, {"severity_text": "err", "log_level": "loud"}],
        ),
        ("is_address", "device_ip"): (["x", "1.2.3", "", "fe80::1%eth0"], ["10.0.0.1", "::1", None]),
        ("not_future", "timestamp"): ([LATER], [NOW, SOON, datetime(1970, 1, 1, tzinfo=UTC), None]),
    },
    "anomalies": {
        ("required", "anomaly_type"): ([""], ["x", None]),
        ("in_range", "score"): (
            [
                1.1,
                -0.1,
                {"score_raw": 2.0},
                {"score_raw": 11.0, "score_max": 10.0},
                {"score": 5.0, "score_max": 4.0},
            ],
            [0.0, 1.0, None, {"score_raw": 7.0, "score_max": 10.0}, {"score": 0.5, "score_max": 0.0}],
        ),
        ("one_of", "verdict"): (
            ["maybe", "", "TRUE_POSITIVE"],
            ["true_positive", "false_positive", "unknown", None],
        ),
        ("not_future", "timestamp"): ([LATER], [NOW, SOON, None]),
        ("log_entry_exists", "log_entry_id"): (
            [{"log_entry_id": 7, "log_entry_exists": False}],
            [
                {"log_entry_id": 7, "log_entry_exists": True},
                {"log_entry_id": None, "log_entry_exists": False},
            ],
        ),
    },
    "ips": {
        ("is_address", "address"): (["x", "10.0.0.0/8"], ["10.0.0.1", "FE80::1", None]),
        ("in_range", "risk_score"): ([-0.1, 100.1], [0.0, 100.0, None]),
        ("in_range", "sightings"): ([-1], [0, 2**63 - 1, None]),
        ("not_future", "first_seen"): ([LATER], [NOW, SOON, None]),
        ("not_future", "last_seen"): ([LATER], [NOW, SOON, None]),
        ("ordered_times", "first_seen"): (
            [{"first_seen": SOON, "last_seen": NOW}],
            [{"first_seen": NOW, "last_seen": NOW}, {"first_seen": NOW, "last_seen": None}],
        ),
    },
}
RULES = [(kind, rule) for kind in all_kinds().values() if kind.name in CASES for rule in kind.rules]


@pytest.mark.parametrize(
    ("kind", "rule"), RULES, ids=[f"{kind.name}-{rule.id}-{rule.column}" for kind, rule in RULES]
)
def test_rule_tells_broken_rows_from_sound_ones(kind: Kind, rule: Rule) -> None:
    broken, sound = CASES[kind.name].get((rule.id, rule.column)) or TEXT[rule.id]
    schema = empty_frame(kind).schema
    rows = [row if isinstance(row, dict) else {rule.column: row} for row in [*broken, *sound]]
    frame = pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)
    answers = rule.violations(frame.with_columns(pl.lit(NOW).alias(kinds.NOW)))
    assert answers.to_list() == [True] * len(broken) + [False] * len(sound)
    assert answers.dtype == pl.Boolean


def test_every_case_belongs_to_a_rule() -> None:
    named = {(kind.name, rule.id, rule.column) for kind, rule in RULES}
    assert {(kind, *case) for kind, cases in CASES.items() for case in cases} <= named


def test_a_reject_shows_the_value_that_was_judged() -> None:
    kind = get_kind("anomalies")
    (rule,) = [rule for rule in kind.rules if (rule.id, rule.column) == ("in_range", "score")]
    assert rule.value is not None
    schema = empty_frame(kind).schema
    frame = pl.DataFrame([dict.fromkeys(schema) | {"score_raw": 30.0, "score_max": 10.0}], schema=schema)
    assert frame.select(rule.value).to_series().to_list() == [3.0]
