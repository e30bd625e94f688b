"""k-anonymity: exact counts of groups of rows, whatever the order and the memory."""

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.registry import get_kind
from lumber.dataset.anonymity import Anonymity, single_columns
from lumber.dataset.manifest import AnonymitySection
from lumber.errors import ConfigError
from lumber.exports.config import ExportConfig
from lumber.exports.parsing import parse_config

VALUE = st.one_of(st.none(), st.sampled_from(["a", "b", "ab", "", "a,", "\N{WHITE SMILING FACE}"]))
SETS = (("x",), ("x", "y"), ("n",))


def batch(rows) -> pa.RecordBatch:
    columns = {"x": pa.string(), "y": pa.string(), "n": pa.int64()}
    arrays = [pa.array([row[at] for row in rows], type_) for at, type_ in enumerate(columns.values())]
    return pa.RecordBatch.from_arrays(arrays, list(columns))


def expected(rows, at: tuple[int, ...], columns: tuple[str, ...]) -> AnonymitySection:
    sizes = Counter(tuple(row[each] for each in at) for row in rows)
    return AnonymitySection(
        columns=list(columns),
        k=min(sizes.values(), default=0),
        groups=len(sizes),
        unique_rows=sum(size == 1 for size in sizes.values()),
    )


@given(st.lists(st.tuples(VALUE, VALUE, st.integers(0, 3)), max_size=60), st.sampled_from([2, 5, 1_000]))
def test_groups_are_counted_exactly_in_any_memory(rows, most: int) -> None:
    with Anonymity(SETS, most_in_memory=most) as found:
        for at in range(0, len(rows), 7):
            found.add(batch(rows[at : at + 7]))
        sections = found.finish()
    assert sections == [
        expected(rows, at, names) for at, names in zip(((0,), (0, 1), (2,)), SETS, strict=True)
    ]


@pytest.mark.parametrize(
    ("sets", "changes", "message"),
    [
        (
            [["nothing"]],
            {},
            r"0: no exported data type is written with the column nothing \(allowed: device_id, ",
        ),
        ([["id"], ["message", "a", "b"]], {}, "1: no exported data type is written with the column a, b "),
        (
            [["message", "address"]],
            {"data_types": ["logs", "ips"]},
            r"with all of message, address \(allowed: of logs device_id, .*, of ips address, ",
        ),
        ([["message"]], {"fields": {"logs": ["id"]}}, "no exported data type is written"),
        ([["message", "message"]], {}, "names a column twice: message, message"),
        ([["message"]], {"dataset": "plant", "incremental": True}, "an increment reads only new ones"),
    ],
)
def test_sets_that_no_data_type_has_are_refused(sets, changes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config({"data_types": ["logs"], "privacy": {"k_anonymity": sets}, **changes})


def test_a_config_without_them_keeps_its_hash() -> None:
    plain = ExportConfig(data_types=["logs"], privacy=True)
    assert (
        plain.hash == ExportConfig(data_types=["logs"], privacy={"k_anonymity": [], "drop_scope": False}).hash
    )
    assert plain.hash != ExportConfig(data_types=["logs"], privacy={"k_anonymity": [["message"]]}).hash


def test_columns_that_may_single_out_rows_are_sets_by_themselves() -> None:
    columns = ["log_level", "severity_number", "process_name", "device_id", "device_ip", "host_name"]
    assert single_columns(get_kind("logs")) == columns
    assert {"id", "log_entry_id", "timestamp", "features", "description"}.isdisjoint(
        single_columns(get_kind("anomalies"))
    )
    assert {"address", "ip_scope", "risk_score"} <= {*single_columns(get_kind("ips"))}


def test_many_sets_take_less_memory_each() -> None:
    sets = [("x",), *[("x", "y")] * 12]
    with Anonymity(sets) as found:
        found.add(batch([("a", "b", 1), ("a", None, 2)]))
        sections = found.finish()
    assert sections == [expected([("a", "b"), ("a", None)], (0,) if len(names) == 1 else (0, 1), names)
                        for names in sets]  # fmt: skip
