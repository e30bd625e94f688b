"""LabelOptions: off by default, short forms, and errors that name field, value and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from lumber.errors import ConfigError
from lumber.exports import ExportConfig
from lumber.exports.parsing import parse_config
from lumber.steps.labels import LabelRule
from lumber.steps.recipe import PLAIN
from lumber.steps.step import Step

NAMES = ["label", "anomaly_types", "anomaly_score", "label_source"]


def config(labels: Any, *kinds: str, **fields: Any) -> ExportConfig:
    return parse_config({"data_types": list(kinds or ["logs"]), "labels": labels, **fields})


def rule(labels: Any) -> Step | None:
    asked = config(labels)
    return asked.recipe(asked.kinds[0]).step("labels")


@pytest.mark.parametrize("labels", [None, False])
def test_without_labels_nothing_is_added(labels: Any) -> None:
    plain = config(labels)
    assert plain.recipe(plain.kinds[0]) == PLAIN
    assert plain.written_kinds() == plain.kinds


@pytest.mark.parametrize("labels", [True, {}])
def test_true_is_enough(labels: Any) -> None:
    assert rule(labels) == LabelRule()


def test_a_number_is_a_window_on_both_sides() -> None:
    assert rule({"window_seconds": 1.5}) == LabelRule(window_us=(1_500_000, 1_500_000))
    assert rule({"window_seconds": {"before": 0.000001}}) == LabelRule(window_us=(1, 0))


def test_only_logs_have_the_columns() -> None:
    logs, ips = config(True, "logs", "ips").written_kinds()
    assert logs.schema.names[-4:] == NAMES
    assert [str(logs.schema.field(name).type) for name in NAMES] == ["int8", "string", "double", "string"]
    assert "label" not in ips.schema.names
    assert {name for name in NAMES if logs.descriptions[name]} == set(NAMES)


def test_it_survives_json() -> None:
    given = config({"window_seconds": 60, "detectors": ["a", "b", "a"], "confirmed_only": True})
    assert parse_config(given.as_json()) == given
    assert given.as_json()["labels"] == {
        "window_seconds": {"before": 60.0, "after": 60.0},
        "assume_normal": False,
        "confirmed_only": True,
        "detectors": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("labels", "kinds", "words"),
    [
        (True, ["ips"], ["labels", "logs", "data_types"]),
        ({"colour": 1}, ["logs"], ["labels.colour", "is not a field", "window_seconds"]),
        ({"window_seconds": -1}, ["logs"], ["labels.window_seconds.before", "-1"]),
        ({"window_seconds": {"after": "soon"}}, ["logs"], ["labels.window_seconds.after", "'soon'"]),
        ({"window_seconds": {"around": 1}}, ["logs"], ["labels.window_seconds.around", "is not a field"]),
        ({"window_seconds": 1e300}, ["logs"], ["labels.window_seconds.before"]),
        ({"detectors": [""]}, ["logs"], ["labels.detectors", "name of a detector"]),
        ("yes", ["logs"], ["labels", "'yes'"]),
    ],
)
def test_what_is_wrong_is_said(labels: Any, kinds: list[str], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        config(labels, *kinds)
    text = str(caught.value)
    assert [word for word in words if word not in text] == []


def test_a_label_column_can_be_chosen_with_labels_only() -> None:
    fields = {"logs": ["label", "message"]}
    (kind,) = config(True, fields=fields).written_kinds()
    assert kind.schema.names == fields["logs"]
    with pytest.raises(ConfigError, match="'label' is not a column of logs"):
        config(None, fields=fields)
