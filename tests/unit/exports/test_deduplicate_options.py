"""DeduplicateOptions: defaults that change nothing, and errors that name field, value and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from lumber.catalog.registry import get_kind
from lumber.errors import ConfigError
from lumber.exports import ExportConfig
from lumber.exports.parsing import parse_config
from lumber.steps.deduplicate import DuplicateMode, DuplicateRule

LOGS, IPS = get_kind("logs"), get_kind("ips")


def config(deduplicate: Any, **fields: Any) -> ExportConfig:
    return parse_config({"data_types": ["logs", "ips"], "deduplicate": deduplicate, **fields})


def test_the_name_of_a_mode_is_enough() -> None:
    assert config("burst") == config({"mode": "burst", "burst_seconds": 60})
    assert config("off") == parse_config({"data_types": ["logs", "ips"]})


@pytest.mark.parametrize("given", ["off", "exact", "burst", {"mode": "burst", "burst_seconds": 5}])
def test_it_survives_json(given: Any) -> None:
    assert parse_config(config(given).as_json()) == config(given)


def test_only_kinds_with_messages_get_a_rule_and_columns() -> None:
    burst = config({"mode": "burst", "burst_seconds": 5})
    assert burst.recipe(LOGS).step("duplicates") == DuplicateRule(DuplicateMode.BURST, 5_000_000)
    assert burst.recipe(IPS).step("duplicates") is None
    logs, ips = burst.written_kinds()
    assert logs.schema.names[-3:] == ["repeat_count", "first_timestamp", "last_timestamp"]
    assert not any(logs.schema.field(name).nullable for name in logs.schema.names[-3:])
    assert all(logs.descriptions[name] for name in logs.schema.names[-3:])
    assert ips == IPS
    assert config("exact").written_kinds() == (LOGS, IPS)
    assert config("off").recipe(LOGS).step("duplicates") is None


def test_the_columns_of_bursts_can_be_chosen() -> None:
    chosen = ["message", "repeat_count"]
    assert config("burst", fields={"logs": chosen}).written_kinds()[0].schema.names == chosen
    with pytest.raises(ConfigError, match="repeat_count"):
        config("exact", fields={"logs": chosen})


def test_dates_of_a_split_may_not_divide_a_burst() -> None:
    dates = {"validation": "2026-05-01T12:00:00Z", "test": "2026-05-01T12:00:30Z"}
    split = {"mode": "time", "dates": dates}
    assert config({"mode": "burst", "burst_seconds": 30}, split=split)
    assert config("exact", split=split)
    with pytest.raises(
        ConfigError, match=r"split\.dates\.test.*multiple of deduplicate\.burst_seconds \(60\)"
    ):
        config("burst", split=split)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("some", ["deduplicate.mode", "'some'", "burst"]),
        ({"mode": "burst", "colour": 1}, ["deduplicate.colour", "is not a field", "burst_seconds"]),
        ({"mode": "burst", "burst_seconds": 0}, ["deduplicate.burst_seconds", "0"]),
        ({"mode": "burst", "burst_seconds": 3_601}, ["deduplicate.burst_seconds", "3600"]),
        ({"mode": "burst", "burst_seconds": 1.5}, ["deduplicate.burst_seconds", "1.5"]),
        ({"mode": "exact", "burst_seconds": 5}, ["deduplicate.burst_seconds", "exact", "burst"]),
        ({"burst_seconds": 5}, ["deduplicate.burst_seconds", "off", "burst"]),
    ],
)
def test_problems_name_the_field_and_what_is_allowed(given: Any, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        config(given)
    assert all(word in str(caught.value) for word in words), str(caught.value)
