"""The leakage certificate against plain Python, however the rows are cut and wherever the counts are kept."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.registry import get_kind
from lumber.dataset.leakage.certificate import Certifier
from lumber.dataset.leakage.counts import Compared
from lumber.steps.split import SPLITS

START = datetime(2026, 1, 1, tzinfo=UTC)
LOGS = pa.schema(
    [
        ("timestamp", pa.timestamp("us", "UTC")),
        ("message", pa.string()),
        ("device_id", pa.string()),
        ("template_id", pa.string()),
    ]
)
Row = dict[str, Any]


def plain_form(text: str) -> str:
    """Bring a text of the words below to its normal form, in plain Python."""
    return re.sub(r"\s+", " ", re.sub("[0-9.]*[0-9][0-9.]*", "#", text.lower()).strip())


def reference(rows: Sequence[tuple[str, Row]]) -> list[dict[str, Any]]:
    """Compare every pair of splits, value by value."""
    values = {
        "exact": lambda row: row["message"],
        "near": lambda row: plain_form(row["message"]),
        "template": lambda row: None if row["template_id"] == "<unk>" else row["template_id"],
        "groups": lambda row: row["device_id"],
    }
    found = []
    counts = Counter(split for split, _ in rows)
    for a, b in combinations([split for split in SPLITS if counts[split]], 2):
        section: dict[str, Any] = {"a": a, "b": b, "rows_a": counts[a], "rows_b": counts[b]}
        for measure, value in values.items():
            in_a = {value(row) for split, row in rows if split == a}
            shared = [value(row) for split, row in rows if split == b and value(row) in in_a]
            shared = [item for item in shared if item is not None]
            section[measure] = (len(set(shared)), len(shared), round(len(shared) / counts[b], 6))
        times = {split: [row["timestamp"] for of, row in rows if of == split] for split in (a, b)}
        gap = max(min(times[b]) - max(times[a]), min(times[a]) - max(times[b])).total_seconds()
        section["time"] = (gap <= 0, max(gap, 0.0))
        found.append(section)
    return found


def plain(certificate: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a certificate as `reference` writes it."""
    found = []
    for section in certificate:
        item = {name: section[name] for name in ("a", "b", "rows_a", "rows_b")}
        for measure in ("exact", "near", "template", "groups"):
            item[measure] = tuple(section[measure][name] for name in ("values", "rows", "share"))
        item["time"] = (section["time"]["overlap"], section["time"]["gap_seconds"])
        found.append(item)
    return found


def certificate(
    rows: Sequence[tuple[str, Row]], batch_size: int = 1_000, most_in_memory: int = 1 << 20
) -> list[dict[str, Any]]:
    compared = Compared.of(get_kind("logs"), LOGS.names, {})
    with Certifier(compared, most_in_memory=most_in_memory) as certifier:
        for split in SPLITS:
            own = [row for of, row in rows if of == split]
            for first in range(0, len(own), batch_size):
                batch = pa.RecordBatch.from_pylist(own[first : first + batch_size], schema=LOGS)
                certifier.add(split, batch)
        return [section.as_json() for section in certifier.finish()]


messages = st.lists(
    st.sampled_from(["link", "Link", "up", "port 7", "port 12", "10.0.0.1", "eth0", " ", "\t", "é", ""]),
    max_size=3,
).map(" ".join)
some_rows = st.lists(
    st.tuples(
        st.sampled_from(["train", "validation", "test", "test_unseen"]),
        st.fixed_dictionaries(
            {
                "timestamp": st.integers(0, 50).map(lambda second: START + timedelta(seconds=second)),
                "message": messages,
                "device_id": st.sampled_from(["a", "b", "c", None]),
                "template_id": st.sampled_from(["t_1", "t_2", "<unk>", None]),
            }
        ),
    ),
    max_size=40,
)


@given(some_rows, st.integers(1, 9), st.sampled_from([1, 4, 16, 1 << 20]))
def test_it_is_what_plain_python_counts(
    rows: list[tuple[str, Row]], batch_size: int, most_in_memory: int
) -> None:
    assert plain(certificate(rows, batch_size, most_in_memory)) == reference(rows)


