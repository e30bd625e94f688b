"""`--filter` in all its spellings, as the config's JSON."""

from typing import Any

import pytest

from lumber.catalog.operators import all_operators
from lumber.cli.config.filters import parse_filters
from lumber.errors import ConfigError
from lumber.exports.parsing import parse_config


@pytest.mark.parametrize(
    ("text", "column", "operator", "value"),
    [
        ("log_level=ERROR", "log_level", "eq", "ERROR"),
        ("log_level==ERROR", "log_level", "eq", "ERROR"),
        ("log_level != ERROR", "log_level", "ne", "ERROR"),
        ("ips.risk_score>=50", "ips.risk_score", "gte", "50"),
        ("ips.risk_score <= 50", "ips.risk_score", "lte", "50"),
        ("id>7", "id", "gt", "7"),
        (" id < 7 ", "id", "lt", "7"),
        ("message contains failed", "message", "contains", "failed"),
        ("message starts_with Failed password", "message", "starts_with", "Failed password"),
        ("device_ip cidr 10.0.0.0/8", "device_ip", "cidr", "10.0.0.0/8"),
        ("device_id is_null", "device_id", "is_null", "true"),
        ("device_id is_null false", "device_id", "is_null", "false"),
        ("log_level eq ERROR", "log_level", "eq", "ERROR"),
        ("log_level ne ERROR", "log_level", "ne", "ERROR"),
        ("id gt 1", "id", "gt", "1"),
        ("id gte 1", "id", "gte", "1"),
        ("id lt 1", "id", "lt", "1"),
        ("id lte 1", "id", "lte", "1"),
        ("process_name in sshd", "process_name", "in", ["sshd"]),
        ("process_name not_in sshd", "process_name", "not_in", ["sshd"]),
    ],
)
def test_every_sign_and_word(text: str, column: str, operator: str, value: Any) -> None:
    assert parse_filters([text]) == {column: {operator: value}}


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("process_name=a, b ,c", "in"),
        ("process_name eq a,b,c", "in"),
        ("process_name in a,b,c", "in"),
        ("process_name!=a,b,c", "not_in"),
        ("process_name ne a,b,c", "not_in"),
        ("process_name not_in a,b,c", "not_in"),
        ("process_name cidr a,b,c", "cidr"),
    ],
)
def test_a_comma_means_any_of(text: str, operator: str) -> None:
    assert parse_filters([text]) == {"process_name": {operator: ["a", "b", "c"]}}


@pytest.mark.parametrize("operator", ["contains", "starts_with"])
def test_a_comma_in_searched_text_is_a_comma(operator: str) -> None:
    assert parse_filters([f"message {operator} a, b"]) == {"message": {operator: "a, b"}}


@pytest.mark.parametrize(
    ("text", "value"),
    [("message=user=root", "user=root"), ("message = a > b", "a > b"), ("message=two\nlines", "two\nlines")],
)
def test_signs_and_lines_inside_a_value_stay(text: str, value: str) -> None:
    assert parse_filters([text]) == {"message": {"eq": value}}


def test_a_word_before_a_sign_belongs_to_the_value() -> None:
    assert parse_filters(["message contains a=b"]) == {"message": {"contains": "a=b"}}


def test_several_filters_on_one_column_all_hold() -> None:
    assert parse_filters(["id>=5", "id<9", "message contains x"]) == {
        "id": {"gte": "5", "lt": "9"},
        "message": {"contains": "x"},
    }


def test_every_operator_of_the_catalog_can_be_written() -> None:
    for operator in all_operators():
        ((_, found),) = parse_filters([f"device_ip {operator} 1"]).items()
        assert list(found) == [operator]


def test_filters_are_what_the_config_takes() -> None:
    texts = ["log_level=error,CRITICAL", "device_ip cidr 10.0.0.0/8", "ips.risk_score>=50", "message!=x"]
    config = parse_config({"data_types": ["logs", "ips"], "filters": parse_filters(texts)})
    logs, ips = config.selections()
    assert [(c.column, c.operator.name, c.values) for c in logs.conditions] == [
        ("log_level", "in", ("ERROR", "CRITICAL")),
        ("device_ip", "cidr", ("10.0.0.0/8",)),
        ("message", "ne", ("x",)),
    ]
    assert [(c.column, c.operator.name, c.values) for c in ips.conditions] == [("risk_score", "gte", (50.0,))]


@pytest.mark.parametrize(
    "text", ["", "log_level", "=ERROR", "log_level like E", "a b c", "log level=x", "!="]
)
def test_a_text_that_is_not_a_filter_is_rejected_with_examples(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_filters([text])
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("--filter", text)
    assert "log_level=ERROR,CRITICAL" in problem.allowed


@pytest.mark.parametrize("text", ["log_level=", "id > ", "message contains", "process_name in "])
def test_a_filter_without_a_value_is_rejected(text: str) -> None:
    with pytest.raises(ConfigError, match="has no value"):
        parse_filters([text])


def test_the_same_condition_twice_is_rejected_with_advice() -> None:
    with pytest.raises(ConfigError, match="log_level eq is given twice"):
        parse_filters(["log_level=ERROR", "log_level=INFO"])
