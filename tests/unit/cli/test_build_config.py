"""The config of a command: a file, the options given besides, and who wins."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lumber.cli.privacy_options import privacy_parts
from lumber.cli.selection_options import BATCH_SIZE, build_config
from lumber.cli.split_options import split_values
from lumber.cli.training_options import order_values, sample_values, sequence_values
from lumber.errors import ConfigError
from lumber.exports import ExportConfig
from lumber.exports.options.sequences import SequenceConfig

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


@pytest.mark.parametrize(
    ("in_file", "given", "expected"),
    [
        ({"split": "time"}, {"split": {"embargo_seconds": 60.0}}, {"mode": "time", "embargo_seconds": 60}),
        (
            {"deduplicate": "burst"},
            {"deduplicate": {"burst_seconds": 5}},
            {"mode": "burst", "burst_seconds": 5},
        ),
        ({"order": "shuffle"}, {"order": {"seed": 3}}, {"by": "shuffle", "seed": 3}),
        ({"sequences": "session"}, {"sequences": {"gap_seconds": 5}}, {"mode": "session", "gap_seconds": 5}),
        ({"sequences": True}, {"sequences": {"size": 20}}, {"size": 20}),
        ({"sequences": False}, {"sequences": {"size": 20}}, {"size": 20}),
        ({"sample": 0.1}, {"sample": {"seed": 3}}, {"share": 0.1, "seed": 3}),
        ({"sample": 50}, {"sample": {"stratify": "log_level"}}, {"rows": 50, "stratify": "log_level"}),
        ({"sample": 50}, {"sample": {"share": 0.1}}, {"share": 0.1}),
        ({"templates": {"similarity": 0.5}}, {"templates": True}, {"similarity": 0.5}),
        (
            {"privacy": "token"},
            {"privacy_parts": {"secrets": False}},
            {"addresses": "token", "secrets": False},
        ),
        ({"privacy": "token"}, {"privacy": "on"}, {"addresses": "token"}),
        ({}, {"privacy_parts": {"identifiers": ["mac"]}}, {"identifiers": ["mac"]}),
        (
            {},
            {"privacy": "truncate", "privacy_parts": {"ipv4_prefix": 16}},
            {"addresses": "truncate", "ipv4_prefix": 16},
        ),
    ],
)
def test_an_option_adds_to_a_short_form_in_the_file(
    config_file: WriteConfig, in_file: dict[str, Any], given: dict[str, Any], expected: dict[str, Any]
) -> None:
    (name,) = {key.removesuffix("_parts") for key in given}
    config = build_config(config_file({"data_types": ["logs"]} | in_file), **given)
    assert config == ExportConfig.model_validate({"data_types": ["logs"], name: expected})


@pytest.mark.parametrize("in_file", [{}, {"sample": None}, {"sample": {"share": None, "seed": 2}}])
def test_a_seed_and_strata_alone_ask_for_the_sample(config_file: WriteConfig, in_file: Any) -> None:
    given = sample_values(None, "log_level", 3)
    with pytest.raises(ConfigError) as caught:
        build_config(config_file({"data_types": ["logs"]} | in_file), sample=given)
    assert {problem.field for problem in caught.value.problems} == {"--stratify", "--sample-seed"}
    assert all("give --sample, such as --sample 0.1" in problem.message for problem in caught.value.problems)


def test_a_seed_of_the_order_alone_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"order\.seed: has no meaning .* only with shuffle"):
        build_config(None, data_types=["logs"], order=order_values(None, 4))


def test_parts_of_privacy_that_is_off_are_refused() -> None:
    with pytest.raises(ConfigError, match="--privacy: replaces nothing"):
        build_config(None, data_types=["logs"], privacy="none", privacy_parts={"secrets": False})


def test_the_options_say_all_of_splits_sequences_and_privacy() -> None:
    split = split_values("time_group", None, None, None, None, None, 0.25)
    assert split == {"mode": "time_group", "unseen": 0.25}
    sliding = sequence_values("sliding", 60, 30, "seconds", None, 200, True)
    session = sequence_values("session", None, None, None, "2m")
    hidden = privacy_parts(16, None, "mac, user", True)
    config = build_config(
        None, data_types=["logs"], split=split, sequences=sliding, privacy="truncate", privacy_parts=hidden
    )
    assert config.split.unseen == 0.25
    assert config.sequences == SequenceConfig(
        mode="sliding", size=60, step=30, unit="seconds", max_length=200, drop_last=True
    )
    assert config.privacy is not None
    assert config.privacy.model_dump(mode="json") == {
        "addresses": "truncate",
        "ipv4_prefix": 16,
        "ipv6_prefix": 48,
        "identifiers": ["mac", "user"],
        "secrets": False,
    }
    assert build_config(None, data_types=["logs"], sequences=session).sequences == SequenceConfig(
        mode="session", gap_seconds=120
    )
    assert privacy_parts(None, None, "none", False) == {"identifiers": []}
    assert privacy_parts(None, None, None, False) == {}


@pytest.mark.parametrize(
    ("gap", "words"), [("soon", "--sequence-gap: 'soon' is not a time"), ("1.5s", "1.5")]
)
def test_a_gap_that_is_no_whole_number_of_seconds_is_refused(gap: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build_config(None, data_types=["logs"], sequences=sequence_values("session", None, None, None, gap))
