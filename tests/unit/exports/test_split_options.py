"""SplitOptions: defaults that change nothing, and errors that name field, value and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from lumber.errors import ConfigError
from lumber.exports import ExportConfig
from lumber.exports.parsing import parse_config
from lumber.steps.recipe import PLAIN


def config(split: Any, *kinds: str, **fields: Any) -> ExportConfig:
    return parse_config({"data_types": list(kinds or ["logs"]), "split": split, **fields})


def test_an_old_config_is_not_split_and_has_all_columns() -> None:
    old = parse_config({"data_types": ["logs"]})
    assert old.recipe(old.kinds[0]) == PLAIN
    assert old.written_kinds() == old.kinds


def test_the_name_of_a_mode_is_enough() -> None:
    assert config("time").split == config({"mode": "time"}).split


def test_it_survives_json() -> None:
    given = config({"mode": "time", "dates": {"test": "2026-03-01"}, "embargo_seconds": 60})
    assert parse_config(given.as_json()) == given
    assert given.as_json()["split"]["dates"] == {"test": "2026-03-01T00:00:00Z"}


def test_a_share_of_0_is_no_split() -> None:
    ratios = {"train": 0.9, "validation": 0, "test": 0.1}
    assert config({"mode": "group", "ratios": ratios}).split.shares == (
        ("train", 0.9),
        ("test", 0.1),
    )


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("tme", ["split.mode", "'tme'", "time_group"]),
        ({"mode": "time", "colour": 1}, ["split.colour", "is not a field", "embargo_seconds"]),
        ({"ratios": {"train": 0.5}}, ["split.ratios", "0.5"]),
        ({"ratios": {"train": 0.5, "tset": 0.5}}, ["split.ratios.tset", "validation"]),
        ({"ratios": {"train": 0, "test": 1}}, ["split.ratios.train", "greater than 0"]),
        ({"ratios": {"train": -1, "test": 2}}, ["split.ratios.train", "between 0 and 1"]),
        ({"mode": "group", "dates": {"test": "2026-01-01"}}, ["split.dates", "group", "time"]),
        ({"mode": "time", "dates": {"test": "soon"}}, ["split.dates.test", "'soon'"]),
        ({"mode": "time", "dates": {"train": "2026-01-01"}}, ["split.dates.train"]),
        (
            {"mode": "time", "dates": {"validation": "2026-02-01", "test": "2026-01-01"}},
            ["split.dates", "validation before test"],
        ),
        (
            {"mode": "time", "dates": {"test": "2026-02-01"}, "ratios": {"train": 0.5, "test": 0.5}},
            ["split.dates", "split.ratios"],
        ),
        ({"mode": "random", "embargo_seconds": 5}, ["split.embargo_seconds", "random"]),
        ({"mode": "time", "embargo_seconds": -5}, ["split.embargo_seconds", "-5"]),
        ({"mode": "group", "by": "id"}, ["split.by", "'id'", "device_id"]),
        ({"mode": "time_group", "unseen": 1}, ["split.unseen", "1"]),
        ({"by": "process_name"}, ["split.by", "with mode none", "group, time_group"]),
        ({"ratios": {"train": 1}}, ["split.ratios", "with mode none"]),
        ({"seed": 3}, ["split.seed", "with mode none"]),
        ({"mode": "random", "by": "process_name"}, ["split.by", "with mode random"]),
        ({"mode": "group", "unseen": 0.5}, ["split.unseen", "only with time_group"]),
        ({"seed": -1}, ["split.seed", "-1"]),
        (7, ["split", "7"]),
    ],
)
def test_errors_name_the_field_and_what_is_allowed(split: Any, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        config(split)
    for word in words:
        assert word in str(caught.value)


def test_every_kind_needs_the_column_of_the_groups() -> None:
    assert config({"mode": "group", "by": "process_name"}, "logs", "anomalies").split.by == "process_name"
    with pytest.raises(ConfigError, match="not a text column of ips"):
        config({"mode": "group", "by": "process_name"}, "logs", "ips")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"logs": ["mesage"]}, ["fields.logs", "'mesage'", "message"]),
        ({"ips": ["address"]}, ["fields.ips", "not exported", "logs"]),
        ({"logs": []}, ["fields.logs", "at least one column"]),
        ({"logs": ["message", "message"]}, ["fields.logs", "twice"]),
    ],
)
def test_columns_that_are_not_there_are_refused(fields: Any, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"data_types": ["logs"], "fields": fields})
    for word in words:
        assert word in str(caught.value)
