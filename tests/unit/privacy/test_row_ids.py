"""Ids of rows become other numbers: each its own, the same under one key, and references agree."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.registry import get_kind
from lumber.exports.disguise import Disguise
from lumber.exports.options.privacy import PrivacyOptions
from lumber.privacy.row_ids import RowIds, id_columns, permutation
from tests.examples import examples
from tests.unit.privacy.rules import OTHER_KEY, records, rule

RULE = rule(renumbers_ids=True)
SMALL = 2**52
IDS = st.one_of(
    st.integers(0, 100),
    st.integers(0, SMALL - 1),
    st.sampled_from([SMALL - 1, SMALL, -1, 2**63 - 1, -(2**63)]),
    st.integers(-(2**63), 2**63 - 1),
)


def of(ids, made=RULE, kind: str = "logs") -> list[int]:
    return permutation(made, kind).of(np.array(ids, np.int64)).tolist()


@examples(100)
@given(st.lists(IDS, min_size=1, unique=True))
def test_every_id_gets_its_own_number_of_the_same_range(ids) -> None:
    found = of(ids)
    assert len(set(found)) == len(ids)
    assert [0 <= id_ < SMALL for id_ in ids] == [0 <= each < SMALL for each in found]
    # Whatever the batch.
    assert [of([id_])[0] for id_ in ids] == found


def test_numbers_look_random_and_depend_on_the_key_the_context_and_the_kind() -> None:
    ids = range(1, 5_001)
    found = of(ids)
    assert len({*found}) == 5_000
    assert 0.4 < sum(each < SMALL // 2 for each in found) / 5_000 < 0.6
    rising = sum(a < b for a, b in pairwise(found))
    assert 0.4 < rising / 5_000 < 0.6
    others = [
        of(ids, rule(renumbers_ids=True, key=OTHER_KEY)),
        of(ids, rule(renumbers_ids=True, context="Acme")),
        of(ids, kind="anomalies"),
    ]
    for other in others:
        assert not {*found} & {*other}


def test_references_agree_and_nulls_stay() -> None:
    anomalies = get_kind("anomalies")
    assert id_columns(anomalies) == {"id": "anomalies", "log_entry_id": "logs"}
    frame = records(
        "anomalies",
        {"id": 7, "log_entry_id": 3, "anomaly_type": "a"},
        {"id": 8, "log_entry_id": None, "anomaly_type": "a"},
    )
    batch = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(anomalies.schema).to_batches()[0]
    changed = RowIds(RULE, anomalies).records(batch)
    assert changed.schema == batch.schema
    assert changed.column("id").to_pylist() == of([7, 8], kind="anomalies")
    assert changed.column("log_entry_id").to_pylist() == [of([3])[0], None]
    assert changed.drop_columns(["id", "log_entry_id"]) == batch.drop_columns(["id", "log_entry_id"])


def test_values_of_rejects_are_renumbered_and_anything_else_is_left_out() -> None:
    found = RowIds(RULE, get_kind("anomalies"))
    assert found.texts("log_entry_id", pl.Series(["3", "x3", None])).to_list() == [
        str(of([3])[0]),
        None,
        None,
    ]


def test_marks_agree_as_before() -> None:
    disguise = Disguise(RULE)
    ended = disguise.mark({"snapshot": None, "max_ids": {"logs": 300}})
    begins = disguise.mark({"max_ids": {"logs": 310}, "since": {"logs": {"max_id": 300, "snapshot": None}}})
    assert ended["max_ids"]["logs"] == begins["since"]["logs"]["max_id"] == of([300])[0]
    plain = {"snapshot": "1:2:", "max_ids": {"logs": 3}}
    assert Disguise(rule()).mark(plain) == Disguise(None).mark(plain) == plain


@pytest.mark.parametrize("changes", [{}, {"addresses": "drop", "identifiers": []}])
def test_it_needs_the_key(changes) -> None:
    options = PrivacyOptions(renumber_ids=True, **changes)
    assert options.needs_key
    assert options.rule(RULE.key).renumbers_ids
