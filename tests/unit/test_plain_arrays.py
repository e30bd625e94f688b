"""Numbers between Arrow and NumPy: the same values, in the same type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber import plain_arrays

TYPES = [pa.int8(), pa.uint8(), pa.int32(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(), pa.float64()]


@given(st.lists(st.integers(0, 100)), st.sampled_from(TYPES), st.integers(0, 5))
def test_values_go_there_and_back(values: list[int], type_: pa.DataType, skipped: int) -> None:
    array = pa.array(values, pa.int64()).cast(type_).slice(skipped)
    numbers = plain_arrays.from_arrow(array)
    assert numbers.tolist() == values[skipped:]
    assert plain_arrays.to_arrow(numbers).equals(array)


def test_values_that_do_not_lie_in_a_row_are_copied() -> None:
    assert plain_arrays.to_arrow(np.arange(10)[::3]).to_pylist() == [0, 3, 6, 9]


@pytest.mark.parametrize("array", [pa.array([1, None]), pa.array(["a"]), pa.array([True])])
def test_what_has_no_place_in_numpy_is_refused(array: pa.Array[Any]) -> None:
    with pytest.raises(ValueError, match=r"with nulls|is not a type of numbers"):
        plain_arrays.from_arrow(array)


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string()])
def test_the_empty_text(type_: pa.DataType) -> None:
    text = plain_arrays.empty_text(type_)
    assert (text.type, text.as_py()) == (type_, "")
