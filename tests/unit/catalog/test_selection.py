"""Filters are closed: what is not declared is refused, by field, with what is allowed."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from lumber.catalog import operators
from lumber.catalog.operators import operators_for
from lumber.catalog.registry import all_kinds, get_kind
from lumber.catalog.selection import Condition, select
from lumber.errors import ConfigError, FieldProblem

LOGS, ANOMALIES, IPS = (get_kind(name) for name in ("logs", "anomalies", "ips"))


def conditions(**filters: Any) -> tuple[Condition, ...]:
    (selection,) = select([LOGS], filters=filters)
    return selection.conditions


def problem(filters: dict[str, Any], kinds: Any = (LOGS,)) -> FieldProblem:
    with pytest.raises(ConfigError) as caught:
        select(kinds, filters=filters)
    (found,) = caught.value.problems
    assert str(found) in str(caught.value)
    return found


@pytest.mark.parametrize(
    ("given", "condition"),
    [
        ("cron", Condition("process_name", operators.EQ, ("cron",))),
        (["cron", "sshd"], Condition("process_name", operators.IN, ("cron", "sshd"))),
        (None, Condition("process_name", operators.IS_NULL, (True,))),
        ({"ne": "cron"}, Condition("process_name", operators.NE, ("cron",))),
        ({"not_in": ["cron"]}, Condition("process_name", operators.NOT_IN, ("cron",))),
        ({"is_null": "false"}, Condition("process_name", operators.IS_NULL, (False,))),
        (42, Condition("process_name", operators.EQ, ("42",))),
    ],
)
def test_short_forms_become_conditions(given: Any, condition: Condition) -> None:
    assert conditions(process_name=given) == (condition,)


def test_one_column_may_carry_several_operators() -> None:
    assert conditions(id={"gte": 5, "lt": "9"}) == (
        Condition("id", operators.GTE, (5,)),
        Condition("id", operators.LT, (9,)),
    )


def test_a_level_is_recognised_in_any_case() -> None:
    assert conditions(log_level="error") == (Condition("log_level", operators.EQ, ("ERROR",)),)


def test_a_network_loses_its_host_bits() -> None:
    assert conditions(device_ip={"cidr": "10.1.2.3/8"})[0].values == ("10.0.0.0/8",)


@pytest.mark.parametrize(
    "given",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31T14:00:00+02:00",
        datetime(2026, 1, 31, 12, tzinfo=UTC),
    ],
)
def test_a_time_is_brought_to_utc(given: Any) -> None:
    assert conditions(timestamp={"gte": given})[0].values == (datetime(2026, 1, 31, 12, tzinfo=UTC),)


def test_a_column_may_carry_its_kind() -> None:
    logs, ips = select([LOGS, IPS], filters={"ips.device_id": "a"})
    assert (logs.conditions, len(ips.conditions)) == ((), 1)


def test_a_column_without_a_kind_applies_wherever_it_exists() -> None:
    logs, anomalies, ips = select([LOGS, ANOMALIES, IPS], filters={"severity_text": "x", "device_id": "a"})
    assert [len(selection.conditions) for selection in (logs, anomalies, ips)] == [2, 1, 1]


def test_processes_apply_to_kinds_that_have_one() -> None:
    logs, ips = select([LOGS, IPS], processes=["cron", "sshd"])
    assert logs.conditions == (Condition("process_name", operators.IN, ("cron", "sshd")),)
    assert ips.conditions == ()


@pytest.mark.parametrize("name", ["nothing", "ips.address", "logs.nothing", "logs.", "", "tx", "logs.tx"])
def test_an_undeclared_column_is_refused_with_what_can_be_filtered(name: str) -> None:
    found = problem({name: 7})
    assert (found.field, found.value) == (f"filters.{name}", 7)
    assert found.allowed == tuple(f"logs.{column}" for column in LOGS.filterable)


@pytest.mark.parametrize("operator", ["like", "gte", "EQ", "", "cidr"])
def test_an_undeclared_operator_is_refused_with_the_columns_own(operator: str) -> None:
    found = problem({"message": {operator: "x"}})
    assert (found.field, found.value) == ("filters.message", "x")
    assert found.allowed == tuple(operators_for(LOGS.column("message")))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", {"gte": "five"}),
        ("id", {"gte": True}),
        ("id", {"gte": 2**63}),
        ("id", {"gte": 1.5}),
        ("id", {"gte": [1, 2]}),
        ("id", []),
        ("id", {"not_in": []}),
        ("timestamp", {"gte": "yesterday"}),
        ("timestamp", {"gte": "0001-01-01T00:00:00+05:00"}),
        ("timestamp", {"gte": datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))}),
        ("message", {"contains": "a\x00b"}),
        ("message", {"contains": "\ud800"}),
        ("message", {"contains": {"a": 1}}),
        ("message", True),
        ("message", {"is_null": "maybe"}),
        ("device_ip", {"cidr": "10.0.0.0/33"}),
        ("device_ip", {"cidr": ["10.0.0.0/8", "nonsense"]}),
        ("log_level", "LOUD"),
        ("log_level", ["ERROR", "LOUD"]),
    ],
)
def test_a_wrong_value_is_refused_by_field_and_value(column: str, value: Any) -> None:
    found = problem({column: value})
    assert found.field == f"filters.{column}"
    assert found.value == (next(iter(value.values())) if isinstance(value, dict) else value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, "high", True, None, []])
def test_a_score_must_be_a_finite_number(value: Any) -> None:
    assert problem({"risk_score": {"gte": value}}, [IPS]).field == "filters.risk_score"


def test_a_wrong_level_names_the_levels() -> None:
    assert problem({"log_level": "LOUD"}).allowed == ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def test_an_empty_object_needs_an_operator() -> None:
    assert problem({"message": {}}).allowed == tuple(operators_for(LOGS.column("message")))


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        select([LOGS], filters={"nothing": 1, "id": "x", "log_level": "LOUD"})
    assert [found.field for found in caught.value.problems] == [
        "filters.nothing",
        "filters.id",
        "filters.log_level",
    ]


def test_every_declared_column_and_operator_is_accepted() -> None:
    samples = {
        "log_level": "ERROR",
        "timestamp": "2026-01-01",
        "first_seen": "2026-01-01",
        "last_seen": "2026-01-01",
    }
    special = {"is_null": True, "cidr": "10.0.0.0/8"}
    for kind in all_kinds().values():
        for name, column in kind.filterable.items():
            for operator in operators_for(column):
                value = special.get(operator, samples.get(name, "1"))
                (selection,) = select([kind], filters={f"{kind.name}.{name}": {operator: value}})
                assert [condition.operator.name for condition in selection.conditions] == [operator]
