"""The forms of options: what turns one off, what is rejected without an effect, and what errors name."""

from __future__ import annotations

from typing import Any

import pytest

from lumber.errors import ConfigError
from lumber.exports import ExportConfig
from lumber.exports.parsing import parse_config

LOGS = {"data_types": ["logs"]}


def config(**options: Any) -> ExportConfig:
    return parse_config(LOGS | options)


@pytest.mark.parametrize("name", ["labels", "sample", "templates", "sequences", "privacy"])
@pytest.mark.parametrize("value", [False, None])
def test_false_and_null_leave_an_option_out(name: str, value: Any) -> None:
    assert config(**{name: value}) == parse_config(LOGS)


@pytest.mark.parametrize("name", ["split", "deduplicate"])
@pytest.mark.parametrize("value", [False, None, {}])
def test_false_and_null_are_the_mode_that_does_nothing(name: str, value: Any) -> None:
    assert config(**{name: value}) == parse_config(LOGS)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"sample": "10%"}, ["sample: ", "got '10%'", "share such as 0.1", "50000", '{"rows"', "false"]),
        ({"sample": True}, ["sample: ", "got True", "share such as 0.1"]),
        ({"labels": "yes"}, ["labels: ", "got 'yes'", "true", "false", '{"assume_normal": true}']),
        ({"templates": "drain"}, ["templates: ", "got 'drain'", "true", "false", '{"similarity": 0.5}']),
        (
            {"sequences": [1]},
            ["sequences: ", "got [1]", "true", "false", "sliding", "session", '{"size": 20}'],
        ),
        ({"deduplicate": True}, ["deduplicate: ", "got True", "exact", "burst", '{"mode": "burst"', "false"]),
        ({"split": True}, ["split: ", "got True", "time_group", '{"mode": "time"}', "false"]),
        ({"order": 5}, ["order: ", "got 5", "time", "shuffle", '{"by": "shuffle"']),
    ],
)
def test_what_is_no_form_of_an_option_is_told_the_forms(option: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        config(**option)
    text = str(caught.value)
    assert [word for word in words if word not in text] == []
    assert "Input should be" not in text


@pytest.mark.parametrize(
    ("option", "fields", "words"),
    [
        (
            {"sequences": {"mode": "session", "size": 10, "unit": "seconds", "step": 3}},
            {"sequences.size", "sequences.unit", "sequences.step"},
            "only with mode sliding",
        ),
        (
            {"sequences": {"mode": "sliding", "gap_seconds": 5, "max_length": 7}},
            {"sequences.gap_seconds", "sequences.max_length"},
            "only with mode session or unit seconds",
        ),
        ({"order": {"by": "time", "seed": 5}}, {"order.seed"}, "only with shuffle"),
        ({"order": {"seed": 5}}, {"order.seed"}, "only with shuffle"),
    ],
)
def test_a_field_without_effect_is_rejected(option: dict[str, Any], fields: set[str], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(**option)
    assert {problem.field for problem in caught.value.problems} == fields
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "option",
    [
        {"sequences": "session"},
        {"sequences": {"mode": "session", "gap_seconds": 5, "max_length": 7, "drop_last": True}},
        {"sequences": {"mode": "sliding", "size": 10, "step": 3, "drop_last": False}},
        {"sequences": {"unit": "seconds", "size": 60, "max_length": 7}},
        {"order": "time"},
        {"order": {"by": "shuffle", "seed": 5}},
    ],
)
def test_a_config_as_it_is_stored_has_all_defaults_and_is_read_again(option: dict[str, Any]) -> None:
    (name,) = option
    given = config(**option)
    stored = given.as_json()
    assert stored[name].keys() == type(getattr(given, name)).model_fields.keys()
    assert parse_config(stored) == given


def test_a_sample_needs_a_size_and_one_only() -> None:
    for seed_alone in ({}, {"seed": 3}, {"stratify": "log_level"}):
        with pytest.raises(ConfigError, match=r"^sample: .*0\.1"):
            config(sample=seed_alone)
    with pytest.raises(ConfigError, match=r"^sample: .*share and rows"):
        config(sample={"share": 0.1, "rows": 5})


@pytest.mark.parametrize("value", [5, 1.5, "7", " 20260301 "])
def test_a_number_is_no_moment_of_a_split(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"^split\.dates\.test: .* 2026-01-31"):
        config(split={"mode": "time", "dates": {"test": value}})


def test_a_moment_of_a_split_that_leaves_the_calendar_in_utc_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"split\.dates\.test: .* outside the years 1 to 9999"):
        config(split={"mode": "time", "dates": {"test": "0001-01-01T00:00:00+14:00"}})
