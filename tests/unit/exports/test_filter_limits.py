"""What one config may ask for: more is an error that names the field, the size and the limit."""

from typing import Any

import pytest

from lumber.catalog.filter_values import MAX_CONDITIONS, MAX_TEXT, MAX_VALUES
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.parsing import parse_config


def problem_of(**fields: Any) -> FieldProblem:
    with pytest.raises(ConfigError) as caught:
        parse_config({"data_types": ["logs"], **fields})
    (problem,) = caught.value.problems
    assert len(str(problem)) < 1_000
    return problem


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "form", [lambda values: values, lambda values: {"not_in": values}], ids=["in", "not_in"]
)
def test_a_list_of_too_many_values_is_refused_by_its_size(form: Any) -> None:
    values = [f"text {number}" for number in range(MAX_VALUES)]
    parse_config({"data_types": ["logs"], "filters": {"message": form(values)}})

    problem = problem_of(filters={"log_level": "ERROR", "message": form([*values, "one more"])})

    assert (problem.field, problem.value) == ("filters.message", MAX_VALUES + 1)
    assert "has 10,001 values" in problem.message
    assert problem.allowed == ("at most 10,000 in all",)


def test_the_values_of_all_filters_count_together() -> None:
    half = [f"text {number}" for number in range(MAX_VALUES // 2)]
    problem = problem_of(filters={"message": half, "process_name": [*half, "one more"]})
    assert (problem.field, problem.value) == ("filters.process_name", MAX_VALUES // 2 + 1)
    assert problem.message == "has 5,001 values, and all filters have 10,001"


def test_too_many_conditions_are_one_problem() -> None:
    problem = problem_of(filters={f"unknown {number}": 1 for number in range(50_000)})
    assert (problem.field, problem.value) == ("filters", 50_000)
    assert problem.allowed == (f"at most {MAX_CONDITIONS}",)


@pytest.mark.parametrize("operator", ["eq", "contains", "starts_with", "in"])
def test_a_long_text_is_refused_by_its_size(operator: str) -> None:
    fitting = "x" * MAX_TEXT
    parse_config({"data_types": ["logs"], "filters": {"message": {operator: [fitting]}}})
    problem = problem_of(filters={"message": {operator: [fitting + "x"]}})
    assert (problem.field, problem.value) == ("filters.message", MAX_TEXT + 1)
    assert problem.allowed == ("at most 10,000 characters",)


def test_a_wrong_value_in_a_long_list_is_shown_alone() -> None:
    problem = problem_of(filters={"id": [*range(5_000), "many"]})
    assert problem.value == "many"


@pytest.mark.parametrize(
    ("fields", "field", "value"),
    [
        ({"processes": ["a"] * (MAX_VALUES + 1)}, "processes", MAX_VALUES + 1),
        ({"processes": ["a" * (MAX_TEXT + 1)]}, "processes.0", MAX_TEXT + 1),
        ({"data_types": ["logs"] * 101}, "data_types", 101),
        ({"fields": {"logs": ["id"] * 1_001}}, "fields.logs", 1_001),
        ({"labels": {"detectors": ["a"] * 1_001}}, "labels.detectors", 1_001),
        ({"templates": {"masks": ["number"] * 101}}, "templates.masks", 101),
    ],
)
def test_other_lists_have_limits_too(fields: dict[str, Any], field: str, value: int) -> None:
    problem = problem_of(**fields)
    assert (problem.field, problem.value) == (field, value)
    assert problem.allowed[0].startswith("at most")


@pytest.mark.parametrize("depth", [30, 900, 20_000])
@pytest.mark.parametrize("name", ["filters", "batch_size", "unknown"])
def test_a_config_that_nests_deeply_is_refused(name: str, depth: int) -> None:
    assert problem_of(**{name: nested(depth)}).message == "nests deeper than 20 levels"
