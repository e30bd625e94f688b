"""An operator is one declaration. An incomplete or ambiguous one fails when it is made or loaded."""

import json
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

import pytest

from lumber.catalog.kind import Filtering
from lumber.catalog.operators import (
    BUILT_IN,
    CIDR,
    EQ,
    GT,
    Operator,
    all_operators,
    checked,
    operators_for,
)
from lumber.catalog.registry import all_kinds


def test_the_operators_are_found_in_reading_order() -> None:
    assert tuple(all_operators().values())[: len(BUILT_IN)] == BUILT_IN
    assert [str(each) for each in BUILT_IN[:4]] == ["eq", "ne", "in", "not_in"]


@pytest.mark.parametrize("part", [each.name for each in fields(Operator) if each.default is MISSING])
def test_an_operator_without_one_of_its_parts_cannot_be_made(part: str) -> None:
    parts: dict[str, Any] = {each.name: getattr(EQ, each.name) for each in fields(Operator)}
    assert Operator(**parts) == EQ
    del parts[part]
    with pytest.raises(TypeError, match=part):
        Operator(**parts)


@pytest.mark.parametrize(
    "changes", [{"name": "Ends With"}, {"name": ""}, {"name": "=$"}, {"columns": frozenset()}]
)
def test_an_operator_that_no_filter_could_use_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="operator"):
        replace(EQ, **changes)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        (replace(EQ, signs=()), "two operators are named 'eq'"),
        (replace(EQ, name="is"), "'eq' and 'is' have the sign '='"),
        (replace(GT, name="above", signs=(), list_form="any_above"), "'above': its list form 'any_above'"),
        (replace(GT, name="above", signs=(), list_form="gt"), "'above': its list form 'gt'"),
    ],
)
def test_operators_that_contradict_each_other_are_refused(more: Operator, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        checked((*BUILT_IN, more))


def test_a_list_form_may_take_a_list_or_one_value() -> None:
    assert "within" in checked((*BUILT_IN, replace(GT, name="within", signs=(), list_form=CIDR.name)))


@pytest.mark.parametrize("filtering", list(Filtering))
def test_every_way_of_filtering_has_operators(filtering: Filtering) -> None:
    columns = [
        column for kind in all_kinds().values() for column in kind.columns if column.filtering is filtering
    ]
    assert columns
    assert all("is_null" in operators_for(column) for column in columns)


def test_a_column_without_filtering_has_no_operators() -> None:
    column = all_kinds()["anomalies"].column("score_max")
    assert (column.filtering, operators_for(column)) == (None, {})


def test_the_form_has_the_words_of_the_declarations() -> None:
    path = Path(__file__).parents[3] / "frontend" / "src" / "lib" / "api" / "operators.json"
    assert json.loads(path.read_text()) == {
        each.name: {"label": each.label, "takes": each.takes.value} for each in BUILT_IN
    }
