"""The digest of fitted steps: a function of what was found, not of the order in which it was found."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from lumber.steps.fit_digest import fit_digest
from lumber.steps.sample import SampleCounts, SampleRequest
from lumber.steps.step import Step


@dataclass(frozen=True)
class Found(Step):
    """A step that holds anything."""

    value: Any = None
    later: tuple[int, ...] = ()
    table: Mapping[str, int] = field(default_factory=dict, repr=False)

    name = "found"


def sample(strata: list[str | None]) -> SampleCounts:
    """Return counts whose strata were seen in this order."""
    counts = SampleCounts(SampleRequest(7, None, 0.5, "log_level"))
    for stratum in strata:
        numbers = np.array([len(stratum or "") + n for n in range(5)], np.uint64)
        counts.rows[stratum], counts.smallest[stratum] = len(numbers), numbers
    return counts


def test_a_sample_has_one_digest_whatever_the_order_of_its_strata() -> None:
    strata: list[str | None] = [None, "", "ERROR", "INFO", "WARNING"]
    digests = set()
    for seed in range(20):
        random.Random(seed).shuffle(strata)
        counts = sample(strata)
        digests.add(fit_digest([counts.request.fitted(counts)]))
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"b": 1, None: 2}, {None: 2, "b": 1}),
        ({"x", "y", "z"}, {"z", "y", "x"}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ((1, [2.5, None, True, "t"]), [1, (2.5, None, True, "t")]),
        (np.arange(3), np.arange(3)),
    ],
)
def test_equal_values_have_one_digest(one: object, other: object) -> None:
    assert fit_digest([Found(one)]) == fit_digest([Found(other)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Found(1), Found(2)),
        (Found("1"), Found(1)),
        (Found(None), Found("None")),
        (Found([["a"], "b"]), Found(["a", ["b"]])),
        (Found(later=(1,)), Found(later=(2,))),
        (Found(table={"a": 1}), Found(table={"a": 2})),
        (Found(np.arange(3)), Found(np.arange(4))),
    ],
)
def test_other_values_have_another_digest(one: Step, other: Step) -> None:
    assert fit_digest([one]) != fit_digest([other])


def test_a_field_that_is_new_and_has_its_default_changes_no_digest() -> None:
    @dataclass(frozen=True)
    class Before(Step):
        value: Any = None

        name = "found"

    Before.__name__ = "Found"
    assert fit_digest([Before(5)]) == fit_digest([Found(5)])
