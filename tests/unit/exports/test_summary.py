"""What an export has, in one line."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lumber.exports import ExportConfig
from lumber.exports.summary import summary_of


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"data_types": ["logs"]}, "logs · all time · json"),
        (
            {
                "data_types": ["logs", "ips"],
                "start_date": datetime(2026, 1, 1, tzinfo=UTC),
                "end_date": "2026-01-31",
                "output_format": "parquet",
                "compression": "zstd",
            },
            "logs, ips · 2026-01-01 to 2026-01-31 · parquet zstd",
        ),
        (
            {"data_types": ["logs"], "start_date": "2026-01-01T12:30:00+01:00", "end_before": "2026-02-01"},
            "logs · from 2026-01-01 11:30, before 2026-02-01 · json",
        ),
        ({"data_types": ["logs"], "end_date": "2026-01-31"}, "logs · until 2026-01-31 · json"),
        (
            {"data_types": ["ips"], "filters": {"risk_score": {"gte": 50}, "device_id": ["r-1"]}},
            "ips · risk_score ≥ 50 · device_id = r-1 · all time · json",
        ),
        (
            {
                "data_types": ["logs"],
                "filters": {"log_level": ["ERROR", "CRITICAL"], "device_id": {"is_null": False}},
                "processes": ["a", "b", "c", "d", "e"],
            },
            "logs · log_level = ERROR or CRITICAL · device_id is not null · processes a, b, c or 2 more · "
            "all time · json",
        ),
        (
            {"data_types": ["logs"], "split": {"mode": "time_group"}, "labels": True, "privacy": True},
            "logs · all time · split by time and device_id · labels · private · json",
        ),
        (
            {"data_types": ["logs"], "split": "random", "sample": {"share": 0.1}, "dataset": "plant"},
            "logs · all time · random split · sample of 10% · json · into plant",
        ),
    ],
)
def test_a_config_is_summed_up_in_one_line(config: dict[str, Any], text: str) -> None:
    assert summary_of(ExportConfig(**config).as_json()) == text


def test_long_filters_are_cut_and_stay_one_line() -> None:
    filters = {f"column_{number}": {"contains": "x\n" * 100} for number in range(5)}
    text = summary_of({"data_types": ["logs"], "filters": filters})
    assert text.endswith(" · 2 more filters · all time · json")
    assert text.isprintable()
    assert len(text) < 300


@pytest.mark.parametrize(
    "config",
    [
        None,
        "text",
        {},
        {"data_types": None, "split": 7, "sample": "x", "start_date": 5, "filters": [1], "processes": "sshd"},
        {"data_types": ["logs"], "start_date": "0001-01-01T00:00:00+14:00", "filters": {"a": {"in": None}}},
    ],
)
def test_any_stored_config_has_a_line(config: Any) -> None:
    assert isinstance(summary_of(config), str)
