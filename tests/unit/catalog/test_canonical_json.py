"""Canonical JSON: one text per value, and no value changed on the way."""

import json
import math
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumber.catalog.canonical_json import canonical_json, canonical_series

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_value_is_kept_exactly(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = canonical_json(json.dumps(value, ensure_ascii=ascii_only, indent=indent))
    assert text is not None
    assert typed(json.loads(text)) == typed(value)


@given(VALUES)
@example(5.106258724428387e-05)
@example([1e-7, 10**40, 5.5e-05])
def test_canonical_text_is_its_own_canonical_form(value: Any) -> None:
    text = canonical_json(json.dumps(value))
    assert text is not None
    assert canonical_json(text) == text


@given(st.dictionaries(TEXT, st.integers(), min_size=2, max_size=5))
def test_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    backwards = dict(reversed(value.items()))
    assert canonical_json(json.dumps(value)) == canonical_json(json.dumps(backwards))


def typed(value: Any) -> Any:
    """Tell 1 from 1.0 and True, and 0.0 from -0.0."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value), value, math.copysign(1, value) if isinstance(value, float) else None


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, 2**63, 2**64, 2**64 + 1, -(2**63) - 1, 10**40])
@pytest.mark.parametrize("template", ["{}", '{{"n": {}}}', "[{}, 1.5]"])
def test_big_integers_stay_exact(number: int, template: str) -> None:
    text = canonical_json(template.format(number))
    assert text is not None
    assert str(number) in text
    assert canonical_json(text) == text


def test_text_has_sorted_keys_no_spaces_and_no_escapes_that_are_not_needed() -> None:
    assert canonical_json('{ "b" : [ 1 , 2 ], "a" : "\\u00e9" }') == '{"a":"é","b":[1,2]}'


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "{",
            "nul",
            "{'a': 1}",
            "[1,]",
            "01",
            "1 2",
            "\ufeff{}",
            "NaN",
            "[NaN]",
            "Infinity",
            "1e999",
        ),
        *("[-1e999]", '"\\ud800"', '{"\\udfff": 1}', "[" * 100_000 + "]" * 100_000, "\ud800"),
        *(
            '["123456789012345678901", NaN]',
            '["123456789012345678901", 1e999]',
            '"\\ud800123456789012345678901"',
        ),
    ],
    ids=lambda text: ascii(text)[:40],
)
def test_invalid_text_has_no_canonical_form(text: str) -> None:
    assert canonical_json(text) is None


def test_a_column_is_looked_up_row_by_row() -> None:
    values, invalid = canonical_series(pl.Series(['{"b":1,"a":2}', None, "{", '{"b":1,"a":2}', "1"]))
    assert values.to_list() == ['{"a":2,"b":1}', None, None, '{"a":2,"b":1}', "1"]
    assert invalid.to_list() == [False, False, True, False, False]


@pytest.mark.parametrize("values", [[None, None], ["{}", "[]"], ["{}", None], []])
def test_a_column_that_is_canonical_stays_as_it_is(values: list[str | None]) -> None:
    series = pl.Series(values, dtype=pl.String)
    kept, invalid = canonical_series(series)
    assert kept.to_list() == values
    assert invalid.to_list() == [False] * len(values)


# Texts that would be good JSON if they were only joined with commas.
HALVES = st.sampled_from(
    [*("1,2", '"a', 'b"', "[1", "2]", '{"c":[{"d":1}', '{"e":2}]}', '{"a":1},{"b":2}'), "", " ", "1e5", "-0"]
)


@given(
    st.lists(HALVES | VALUES.map(json.dumps) | VALUES.map(lambda value: canonical_json(json.dumps(value))))
)
def test_neighbours_do_not_matter(texts: list[str]) -> None:
    values, invalid = canonical_series(pl.Series(texts, dtype=pl.String))
    assert values.to_list() == [canonical_json(text) for text in texts]
    assert invalid.to_list() == [canonical_json(text) is None for text in texts]


@pytest.mark.parametrize("size", [1, 127, 128, 129, 400])
def test_groups_of_every_size(size: int) -> None:
    texts = [f'{{"n":{number}}}' for number in range(size)]
    values, invalid = canonical_series(pl.Series([*texts, '{ "n":-1}', "{"]))
    assert values.to_list() == [*texts, '{"n":-1}', None]
    assert invalid.to_list() == [False] * (size + 1) + [True]
