"""The config of a command: a file, the options given besides, and who wins."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lumber.cli.selection_options import BATCH_SIZE, build_config
from lumber.errors import ConfigError
from lumber.exports import ExportConfig

WriteConfig = Callable[[Any], Path]


@pytest.fixture
def config_file(tmp_path: Path) -> WriteConfig:
    def write(value: Any) -> Path:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(value))
        return path

    return write


def test_options_alone_make_a_config_with_large_batches() -> None:
    config = build_config(None, data_types=["logs"], start_date=None, processes=[], filters=["id>1"])
    assert config == ExportConfig(data_types=["logs"], filters={"id": {"gt": "1"}}, batch_size=BATCH_SIZE)


def test_a_file_alone_keeps_the_defaults_of_the_config(config_file: WriteConfig) -> None:
    config = build_config(config_file({"data_types": ["ips"]}), data_types=None, processes=[], filters=None)
    assert config == ExportConfig(data_types=["ips"])
    assert config.batch_size == 1000


def test_options_win_over_the_file(config_file: WriteConfig) -> None:
    in_file = {
        "data_types": ["ips"],
        "start_date": "2020-01-01",
        "batch_size": 5,
        "include_metadata": True,
        "output_format": "csv",
        "compression": True,
    }
    config = build_config(
        config_file(in_file),
        data_types=["logs"],
        batch_size=6,
        include_metadata=False,
        output_format="jsonl",
        compression=False,
    )
    assert config == ExportConfig(
        data_types=["logs"],
        start_date="2020-01-01",
        batch_size=6,
        include_metadata=False,
        output_format="jsonl",
        compression=False,
    )


def test_filters_are_joined_and_the_options_win_per_column(config_file: WriteConfig) -> None:
    in_file = {"data_types": ["logs"], "filters": {"log_level": "ERROR", "id": {"gt": 1, "lt": 9}}}
    config = build_config(config_file(in_file), filters=["id>=5", "message contains x"])
    assert config.filters == {"log_level": "ERROR", "id": {"gte": "5"}, "message": {"contains": "x"}}


def test_a_file_may_leave_out_what_the_options_say(config_file: WriteConfig) -> None:
    assert build_config(config_file({"batch_size": 5}), data_types=["logs"]) == ExportConfig(
        data_types=["logs"], batch_size=5
    )


def test_an_option_replaces_a_wrong_value_of_the_file(config_file: WriteConfig) -> None:
    assert build_config(config_file({"data_types": ["logs"], "batch_size": 0}), batch_size=5).batch_size == 5


def test_problems_of_file_and_options_are_reported_together(config_file: WriteConfig) -> None:
    with pytest.raises(ConfigError) as caught:
        build_config(config_file({"data_types": ["logs"], "colour": "red"}), batch_size=0, filters=["x=1"])
    assert {problem.field for problem in caught.value.problems} == {"colour", "batch_size", "filters.x"}


@pytest.mark.parametrize("value", [[], "logs", {"data_types": ["logs"], "filters": ["id>1"]}])
def test_a_file_of_the_wrong_shape_is_refused_also_with_options(config_file: WriteConfig, value: Any) -> None:
    with pytest.raises(ConfigError):
        build_config(config_file(value), data_types=["logs"], filters=["id>1"])
