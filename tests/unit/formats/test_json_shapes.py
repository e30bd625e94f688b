"""What readers must know about the values of a column of JSON."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.formats.json_shapes import JsonShape, JsonShapes, merged_shapes
from lumber.formats.registry import get_format

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


def shape_of(values: list[Any], *, has_types: bool = True) -> JsonShape:
    shapes = JsonShapes(["data"], has_types=has_types)
    texts = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values]
    shapes.add(pa.record_batch({"data": pa.array(texts, pa.string())}))
    return shapes.shapes["data"]


@pytest.mark.parametrize(
    ("values", "is_varied"),
    [
        ([{"a": 1}, {"a": 2.5}, {"a": None}, None, {}], False),
        ([{"a": 1}, {"b": {"c": [1]}}, {"b": {"c": [None, 2]}}], False),
        ([{"a": True}, {"a": 1}], True),
        ([[1], {"a": 1}], True),
        ([[[1], ["x"]]], True),
        ([{"a": 2**53 + 1}, {"a": 0.5}], True),
        ([{f"k{number}": 1} for number in range(2_000)], True),
    ],
)
def test_values_vary_if_they_have_no_common_type(values: list[Any], is_varied: bool) -> None:
    assert shape_of(values).is_varied == is_varied


@given(st.lists(VALUES, max_size=6), st.integers(0, 6))
def test_parts_merge_to_the_shape_of_the_whole(values: list[Any], cut: int) -> None:
    parts = [{"data": shape_of(values[:cut])}, {"data": shape_of(values[cut:])}]
    assert merged_shapes(parts)["data"] == shape_of(values)


def test_only_documents_need_one_type_for_all_values() -> None:
    varied, long = shape_of([1, "x"]), shape_of([2**64])
    texts, wide = shape_of(["5"]), shape_of([2**63])
    for shape, formats in ((varied, {"json"}), (long, {"json", "jsonl"}), (texts, {"json", "jsonl"})):
        assert {
            name for name in ("json", "jsonl", "csv") if get_format(name).needs_json_text(shape)
        } == formats
    assert get_format("json").needs_json_text(wide)
    assert not get_format("jsonl").needs_json_text(wide)
