"""LabelOptions: off by default, short forms, and errors that name field, value and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from lumber.cli.label_options import label_values
from lumber.cli.selection_options import build_config
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


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((False, None, False, False, None), None),
        ((True, None, False, False, []), {}),
        ((False, "90s", False, False, None), {"window_seconds": {"before": 90, "after": 90}}),
        ((False, "1h,0", False, False, None), {"window_seconds": {"before": 3_600, "after": 0}}),
        (
            (False, None, True, True, ["a"]),
            {"assume_normal": True, "confirmed_only": True, "detectors": ["a"]},
        ),
    ],
)
def test_the_options_of_the_command_line(options: Any, expected: Any) -> None:
    assert label_values(*options) == expected


def test_a_window_that_is_no_time_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--label-window: '5x' is not a time"):
        label_values(True, "5x", False, False, None)


@pytest.mark.parametrize("in_file", [None, True, {"assume_normal": True}])
def test_the_command_line_and_a_file_each_say_a_part(tmp_path: Any, in_file: Any) -> None:
    path = tmp_path / "config.json"
    path.write_text(config(in_file).model_dump_json())
    labels = build_config(path, labels={"confirmed_only": True}).labels
    assert labels is not None
    assert labels.confirmed_only
    assert labels.assume_normal == (in_file not in (None, True))
