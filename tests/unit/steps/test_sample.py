"""Samples: a function of ids and seed, whatever the batches; numbers and strata to the row."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import polars as pl
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.kind import Kind
from lumber.catalog.registry import get_kind
from lumber.steps.cast import cast_batch
from lumber.steps.sample import SampleCounts, SampleRequest, SampleRule
from lumber.steps.step import Records
from lumber.steps.transform import DataTransformer
from tests.unit.engine.batches import NOON, batch_of

LOGS = get_kind("logs")
LEVELS = ("info", "error", "no such level")


def records_of(kind: Kind, rows: list[dict[str, object]]) -> pa.RecordBatch:
    return DataTransformer(kind).apply(cast_batch(batch_of(kind, *rows), kind).frame)


def logs(count: int) -> pa.RecordBatch:
    rows: list[dict[str, object]] = [
        {
            "id": number,
            "timestamp": NOON + timedelta(seconds=number),
            "severity_text": LEVELS[number % 7 // 3],
        }
        for number in range(1, count + 1)
    ]
    return records_of(LOGS, rows)


def kept_ids(rule: SampleRule, records: pa.RecordBatch) -> list[int]:
    mask = rule.kept(records, LOGS)
    return pl.Series(pl.from_arrow(records.column("id"))).filter(mask).to_list()


def counted(request: SampleRequest, records: pa.RecordBatch, cuts: list[int]) -> SampleCounts:
    """Count in batches, each by itself, and merge them from the last to the first."""
    total = request.fit(LOGS)
    edges = sorted({0, *(cut % (records.num_rows + 1) for cut in cuts), records.num_rows})
    for low, high in reversed(list(pairwise(edges))):
        part = request.fit(LOGS)
        part.add(Records(records.slice(low, high - low)))
        total.merge(part)
    return total


def test_a_share_keeps_about_that_share_and_the_same_rows_in_any_batches() -> None:
    records = logs(20_000)
    rule = SampleRule.of_share(0.3, seed=1)
    whole = kept_ids(rule, records)
    parts = [kept_ids(rule, records.slice(start, 777)) for start in range(0, 20_000, 777)]
    assert whole == [number for part in parts for number in part]
    assert 5_700 < len(whole) < 6_300
    assert kept_ids(SampleRule.of_share(0.3, seed=2), records) != whole
    # A smaller share of the same seed is a part of a larger one.
    assert set(kept_ids(SampleRule.of_share(0.1, seed=1), records)) < set(whole)


def test_an_anomaly_stays_with_its_log_line() -> None:
    kind = get_kind("anomalies")
    rows: list[dict[str, object]] = [
        {"id": number, "log_entry_id": None if number % 5 == 0 else number % 300 + 1}
        for number in range(1, 1_001)
    ]
    anomalies = records_of(kind, rows)
    rule = SampleRule.of_share(0.5, seed=3)
    kept = set(kept_ids(rule, logs(300)))
    mask = rule.kept(anomalies, kind).to_list()
    for is_kept, log in zip(mask, anomalies.column("log_entry_id").to_pylist(), strict=True):
        assert log is None or is_kept == (log in kept)
    assert any(mask)


@given(
    st.integers(1, 400),
    st.integers(1, 500),
    st.integers(0, 2**63 - 1),
    st.lists(st.integers(0, 1_000), max_size=5),
)
def test_a_number_of_rows_is_met_to_the_row(rows: int, wanted: int, seed: int, cuts: list[int]) -> None:
    records = logs(rows)
    request = SampleRequest(seed, wanted, None, None)
    rule = request.fitted(counted(request, records, cuts))
    assert len(kept_ids(rule, records)) == min(rows, wanted)
    assert rule == request.fitted(counted(request, records, []))


@given(st.integers(1, 400), st.integers(1, 500), st.lists(st.integers(0, 1_000), max_size=5))
def test_strata_keep_their_proportions(rows: int, wanted: int, cuts: list[int]) -> None:
    records = logs(rows)
    request = SampleRequest(9, wanted, None, "log_level")
    rule = request.fitted(counted(request, records, cuts))
    levels = Counter(records.column("log_level").to_pylist())
    kept = Counter(records.filter(rule.kept(records, LOGS).to_arrow()).column("log_level").to_pylist())
    total = min(rows, wanted)
    assert kept.total() == total
    for level, count in levels.items():
        assert abs(kept[level] - total * count / rows) < len(levels)
        assert kept[level] or total < len(levels)


def test_a_share_of_strata_is_met_to_the_row() -> None:
    records = logs(1_000)
    request = SampleRequest(4, None, 0.1, "log_level")
    rule = request.fitted(counted(request, records, [10, 500]))
    assert len(kept_ids(rule, records)) == 100


def test_nothing_can_be_sampled_of_nothing() -> None:
    request = SampleRequest(0, 10, None, None)
    assert kept_ids(request.fitted(request.fit(LOGS)), logs(3)) == []
