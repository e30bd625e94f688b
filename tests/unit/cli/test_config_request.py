"""The config of a command: a file, options, `--set`, and which of them overrides which."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lumber.cli.config.request import ConfigRequest
from lumber.cli.config.table import BATCH_SIZE, FORMAT, OPTIONS, PARQUET_COMPRESSION
from lumber.errors import ConfigError
from lumber.exports import ExportConfig
from lumber.exports.options.sequences import SequenceConfig

WriteConfig = Callable[[Any], Path]
LOGS: dict[str, Any] = {"data_types": ["logs"]}
NAMES = {option.name for option in OPTIONS}


@pytest.fixture
def config_file(tmp_path: Path) -> WriteConfig:
    def write(value: Any) -> Path:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(value))
        return path

    return write


def build(file: Path | None = None, given: Mapping[str, Any] | None = None, *settings: str) -> ExportConfig:
    """Build the config of options, given by name, and `--set`."""
    assert given is None or given.keys() <= NAMES
    return ConfigRequest(file, given or {}, settings).build()


def of_logs(given: Mapping[str, Any], *settings: str) -> ExportConfig:
    """Build the config of an export of logs."""
    return build(None, {"--data-type": ["logs"], **given}, *settings)


def expected(**fields: Any) -> ExportConfig:
    usual = {"batch_size": BATCH_SIZE, "output_format": FORMAT}
    if fields.get("output_format", FORMAT) == FORMAT:
        usual["compression"] = PARQUET_COMPRESSION
    return ExportConfig.model_validate({**LOGS, **usual, **fields})


def problems(caught: pytest.ExceptionInfo[ConfigError]) -> set[str]:
    return {problem.field for problem in caught.value.problems}


# Options and the file


def test_options_alone_ask_for_parquet_with_zstd_in_large_batches() -> None:
    config = of_logs({"--filter": ["id>1"]})
    assert config == expected(filters={"id": {"gt": "1"}})
    assert (config.output_format, config.compression, config.batch_size) == ("parquet", "zstd", 20_000)


@pytest.mark.parametrize(
    ("given", "settings", "wanted"),
    [
        ({"--format": "csv"}, (), ("csv", "none")),
        ({"--format": "arrow"}, (), ("arrow", "none")),
        ({}, ("output_format=jsonl",), ("jsonl", "none")),
        ({"--compression": "none"}, (), ("parquet", "none")),
        ({"--compression": "gzip"}, (), ("parquet", "gzip")),
        ({}, ("compression=false",), ("parquet", "none")),
        ({"--format": "parquet"}, (), ("parquet", "zstd")),
    ],
)
def test_only_parquet_is_compressed_unless_asked(
    given: dict[str, Any], settings: tuple[str, ...], wanted: tuple[str, str]
) -> None:
    config = of_logs(given, *settings)
    assert (config.output_format, config.resolved_compression) == wanted


def test_a_file_alone_keeps_the_defaults_of_the_config(config_file: WriteConfig) -> None:
    config = build(config_file({"data_types": ["ips"]}))
    assert config == ExportConfig(data_types=["ips"])
    assert (config.output_format, config.compression, config.batch_size) == ("json", False, 1000)


def test_options_override_the_file(config_file: WriteConfig) -> None:
    in_file = {
        "data_types": ["ips"],
        "start_date": "2020-01-01",
        "batch_size": 5,
        "include_metadata": True,
        "output_format": "csv",
        "compression": True,
    }
    given = {
        "--data-type": ["logs"],
        "--batch-size": 6,
        "--metadata": False,
        "--format": "jsonl",
        "--compression": "false",
    }
    assert build(config_file(in_file), given) == ExportConfig(
        data_types=["logs"],
        start_date="2020-01-01",
        batch_size=6,
        include_metadata=False,
        output_format="jsonl",
        compression=False,
    )


@pytest.mark.parametrize(
    ("in_file", "option", "field"),
    [("end_date", "--end-before", "end_before"), ("end_before", "--end", "end_date")],
)
def test_one_end_overrides_the_other_in_the_file(
    config_file: WriteConfig, in_file: str, option: str, field: str
) -> None:
    config = build(config_file(LOGS | {in_file: "2026-01-31"}), {option: "2026-02-01"})
    assert config == ExportConfig.model_validate({**LOGS, field: "2026-02-01"})


def test_both_ends_are_rejected() -> None:
    with pytest.raises(ConfigError) as caught:
        of_logs({"--end": "2026-01-31", "--end-before": "2026-02-01"})
    assert problems(caught) == {"end_before"}


def test_filters_are_joined_and_override_the_file_per_column(config_file: WriteConfig) -> None:
    in_file = LOGS | {"filters": {"log_level": "ERROR", "id": {"gt": 1, "lt": 9}}}
    config = build(config_file(in_file), {"--filter": ["id>=5", "message contains x"]})
    assert config.filters == {"log_level": "ERROR", "id": {"gte": "5"}, "message": {"contains": "x"}}


def test_columns_override_the_file_per_data_type(config_file: WriteConfig) -> None:
    in_file = {"data_types": ["logs", "ips"], "fields": {"logs": ["id"], "ips": ["id", "address"]}}
    config = build(config_file(in_file), {"--fields": ["logs= timestamp, message"]})
    assert config.fields == {"logs": ["timestamp", "message"], "ips": ["id", "address"]}


def test_a_file_may_leave_out_what_the_options_say(config_file: WriteConfig) -> None:
    config = build(config_file({"batch_size": 5}), {"--data-type": ["logs"]})
    assert config == ExportConfig(data_types=["logs"], batch_size=5)


def test_an_option_replaces_a_wrong_value_of_the_file(config_file: WriteConfig) -> None:
    assert build(config_file(LOGS | {"batch_size": 0}), {"--batch-size": 5}).batch_size == 5


def test_problems_of_file_and_options_are_reported_together(config_file: WriteConfig) -> None:
    with pytest.raises(ConfigError) as caught:
        build(config_file(LOGS | {"colour": "red"}), {"--batch-size": 0, "--filter": ["x=1"]})
    assert problems(caught) == {"colour", "batch_size", "filters.x"}


@pytest.mark.parametrize("value", [[], "logs", LOGS | {"filters": ["id>1"]}, LOGS | {"split": 5}])
def test_a_file_of_the_wrong_shape_is_rejected_also_with_options(
    config_file: WriteConfig, value: Any
) -> None:
    with pytest.raises(ConfigError):
        build(config_file(value), {"--data-type": ["logs"], "--filter": ["id>1"], "--split": "time"})


@pytest.mark.parametrize(
    ("in_file", "given", "field", "value"),
    [
        ({"split": "time"}, {"--embargo": "1m"}, "split", {"mode": "time", "embargo_seconds": 60}),
        (
            {"deduplicate": "burst"},
            {"--burst-seconds": 5},
            "deduplicate",
            {"mode": "burst", "burst_seconds": 5},
        ),
        ({"order": "shuffle"}, {"--order-seed": 3}, "order", {"by": "shuffle", "seed": 3}),
        (
            {"sequences": "session"},
            {"--sequence-gap": "5s"},
            "sequences",
            {"mode": "session", "gap_seconds": 5},
        ),
        ({"sequences": True}, {"--sequence-size": 20}, "sequences", {"size": 20}),
        ({"sequences": False}, {"--sequence-size": 20}, "sequences", {"size": 20}),
        ({"sample": 0.1}, {"--sample-seed": 3}, "sample", {"share": 0.1, "seed": 3}),
        ({"sample": 50}, {"--stratify": "log_level"}, "sample", {"rows": 50, "stratify": "log_level"}),
        ({"sample": 50}, {"--sample": "0.1"}, "sample", {"share": 0.1}),
        ({"sample": {"share": 0.5, "seed": 2}}, {"--sample": "9"}, "sample", {"rows": 9, "seed": 2}),
        ({"templates": {"similarity": 0.5}}, {"--templates": True}, "templates", {"similarity": 0.5}),
        ({"templates": False}, {"--templates": True}, "templates", True),
        ({"labels": True}, {"--confirmed-only": True}, "labels", {"confirmed_only": True}),
        (
            {"labels": {"assume_normal": True}},
            {"--confirmed-only": True},
            "labels",
            {"assume_normal": True, "confirmed_only": True},
        ),
        ({"labels": {"window_seconds": 5}}, {"--labels": True}, "labels", {"window_seconds": 5}),
        ({"privacy": "token"}, {"--keep-secrets": True}, "privacy", {"addresses": "token", "secrets": False}),
        ({"privacy": "token"}, {"--privacy": "on"}, "privacy", {"addresses": "token"}),
        ({"privacy": "token"}, {"--privacy": "none"}, "privacy", None),
        ({}, {"--identifiers": "mac"}, "privacy", {"identifiers": ["mac"]}),
        ({}, {"--privacy": "on"}, "privacy", True),
    ],
)
def test_an_option_adds_to_a_short_form_in_the_file(
    config_file: WriteConfig, in_file: dict[str, Any], given: dict[str, Any], field: str, value: Any
) -> None:
    config = build(config_file(LOGS | in_file), given)
    assert config == ExportConfig.model_validate({**LOGS, field: value})


@pytest.mark.parametrize("in_file", [{}, {"sample": None}, {"sample": {"share": None, "seed": 2}}])
def test_a_seed_and_strata_alone_ask_for_the_sample(config_file: WriteConfig, in_file: Any) -> None:
    with pytest.raises(ConfigError, match=r"--sample 0\.1") as caught:
        build(config_file(LOGS | in_file), {"--stratify": "log_level", "--sample-seed": 3})
    assert problems(caught) == {"--stratify", "--sample-seed"}


def test_a_seed_of_the_order_alone_is_rejected() -> None:
    with pytest.raises(ConfigError) as caught:
        of_logs({"--order-seed": 4})
    assert problems(caught) == {"order.seed"}


@pytest.mark.parametrize("part", [{"--keep-secrets": True}, {"--ipv4-prefix": 8}, {"--identifiers": "mac"}])
def test_parts_of_privacy_that_is_off_are_rejected(part: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        of_logs({"--privacy": "none", **part})
    assert problems(caught) == {"--privacy"}


# Texts of options


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"--split": "time_group", "--unseen": 0.25}, "split", {"mode": "time_group", "unseen": 0.25}),
        (
            {"--split": "time", "--split-ratio": "train=0.5, test=0.5"},
            "split",
            {"mode": "time", "ratios": {"train": 0.5, "test": 0.5}},
        ),
        (
            {"--split": "time", "--split-date": ["validation=2026-01-01", "test=2026-02-01"]},
            "split",
            {"mode": "time", "dates": {"validation": "2026-01-01", "test": "2026-02-01"}},
        ),
        (
            {
                "--sequences": "sliding",
                "--sequence-size": 60,
                "--sequence-step": 30,
                "--sequence-unit": "seconds",
                "--sequence-max-length": 200,
                "--sequence-drop-last": False,
            },
            "sequences",
            SequenceConfig(
                mode="sliding", size=60, step=30, unit="seconds", max_length=200, drop_last=False
            ).model_dump(),
        ),
        (
            {"--sequences": "session", "--sequence-gap": "2m"},
            "sequences",
            {"mode": "session", "gap_seconds": 120},
        ),
        (
            {
                "--privacy": "truncate",
                "--ipv4-prefix": 16,
                "--ipv6-prefix": 40,
                "--identifiers": "mac, user",
                "--keep-secrets": True,
            },
            "privacy",
            {
                "addresses": "truncate",
                "ipv4_prefix": 16,
                "ipv6_prefix": 40,
                "identifiers": ["mac", "user"],
                "secrets": False,
            },
        ),
        ({"--identifiers": "none"}, "privacy", {"identifiers": []}),
        ({"--sample": "10%"}, "sample", 0.1),
        ({"--sample": "50000"}, "sample", 50_000),
        ({"--labels": True}, "labels", True),
        ({"--label-window": "90s"}, "labels", {"window_seconds": 90}),
        ({"--label-window": "1h,0"}, "labels", {"window_seconds": {"before": 3_600, "after": 0}}),
        (
            {"--assume-normal": True, "--confirmed-only": True, "--detector": ["a"]},
            "labels",
            {"assume_normal": True, "confirmed_only": True, "detectors": ["a"]},
        ),
        (
            {"--deduplicate": "burst", "--burst-seconds": 30},
            "deduplicate",
            {"mode": "burst", "burst_seconds": 30},
        ),
        ({"--process": ["sshd"]}, "processes", ["sshd"]),
        ({"--compression": "gzip"}, "compression", "gzip"),
        ({"--compression": "true"}, "compression", True),
        ({"--end": "2026-01-31"}, "end_date", "2026-01-31"),
        ({"--end-before": "2026-01-31"}, "end_before", "2026-01-31"),
    ],
)
def test_an_option_sets_its_field(given: dict[str, Any], field: str, value: Any) -> None:
    assert of_logs(given) == expected(**{field: value})


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--sequence-gap", "soon"),
        ("--embargo", "1w"),
        ("--label-window", "5x"),
        ("--label-window", "5s,x"),
        ("--sample", "much"),
        ("--sample", "x%"),
        ("--split-ratio", "0.8"),
        ("--split-ratio", "train=most"),
        ("--split-date", ["2026-01-01"]),
        ("--fields", ["message"]),
        ("--filter", ["message"]),
    ],
)
def test_a_text_that_an_option_cannot_read_is_rejected(option: str, text: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        of_logs({option: text})
    assert problems(caught) == {option}


def test_a_gap_must_be_whole_seconds() -> None:
    with pytest.raises(ConfigError) as caught:
        of_logs({"--sequences": "session", "--sequence-gap": "1.5s"})
    assert problems(caught) == {"sequences.gap_seconds"}


# --set


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        (["batch_size=7"], {"batch_size": 7}),
        (["output_format=csv"], {"output_format": "csv"}),
        (["csv_escape_formulas=false"], {"csv_escape_formulas": False}),
        (["split.mode=time", "split.seed=7"], {"split": {"mode": "time", "seed": 7}}),
        (["split=time", "split.seed=7"], {"split": {"mode": "time", "seed": 7}}),
        (['split={"mode": "time"}'], {"split": "time"}),
        (
            ["split.mode=time", "split.dates.test=2026-01-01"],
            {"split": {"mode": "time", "dates": {"test": "2026-01-01"}}},
        ),
        (
            ["templates.similarity=0.5", "templates.prefix_tokens=2"],
            {"templates": {"similarity": 0.5, "prefix_tokens": 2}},
        ),
        (["labels.window_seconds.before=5"], {"labels": {"window_seconds": {"before": 5}}}),
        (["privacy=token", "privacy.secrets=false"], {"privacy": {"addresses": "token", "secrets": False}}),
        (["sample.rows=9", "sample.seed=2"], {"sample": {"rows": 9, "seed": 2}}),
        (['filters.id={"gte": 5}'], {"filters": {"id": {"gte": 5}}}),
        (["filters.logs.log_level=ERROR"], {"filters": {"logs.log_level": "ERROR"}}),
        (["filters.message=a=b"], {"filters": {"message": "a=b"}}),
        (['fields.logs=["id", "message"]'], {"fields": {"logs": ["id", "message"]}}),
        (['processes=["sshd"]'], {"processes": ["sshd"]}),
        (["start_date=2026-01-01", "end_date=null"], {"start_date": "2026-01-01"}),
    ],
)
def test_set_sets_any_field(settings: list[str], fields: dict[str, Any]) -> None:
    assert of_logs({}, *settings) == expected(**fields)


@pytest.mark.parametrize(
    ("in_file", "setting", "fields"),
    [
        ({"split": {"mode": "time", "seed": 1}}, "split.seed=7", {"split": {"mode": "time", "seed": 7}}),
        ({"split": "time"}, "split.seed=7", {"split": {"mode": "time", "seed": 7}}),
        ({"order": "shuffle"}, "order=time", {}),
        ({"sample": 0.1}, "sample.rows=5", {"sample": 5}),
        (
            {"labels": {"window_seconds": 60}},
            "labels.window_seconds.after=5",
            {"labels": {"window_seconds": {"before": 60, "after": 5}}},
        ),
        ({"filters": {"id": 1}}, "filters.id=2", {"filters": {"id": 2}}),
        ({"filters": {"id": 1}}, "filters={}", {}),
        ({"batch_size": 0}, "batch_size=5", {"batch_size": 5}),
    ],
)
def test_set_overrides_the_file(
    config_file: WriteConfig, in_file: dict[str, Any], setting: str, fields: dict[str, Any]
) -> None:
    assert build(config_file(LOGS | in_file), {}, setting) == ExportConfig.model_validate(LOGS | fields)


@pytest.mark.parametrize(
    ("given", "setting", "fields"),
    [
        ({"--split": "time"}, "split.seed=7", {"split": {"mode": "time", "seed": 7}}),
        ({"--labels": True}, "labels.assume_normal=true", {"labels": {"assume_normal": True}}),
        ({"--templates": True}, "templates.similarity=0.5", {"templates": {"similarity": 0.5}}),
        ({"--privacy": "on"}, "privacy.addresses=drop", {"privacy": "drop"}),
        ({"--filter": ["id>1"]}, "filters.message=x", {"filters": {"id": {"gt": "1"}, "message": "x"}}),
    ],
)
def test_set_adds_to_options(given: dict[str, Any], setting: str, fields: dict[str, Any]) -> None:
    assert of_logs(given, setting) == expected(**fields)


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        ({"--split-seed": 7}, "split.seed=8"),
        ({"--split-seed": 7}, 'split={"mode": "time"}'),
        ({"--split": "time"}, "split=random"),
        ({"--split-ratio": "train=1"}, "split.ratios.train=0.5"),
        ({"--sample": "0.1"}, "sample.rows=5"),
        ({"--sample": "0.1"}, "sample=5"),
        ({"--labels": True}, "labels=false"),
        ({"--privacy": "none"}, "privacy.addresses=drop"),
        ({"--privacy": "on"}, "privacy=false"),
        ({"--filter": ["id>1"]}, "filters.id=5"),
        ({"--filter": ["id>1"]}, "filters={}"),
        ({"--batch-size": 5}, "batch_size=5"),
        ({"--data-type": ["logs"]}, 'data_types=["ips"]'),
    ],
)
def test_an_option_and_set_of_one_field_are_rejected(given: dict[str, Any], setting: str) -> None:
    with pytest.raises(ConfigError, match=next(iter(given))) as caught:
        of_logs(given, setting)
    assert problems(caught) == {"--set"}


@pytest.mark.parametrize(
    "settings",
    [
        ["split.seed=7", "split.seed=7"],
        ["split.seed=7", "split=time"],
        ["sample.share=0.1", "sample.rows=5"],
        ["batch_size"],
        ["=5"],
        ["split.=5"],
        [".seed=5"],
        [""],
        ["data_types.x=1"],
        ["batch_size.x=1"],
    ],
)
def test_a_set_that_has_no_meaning_is_rejected(settings: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        of_logs({}, *settings)
    assert problems(caught) == {"--set"}


@pytest.mark.parametrize(
    ("setting", "field", "allowed"),
    [
        ("colour=red", "colour", "data_types"),
        ("split.sede=7", "split.sede", "seed"),
        ("filters.colour=red", "filters.colour", "logs.message"),
        ("output_format=xml", "output_format", "parquet"),
        ("labels.window_seconds.around=1", "labels.window_seconds.around", None),
        ("max_reject_ratio=NaN", "max_reject_ratio", None),
        ("split.seed=1e400", "split.seed", None),
        ("batch_size=" + "[" * 5_000, "batch_size", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_wrong_set_gives_the_error_of_the_config(setting: str, field: str, allowed: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        of_logs({}, setting)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert allowed is None or allowed in problem.allowed


def test_a_range_replaces_the_dates_of_the_file_and_dates_replace_its_range(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_text('{"data_types": ["logs"], "start_date": "2026-01-01", "end_before": "2026-02-01"}')
    config = ConfigRequest(file, given={"--range": "Last 7 days", "--zone": "Europe/Berlin"}).build()
    assert (config.date_range, config.time_zone) == ("last 7 days", "Europe/Berlin")
    assert (config.start_date, config.end_before) == (None, None)

    file.write_text('{"data_types": ["logs"], "date_range": "today", "time_zone": "Europe/Berlin"}')
    config = ConfigRequest(file, given={"--start": "2026-01-01"}).build()
    assert (config.date_range, config.time_zone) == (None, None)
