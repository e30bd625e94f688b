"""The document of a gate: closed, and with errors that name the field, its value and what is allowed."""

from typing import Any

import pytest

from lumber.errors import ConfigError
from lumber.exports.gates.gate import Gate, parse_gate


def test_an_empty_gate_holds_changed_schemas_only() -> None:
    gate = parse_gate({})
    assert gate == Gate()
    assert gate.schema_change == "hold"
    assert parse_gate(gate.as_json()) == gate


def test_all_conditions_can_be_stated() -> None:
    stated = {
        "schema_change": "allow",
        "max_drift": {"*": 0.3, "logs.log_level": 0},
        "min_drift_rows": 5.0,
        "max_reject_ratio": 0.01,
        "rows": {"min": 1, "max": 10, "min_ratio": 0.5, "max_ratio": 2, "of_last": 3},
        "max_class_change": 0.1,
        "test_set": {"name": "mine", "max_share": 0.001},
    }
    assert parse_gate(parse_gate(stated).as_json()) == parse_gate(stated)


@pytest.mark.parametrize(
    ("value", "field", "words"),
    [
        ([], "gate", "JSON object"),
        ({"drift": 1}, "drift", "schema_change"),
        ({"schema_change": "warn"}, "schema_change", "allow"),
        ({"max_drift": {"logs.log_level": 1.5}}, "max_drift.logs.log_level", "1.5"),
        ({"max_drift": {"level": 0.1}}, "max_drift", "logs.COLUMN"),
        ({"max_drift": {"Syslog.level": 0.1}}, "max_drift", "ips.COLUMN"),
        ({"max_reject_ratio": "1%"}, "max_reject_ratio", "1%"),
        ({"max_reject_ratio": float("nan")}, "max_reject_ratio", "NaN"),
        ({"min_drift_rows": -1}, "min_drift_rows", "-1"),
        ({"rows": {"least": 1}}, "rows.least", "min_ratio"),
        ({"rows": {"min": 10, "max": 9}}, "rows.max", "at least 10"),
        ({"rows": {"min_ratio": 2, "max_ratio": 1.5}}, "rows.max_ratio", "at least 2"),
        ({"rows": {"of_last": 0}}, "rows.of_last", "0"),
        ({"test_set": {}}, "test_set.name", "required"),
        ({"test_set": {"name": "../mine"}}, "test_set.name", "lower-case"),
    ],
)
def test_what_is_wrong_is_named(value: Any, field: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_gate(value)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert words in str(refused.value)