def test_more_values_than_memory_holds_are_counted_exactly() -> None:
    # Every value of test that is divisible by three is in train; every message comes twice.
    rows = [("train", row(number * 3)) for number in range(2_000)]
    rows += [("test", row(number)) for number in range(3_000)] * 2
    section = certificate(rows, batch_size=100, most_in_memory=500)[0]
    assert section["exact"] == {"columns": ["message"], "values": 1_000, "rows": 2_000, "share": 0.333333}
    assert section["near"]["rows"] == 6_000


def row(number: int) -> Row:
    return {
        "timestamp": START,
        "message": f"session {number} of the user",
        "device_id": None,
        "template_id": None,
    }


def test_one_split_has_nothing_to_share_with() -> None:
    assert certificate([("train", row(1))]) == []


def test_what_was_not_written_is_null_with_the_reason() -> None:
    compared = Compared.of(get_kind("logs"), ["log_level"], {"by": "host_name"})
    assert compared.columns == ()
    with Certifier(compared) as certifier:
        for split in ("train", "test"):
            certifier.add(split, pa.RecordBatch.from_pydict({"log_level": ["INFO", None]}))
        section = certifier.finish()[0].as_json()
    assert [section[name] for name in ("exact", "near", "template", "groups", "time")] == [None] * 5
    assert section["rows_b"] == 2
    assert section["not_checked"] == {
        "exact": "message is not among the columns written",
        "near": "message is not among the columns written",
        "template": "template_id is not among the columns written",
        "groups": "host_name is not among the columns written",
        "time": "timestamp is not among the columns written",
    }


def test_anomalies_are_compared_by_type_and_description() -> None:
    kind = get_kind("anomalies")
    compared = Compared.of(kind, kind.schema.names, {})
    pairs = {
        "train": [("spike", None), ("spike", "load 7"), ("scan", "")],
        "test": [("spike", None), ("spike", "load 8"), ("scan", None), ("spike", ""), ("scanspike", None)],
    }
    with Certifier(compared) as certifier:
        for split, values in pairs.items():
            columns: dict[str, Any] = {"anomaly_type": [], "description": []}
            for type_, description in values:
                columns["anomaly_type"].append(type_)
                columns["description"].append(description)
            nulls = {"device_id": [None] * len(values)}
            times = {"timestamp": pa.array([START] * len(values), pa.timestamp("us", "UTC"))}
            certifier.add(split, pa.RecordBatch.from_pydict({**columns, **nulls, **times}))
        section = certifier.finish()[0].as_json()
    assert (section["exact"]["columns"], section["exact"]["rows"]) == (["anomaly_type", "description"], 1)
    assert section["near"]["rows"] == 2
    assert section["groups"]["rows"] == 0


def test_addresses_are_compared_whole_and_as_late_as_they_were_seen() -> None:
    kind = get_kind("ips")
    compared = Compared.of(kind, kind.schema.names, {})
    types = {name: kind.schema.field(name).type for name in compared.columns}
    with Certifier(compared) as certifier:
        for split, addresses, day in (("train", ["10.0.0.1", "10.0.0.2"], 1), ("test", ["10.0.0.2"], 3)):
            values = {
                "address": addresses,
                "device_id": ["a"] * len(addresses),
                "last_seen": [datetime(2026, 1, day, tzinfo=UTC)] * len(addresses),
                "first_seen": [START] * len(addresses),
            }
            if split == "train":
                # Damaged: it was last seen before it was first seen.
                values["first_seen"][0] = datetime(2026, 1, 2, tzinfo=UTC)
            arrays = {name: pa.array(values[name], types[name]) for name in compared.columns}
            certifier.add(split, pa.RecordBatch.from_pydict(arrays))
        section = certifier.finish()[0].as_json()
    assert section["exact"]["share"] == 1
    assert section["near"] is None
    assert "nearly" in section["not_checked"]["near"]
    assert section["time"] == {"columns": ["last_seen"], "overlap": False, "gap_seconds": 86_400.0}
