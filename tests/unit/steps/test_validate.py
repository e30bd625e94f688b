"""DataValidator: every rule that a row breaks is reported, at the level that asks for it."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.kind import Kind, Level
from lumber.catalog.registry import all_kinds, get_kind
from lumber.steps.cast import cast_batch
from lumber.steps.validate import REJECT_SCHEMA, DataValidator, Verdict
from tests.examples import examples
from tests.unit.engine.batches import NOON, batch_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TOO_LONG = timedelta(minutes=5, microseconds=1)


def check(kind: str, level: Level, *rows: dict[str, Any]) -> Verdict:
    return DataValidator(get_kind(kind), level, NOW).check(cast_batch(batch_of(kind, *rows), get_kind(kind)))


def rules_of(kind: str, level: Level, row: dict[str, Any]) -> list[str]:
    """Return what a row breaks, as column.rule."""
    verdict = check(kind, level, {}, row)
    assert verdict.rejected.to_list() == [False, bool(verdict.rows_by_rule)]
    assert [f"{column}.{rule}" for rule, column in verdict.rejects.select("rule", "column").rows()] == list(
        verdict.rows_by_rule
    )
    return sorted(verdict.rows_by_rule)


# What each level asks. NONE, BASIC, STRICT: rejected or not.

CASES: list[tuple[str, dict[str, Any], str, tuple[bool, bool, bool]]] = [
    ("logs", {"message": ""}, "message.required", (False, True, True)),
    ("logs", {"message": "a\x00b"}, "message.no_nul", (False, True, True)),
    ("logs", {"severity_text": "loud"}, "severity_text.known_severity", (False, False, True)),
    (
        "logs",
        {"severity_text": None, "log_level": "loud"},
        "severity_text.known_severity",
        (False, False, True),
    ),
    ("logs", {"device_ip": "10.0.0.256"}, "device_ip.is_address", (False, False, True)),
    ("logs", {"device_ip": "router-1"}, "device_ip.is_address", (False, False, True)),
    ("logs", {"timestamp": NOW + TOO_LONG}, "timestamp.not_future", (False, False, True)),
    ("anomalies", {"anomaly_type": ""}, "anomaly_type.required", (False, True, True)),
    ("anomalies", {"score": 1.1}, "score.in_range", (False, True, True)),
    ("anomalies", {"verdict": "maybe"}, "verdict.one_of", (False, False, True)),
    (
        "anomalies",
        {"log_entry_id": 7, "log_entry_exists": 0},
        "log_entry_id.log_entry_exists",
        (False, False, True),
    ),
    ("anomalies", {"timestamp": NOW + timedelta(hours=1)}, "timestamp.not_future", (False, False, True)),
    ("ips", {"address": "somewhere"}, "address.is_address", (False, True, True)),
    ("ips", {"risk_score": 101.0}, "risk_score.in_range", (False, True, True)),
    ("ips", {"sightings": -1}, "sightings.in_range", (False, True, True)),
    ("ips", {"last_seen": NOON - timedelta(seconds=1)}, "first_seen.ordered_times", (False, False, True)),
    ("ips", {"last_seen": NOW + timedelta(hours=1)}, "last_seen.not_future", (False, False, True)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "row", "rule", "expected"),
    CASES,
    ids=[f"{kind}-{rule}-{index}" for index, (kind, _, rule, _) in enumerate(CASES)],
)
def test_a_rule_rejects_from_its_level_on(
    kind: str, row: dict[str, Any], rule: str, expected: tuple[bool, bool, bool]
) -> None:
    found = [rules_of(kind, level, row) for level in Level]
    assert found == [[rule] if is_rejected else [] for is_rejected in expected]


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("logs", {"severity_text": "WaRn"}),
        ("logs", {"severity_text": None, "log_level": None}),
        ("logs", {"device_ip": "::FFFF:10.0.0.1"}),
        ("logs", {"timestamp": NOW + timedelta(minutes=5)}),
        ("anomalies", {"log_entry_id": 7, "log_entry_exists": 1}),
        ("anomalies", {"log_entry_id": None, "log_entry_exists": 0}),
        ("anomalies", {"score": 75.0, "score_max": 100.0}),
        ("ips", {"last_seen": NOON}),
        ("ips", {"risk_score": None, "sightings": None}),
    ],
)
def test_sound_rows_pass_the_strictest_level(kind: str, row: dict[str, Any]) -> None:
    assert rules_of(kind, Level.STRICT, row) == []


def test_each_level_finds_what_the_one_before_it_finds() -> None:
    rows = {kind: [row for owner, row, _, _ in CASES if owner == kind] for kind in all_kinds()}
    for kind in ("logs", "anomalies", "ips"):
        found = [set(check(kind, level, *rows[kind]).rejects.rows()) for level in Level]
        assert found[0] < found[1] < found[2]


def test_every_violation_of_a_row_is_reported() -> None:
    row = {"message": "\x00", "severity_text": "loud", "device_ip": "x", "timestamp": NOW + timedelta(days=1)}
    assert rules_of("logs", Level.STRICT, row) == [
        "device_ip.is_address",
        "message.no_nul",
        "severity_text.known_severity",
        "timestamp.not_future",
    ]


def test_a_reject_says_what_where_and_why() -> None:
    verdict = check("logs", Level.STRICT, {}, {"id": 41, "device_ip": "x" * 300}, {"id": 7, "message": ""})
    assert verdict.rejects.schema == REJECT_SCHEMA
    assert verdict.rejects.rows() == [
        ("logs", 41, "is_address", "device_ip", "x" * 256, "is not an IPv4 or IPv6 address"),
        ("logs", 7, "required", "message", "", "is required, but empty"),
    ]
    assert verdict.rejected.to_list() == [False, True, True]
    assert (verdict.rejected_rows, dict(verdict.rows_by_rule)) == (
        2,
        {"message.required": 1, "device_ip.is_address": 1},
    )


def test_one_rule_broken_in_two_ways_is_counted_for_both() -> None:
    """A missing message and an empty one are both `message.required`."""
    verdict = check("logs", Level.BASIC, {"message": None}, {"message": ""}, {"message": ""}, {})
    assert dict(verdict.rows_by_rule) == {"message.required": 3}
    assert verdict.rejects.height == verdict.rejected_rows == 3


def test_sound_batches_have_an_empty_verdict() -> None:
    for rows in ([], [{}], [{}, {}]):
        verdict = check("logs", Level.STRICT, *rows)
        assert verdict.rejected.to_list() == [False] * len(rows)
        assert (verdict.rejects.height, verdict.rejects.schema) == (0, REJECT_SCHEMA)
        assert not verdict.rows_by_rule


# Ids


def repeated(batches: list[list[int]], level: Level = Level.BASIC) -> list[list[bool]]:
    kind = get_kind("logs")
    validator = DataValidator(kind, level, NOW)
    return [
        validator.check(cast_batch(batch_of(kind, *({"id": id_} for id_ in ids)), kind)).rejected.to_list()
        for ids in batches
    ]


def plainly_repeated(batches: list[list[int]]) -> list[list[bool]]:
    seen: set[int] = set()
    return [[id_ in seen or seen.add(id_) is not None for id_ in ids] for ids in batches]


@examples(60)
@given(st.lists(st.lists(st.integers(0, 30) | st.integers(-(2**63), 2**63 - 1), max_size=8), max_size=6))
def test_an_id_that_came_before_is_rejected_in_any_order(batches: list[list[int]]) -> None:
    assert repeated(batches) == plainly_repeated(batches)


def test_a_repeated_id_says_so() -> None:
    verdict = check("logs", Level.BASIC, {"id": 5}, {"id": 5})
    assert verdict.rejects.rows() == [("logs", 5, "unique_id", "id", "5", "came before")]
    assert verdict.rejected.to_list() == [False, True]


def test_ids_are_not_looked_at_on_level_none() -> None:
    assert repeated([[1, 1], [1]], Level.NONE) == [[False, False], [False]]


def test_rising_ids_are_compared_without_being_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[Any] = []
    is_in = pl.Series.is_in
    monkeypatch.setattr(pl.Series, "is_in", lambda self, *a, **k: searched.append(1) or is_in(self, *a, **k))
    batches = [list(range(start, start + 10)) for start in range(0, 500, 10)]
    assert not any(any(found) for found in repeated(batches))
    assert searched == []
    random.Random(7).shuffle(batches)
    assert not any(any(found) for found in repeated(batches))


# A kind with a rule of its own


def test_a_rule_of_a_kind_decides_by_itself_what_a_reject_shows() -> None:
    verdict = check("anomalies", Level.BASIC, {"score": None, "score_raw": 30.0, "score_max": 10.0})
    assert verdict.rejects["value"].to_list() == ["3.0"]


def test_a_kind_without_rules_rejects_nothing_but_what_cannot_be_written() -> None:
    kind: Kind = replace(get_kind("logs"), rules=())
    batch = cast_batch(batch_of(kind, {"message": ""}, {"message": None}), kind)
    assert DataValidator(kind, Level.STRICT, NOW).check(batch).rejected.to_list() == [False, True]
