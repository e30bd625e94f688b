"""ExportConfig: every field, its default, and what is refused with which words."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pydantic import ValidationError

from lumber.catalog.kind import Level
from lumber.catalog.registry import all_kinds
from lumber.dataset.reproducibility import hash_json
from lumber.errors import ConfigError, FieldProblem
from lumber.exports import ExportConfig
from lumber.exports.parsing import parse_config, read_config
from lumber.formats import Compression, all_formats
from tests.examples import examples

NAMES = tuple(all_kinds())
LOGS: dict[str, Any] = {"data_types": ["logs"]}
BERLIN = timezone(timedelta(hours=2))


def problems_of(value: Any) -> dict[str, FieldProblem]:
    with pytest.raises(ConfigError) as caught:
        parse_config(value)
    return {problem.field: problem for problem in caught.value.problems}


def problem_of(**values: Any) -> FieldProblem:
    """Return the only problem of a config that is fine but for `values`."""
    (problem,) = problems_of(LOGS | values).values()
    return problem


# What an old config relies on: names, types, defaults.


def test_defaults_are_those_that_old_configs_rely_on() -> None:
    config = ExportConfig(data_types=["logs"])
    assert config.model_dump() == {
        "start_date": None,
        "end_date": None,
        "end_before": None,
        "date_range": None,
        "destination": None,
        "dataset": None,
        "incremental": False,
        "new_major": False,
        "planning": "exact",
        "source": None,
        "time_zone": None,
        "data_types": ["logs"],
        "filters": {},
        "batch_size": 1000,
        "include_metadata": True,
        "validation_level": "basic",
        "output_format": "json",
        "compression": False,
        "processes": [],
        "max_reject_ratio": 1.0,
        "csv_escape_formulas": True,
        "partition_by": None,
        "split": {
            "mode": "none",
            "ratios": {"train": 0.8, "validation": 0.1, "test": 0.1},
            "dates": {},
            "embargo_seconds": 0,
            "by": "device_id",
            "stratify": None,
            "unseen": 0.1,
            "seed": 0,
        },
        "deduplicate": {"mode": "off", "burst_seconds": 60},
        "labels": None,
        "fields": {},
        "privacy": None,
        "sample": None,
        "order": {"by": "time", "seed": 0},
        "templates": None,
        "sequences": None,
    }
    assert config.validation_level is Level.BASIC
    assert config.output_format == "json"
    assert config.resolved_compression is Compression.NONE


def test_an_old_config_with_every_field_is_valid() -> None:
    config = parse_config(
        {
            "start_date": "2026-01-01T00:00:00",
            "end_date": "2026-01-31T23:59:59",
            "data_types": ["logs", "anomalies", "ips"],
            "filters": {"log_level": "ERROR", "ips.risk_score": {"gte": 50}},
            "batch_size": 500,
            "include_metadata": False,
            "validation_level": "strict",
            "output_format": "csv",
            "compression": True,
            "processes": ["sshd", "cron"],
        }
    )
    assert [kind.name for kind in config.kinds] == ["logs", "anomalies", "ips"]
    assert config.start_date == datetime(2026, 1, 1, tzinfo=UTC)
    assert (config.batch_size, config.include_metadata) == (500, False)
    assert config.validation_level is Level.STRICT
    assert config.processes == ["sshd", "cron"]


def test_data_types_are_required() -> None:
    problem = problems_of({})["data_types"]
    assert (problem.message, problem.allowed) == ("is required", NAMES)


def test_at_least_one_data_type_is_needed() -> None:
    problem = problem_of(data_types=[])
    assert (problem.field, problem.value, problem.allowed) == ("data_types", [], NAMES)


def test_data_types_named_twice_are_exported_once() -> None:
    assert parse_config({"data_types": ["ips", "logs", "ips"]}).data_types == ["ips", "logs"]


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        parse_config(LOGS).batch_size = 2  # type: ignore[misc]


# Dates


@pytest.mark.parametrize(
    ("given_as", "moment"),
    [
        ("2026-03-01T12:30:00", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01 12:30", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01T12:30:00Z", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01T12:30:00+02:00", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
        (datetime(2026, 3, 1, 12, 30), datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2026, 3, 1, 0, 30, tzinfo=BERLIN), datetime(2026, 2, 28, 22, 30, tzinfo=UTC)),
        ("2026-03-01T12:30:00.123456", datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("field", ["start_date", "end_date", "end_before"])
def test_naive_dates_mean_utc_and_aware_ones_are_converted(
    field: str, given_as: Any, moment: datetime
) -> None:
    read = getattr(parse_config(LOGS | {field: given_as}), field)
    assert read == moment
    assert read.tzinfo is UTC


@pytest.mark.parametrize("day", ["2026-03-01", " 2026-03-01 ", date(2026, 3, 1)])
def test_a_date_alone_begins_at_midnight_and_ends_with_its_last_microsecond(day: Any) -> None:
    config = parse_config(LOGS | {"start_date": day, "end_date": day})
    assert config.start_date == datetime(2026, 3, 1, tzinfo=UTC)
    assert config.end_date == datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)


def test_end_may_equal_start() -> None:
    moment = "2026-03-01T00:00:00Z"
    config = parse_config(LOGS | {"start_date": moment, "end_date": moment})
    assert config.start_date == config.end_date


def test_end_before_start_is_refused_with_both() -> None:
    problem = problem_of(start_date="2026-03-02", end_date="2026-03-01T23:59:59.999999Z")
    assert problem.field == "end_date"
    assert "2026-03-01T23:59:59.999999+00:00 is before start_date 2026-03-02T00:00:00+00:00" in str(problem)


def test_end_before_start_is_judged_in_utc() -> None:
    config = parse_config(
        LOGS | {"start_date": "2026-03-01T10:00:00+02:00", "end_date": "2026-03-01T09:00:00Z"}
    )
    assert config.start_date < config.end_date  # type: ignore[operator]


@pytest.mark.parametrize("value", ["yesterday", "2026-02-30", "2026-13-01T00:00:00", "", [], {}, True])
def test_what_is_no_date_is_refused(value: Any) -> None:
    problem = problem_of(end_date=value)
    assert (problem.field, problem.value) == ("end_date", value)
    assert repr(value) in str(problem)


@pytest.mark.parametrize("value", [0, 1_767_225_600, 1.5, "2026", "20260131", "1767225601", "-5.0"])
def test_a_number_is_no_date(value: Any) -> None:
    """It could mean a year, seconds or milliseconds: a guess would select the wrong rows silently."""
    problem = problem_of(start_date=value)
    assert problem.field == "start_date"
    assert "2026-01-31" in str(problem)


def test_a_date_that_leaves_the_calendar_in_utc_is_refused() -> None:
    assert "outside the years 1 to 9999" in str(problem_of(end_date="9999-12-31T23:00:00-05:00"))


# Refusals: each names the field, the value and what is allowed.


def test_an_unknown_field_is_refused_with_the_fields_that_exist() -> None:
    problem = problem_of(start="2026-01-01")
    assert (problem.field, problem.value) == ("start", "2026-01-01")
    assert problem.allowed == tuple(ExportConfig.model_fields)


def test_unknown_kinds_are_refused_all_together() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"data_types": ["flows", "logs", "users"]})
    assert [(p.field, p.value, p.allowed) for p in caught.value.problems] == [
        ("data_types", "flows", NAMES),
        ("data_types", "users", NAMES),
    ]


def test_an_unknown_filter_column_is_refused_with_those_of_the_chosen_kinds() -> None:
    problem = problem_of(filters={"risk_score": 5})
    assert (problem.field, problem.value) == ("filters.risk_score", 5)
    assert "logs.log_level" in problem.allowed
    assert not any(name.startswith("ips.") for name in problem.allowed)


def test_a_filter_on_a_column_that_a_kind_lacks_is_known_not_to_narrow_it() -> None:
    config = ExportConfig(
        data_types=["logs", "anomalies", "ips"],
        filters={"log_level": "ERROR", "device_id": "r1", "ips.risk_score": {"gte": 5}, "detector": "d"},
        processes=["sshd"],
    )
    found = {kind.name: config.unapplied_filters(kind) for kind in config.kinds}
    assert found == {
        "logs": ("detector",),
        "anomalies": ("log_level", "processes"),
        "ips": ("log_level", "detector", "processes"),
    }
    # It is so: what is said to be unapplied is what the selection does not hold.
    held = {
        each.kind.name: {condition.column for condition in each.conditions} for each in config.selections()
    }
    assert held["logs"] == {"log_level", "device_id", "process_name"}
    assert held["anomalies"] == {"device_id", "detector"}
    assert held["ips"] == {"device_id", "risk_score"}


def test_an_unknown_operator_is_refused_with_those_of_the_column() -> None:
    problem = problem_of(filters={"log_level": {"like": "E%"}})
    assert (problem.field, problem.value) == ("filters.log_level", "E%")
    assert problem.allowed == ("eq", "ne", "in", "not_in", "is_null")


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ({"log_level": "LOUD"}, "'LOUD' is not a log_level"),
        ({"id": "many"}, "'many' is not a whole number"),
        ({"id": 1.5}, "1.5 is not a whole number"),
        ({"timestamp": {"gte": "noon"}}, "'noon' is not a time"),
        ({"device_ip": {"cidr": "10.0.0.0/99"}}, "'10.0.0.0/99' is not a network"),
        ({"device_id": {"is_null": 3}}, "3 is neither true nor false"),
        ({"message": {"contains": ["a", "b"]}}, "takes one value, got 2"),
        ({"message": {"in": []}}, "needs at least one value"),
        ({"message": {}}, "needs an operator"),
        ({"message": {"eq": {"a": 1}}}, "is not text"),
    ],
)
def test_a_filter_with_a_wrong_value_says_what_is_wrong(filters: dict[str, Any], text: str) -> None:
    problem = problem_of(filters=filters)
    assert problem.field == f"filters.{next(iter(filters))}"
    assert text in str(problem)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch_size", 0),
        ("batch_size", -1),
        ("batch_size", 1_000_001),
        ("batch_size", "many"),
        ("batch_size", 1.5),
        ("batch_size", None),
        ("include_metadata", "perhaps"),
        ("include_metadata", 7),
        ("filters", ["log_level=ERROR"]),
        ("filters", "log_level=ERROR"),
        ("processes", "sshd"),
        ("data_types", "logs"),
        ("max_reject_ratio", 1.1),
        ("max_reject_ratio", -0.1),
        ("max_reject_ratio", float("nan")),
        ("csv_escape_formulas", "never"),
    ],
)
def test_a_value_of_the_wrong_type_or_size_is_refused_and_shown(field: str, value: Any) -> None:
    problem = problem_of(**{field: value})
    assert problem.field == field
    assert repr(value) in str(problem)


def test_an_empty_text_is_refused_with_what_is_allowed() -> None:
    problem = problem_of(privacy={"shift_times": True, "shift_group": ""})
    assert str(problem) == "privacy.shift_group: is empty (allowed: at least 1 character)"


@pytest.mark.parametrize(("position", "value"), [(0, 5), (1, None)])
def test_a_wrong_element_of_a_list_is_named_by_its_place(position: int, value: Any) -> None:
    names: list[Any] = ["a", "b"]
    names[position] = value
    assert problem_of(processes=names).field == f"processes.{position}"


@pytest.mark.parametrize("name", ["", "a\x00b"])
def test_a_process_needs_a_name(name: str) -> None:
    assert "is not a process name" in str(problem_of(processes=[name]))


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("validation_level", "harsh", ("none", "basic", "strict")),
        ("output_format", "xml", ("json", "jsonl", "csv", "parquet", "arrow")),
        ("compression", "bzip2", ("true", "false", "none", "gzip", "zstd")),
    ],
)
def test_a_closed_choice_names_its_values(field: str, value: str, allowed: tuple[str, ...]) -> None:
    problem = problem_of(**{field: value})
    assert (problem.field, problem.value, problem.allowed) == (field, value, allowed)
    for choice in (value, *allowed):
        assert choice in str(problem)


@pytest.mark.parametrize("value", [[], "x", None, 5])
def test_a_config_is_an_object(value: Any) -> None:
    assert "must be a JSON object" in str(problems_of(value)["config"])


def test_several_problems_are_reported_together() -> None:
    problems = problems_of(
        {
            "data_types": ["logs", "flows"],
            "start_date": "2026-02-01",
            "end_date": "2026-01-01",
            "batch_size": 0,
            "output_format": "arrow",
            "compression": "gzip",
            "filters": {"nothing": 1, "message": {"like": "x"}},
            "colour": "red",
        }
    )
    assert set(problems) == {
        "data_types",
        "end_date",
        "batch_size",
        "compression",
        "filters.nothing",
        "filters.message",
        "colour",
    }


def test_a_field_that_is_wrong_by_itself_is_reported_once() -> None:
    """The others are checked without it, and its absence is then no problem of its own."""
    assert set(problems_of({"data_types": 5, "filters": {"nothing": 1}})) == {"data_types"}
    assert set(problems_of({"data_types": ["logs"], "end_date": "never", "start_date": "2026-01-01"})) == {
        "end_date"
    }


def test_a_config_made_directly_raises_a_value_error() -> None:
    with pytest.raises(ValueError, match="before start_date"):
        ExportConfig(
            data_types=["logs"], start_date=datetime(2026, 2, 1, tzinfo=UTC), end_date=date(2026, 1, 1)
        )
    with pytest.raises(ValueError, match="flows"):
        ExportConfig(data_types=["flows"])


# Compression


@pytest.mark.parametrize(
    ("output_format", "usual", "refused"),
    [
        ("json", Compression.GZIP, None),
        ("jsonl", Compression.GZIP, None),
        ("csv", Compression.GZIP, None),
        ("parquet", Compression.ZSTD, None),
        ("arrow", Compression.ZSTD, "gzip"),
    ],
)
def test_compression_of_each_format(output_format: str, usual: Compression, refused: str | None) -> None:
    def resolved(requested: bool | str) -> Compression:
        value = LOGS | {"output_format": output_format, "compression": requested}
        return parse_config(value).resolved_compression

    assert resolved(True) is usual
    assert resolved(False) is Compression.NONE
    for name in Compression:
        if name != refused:
            assert resolved(name.value) is name


def test_a_compression_that_the_format_lacks_is_refused_with_those_it_has() -> None:
    problem = problem_of(output_format="arrow", compression="gzip")
    assert (problem.field, problem.value) == ("compression", "gzip")
    assert "it has: none, zstd" in str(problem)


# Selections


def test_dates_filters_and_processes_reach_the_selection() -> None:
    config = parse_config(
        {
            "data_types": ["logs", "ips"],
            "start_date": "2026-01-01",
            "end_date": "2026-01-02",
            "filters": {"ips.risk_score": {"gte": 50}},
            "processes": ["sshd"],
        }
    )
    logs, ips = config.selections()
    assert (logs.start, logs.end, logs.before) == (config.start_date, config.end_date, None)
    assert [(c.column, c.operator.name, c.values) for c in logs.conditions] == [
        ("process_name", "in", ("sshd",))
    ]
    assert [(c.column, c.operator.name, c.values) for c in ips.conditions] == [("risk_score", "gte", (50.0,))]


def test_a_half_open_range_ends_at_the_beginning_of_a_day() -> None:
    config = parse_config(LOGS | {"start_date": "2026-03-01", "end_before": "2026-04-01"})
    assert config.end_before == datetime(2026, 4, 1, tzinfo=UTC)
    (logs,) = config.selections()
    assert (logs.end, logs.before) == (None, config.end_before)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"end_date": "2026-04-01", "end_before": "2026-04-02"}, "can't be used with end_date"),
        ({"start_date": "2026-04-01", "end_before": "2026-04-01"}, "isn't after start_date"),
        ({"start_date": "2026-04-02", "end_before": "2026-04-01"}, "isn't after start_date"),
    ],
)
def test_a_half_open_range_has_one_end_after_its_start(fields: dict[str, str], message: str) -> None:
    problem = problem_of(**fields)
    assert problem.field == "end_before"
    assert message in problem.message


LATER = (
    *("end_before", "partition_by", "date_range", "time_zone", "destination"),
    *("dataset", "incremental", "new_major", "source", "planning"),
)
LATER_PARTS = {"split": ("stratify",), "labels": ("only",), "templates": ("custom_masks", "keep")}


def test_configs_without_a_field_of_a_later_version_keep_their_hash() -> None:
    """The ledger has hashes: one that changes would make a repeated request a conflict."""
    config = ExportConfig(data_types=["logs"], labels={}, templates={})
    earlier = {name: value for name, value in config.as_json().items() if name not in LATER}
    for part, names in LATER_PARTS.items():
        earlier[part] = {name: value for name, value in earlier[part].items() if name not in names}
    assert config.hash == hash_json(earlier)


# The same config as JSON

MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, BERLIN, timezone(-timedelta(hours=9, minutes=30))]))
DATES = st.none() | MOMENTS.filter(lambda moment: 1 < moment.year < 9999)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "logs.id": NUMBERS | st.lists(NUMBERS, min_size=1) | st.fixed_dictionaries({"lt": NUMBERS}),
        "logs.log_level": st.sampled_from(["ERROR", "debug", ["INFO", "WARNING"], {"not_in": ["ERROR"]}]),
        "logs.message": WORDS | st.fixed_dictionaries({"contains": WORDS}) | st.none(),
        "logs.timestamp": st.fixed_dictionaries({"gte": MOMENTS}),
        "logs.device_ip": st.fixed_dictionaries({"cidr": st.just(["10.0.0.0/8", "::/0"])}),
        "anomalies.score": st.fixed_dictionaries({"lte": st.floats(0, 1)}),
        "ips.tags": st.fixed_dictionaries({"is_null": st.booleans()}),
    },
)


@st.composite
def configs(draw: st.DrawFn) -> ExportConfig:
    start, end = draw(DATES), draw(DATES)
    if start and end and end < start:
        start, end = end, start
    output_format = draw(st.sampled_from(list(all_formats())))
    compressions: list[bool | str] = [True, False, "none", "zstd"]
    return ExportConfig(
        start_date=start,
        **({"end_before": end} if end != start and draw(st.booleans()) else {"end_date": end}),
        data_types=draw(st.permutations(["logs", "anomalies", "ips"])),
        filters=draw(FILTERS),
        batch_size=draw(st.integers(1, 1_000_000)),
        include_metadata=draw(st.booleans()),
        validation_level=draw(st.sampled_from(Level)),
        output_format=output_format,
        compression=draw(st.sampled_from(compressions)),
        processes=draw(st.lists(WORDS, max_size=3)),
        max_reject_ratio=draw(st.floats(0, 1)),
        csv_escape_formulas=draw(st.booleans()),
    )


@examples(60, suppress_health_check=[HealthCheck.too_slow])
@given(config=configs())
def test_a_config_survives_json(config: ExportConfig) -> None:
    again = parse_config(json.loads(json.dumps(config.as_json())))
    assert again == config
    assert again.hash == config.hash
    assert again.selections() == config.selections()


@examples(30, suppress_health_check=[HealthCheck.too_slow])
@given(config=configs(), data=st.data())
def test_equal_configs_have_equal_hashes_in_any_order_of_fields(
    config: ExportConfig, data: st.DataObject
) -> None:
    value = config.as_json()
    value["filters"] = dict(data.draw(st.permutations(list(value["filters"].items()))))
    again = parse_config(dict(data.draw(st.permutations(list(value.items())))))
    assert again == config
    assert again.hash == config.hash


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"start_date": "2026-01-01"}, {"start_date": "2026-01-01T00:00:00+00:00"}),
        ({"end_date": "2026-01-01T02:00:00+02:00"}, {"end_date": "2026-01-01T00:00:00"}),
        ({"batch_size": 1000}, {}),
        ({"filters": {"id": (1, 2)}}, {"filters": {"id": [1, 2]}}),
    ],
)
def test_two_ways_to_say_the_same_are_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert parse_config(LOGS | one) == parse_config(LOGS | other)
    assert parse_config(LOGS | one).hash == parse_config(LOGS | other).hash


@pytest.mark.parametrize(
    "change",
    [
        {"start_date": "2026-01-01"},
        {"end_date": "2026-01-01"},
        {"end_before": "2026-01-01"},
        {"data_types": ["ips"]},
        {"filters": {"id": 1}},
        {"batch_size": 2},
        {"include_metadata": False},
        {"validation_level": "none"},
        {"output_format": "csv"},
        {"compression": True},
        {"processes": ["sshd"]},
        {"max_reject_ratio": 0.5},
        {"csv_escape_formulas": False},
    ],
)
def test_every_field_changes_the_hash(change: dict[str, Any]) -> None:
    assert parse_config(LOGS | change).hash != parse_config(LOGS).hash


# Files


def test_a_config_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(LOGS | {"batch_size": 7}))
    assert read_config(file) == ExportConfig(data_types=["logs"], batch_size=7)


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, "can't read .*config.json"), ("{", "is not JSON"), ("[]", "must be a JSON object")],
)
def test_a_file_that_is_no_config_is_refused_by_name(tmp_path: Path, content: str | None, text: str) -> None:
    file = tmp_path / "config.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match=text):
        read_config(file)


def test_a_file_of_broken_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(b'{"data_types": ["\xff"]}')
    with pytest.raises(ConfigError, match="is not JSON"):
        read_config(file)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch_size", "1000"),
        ("batch_size", True),
        ("include_metadata", "yes"),
        ("include_metadata", 1),
        ("csv_escape_formulas", "off"),
        ("max_reject_ratio", "0.5"),
        ("max_reject_ratio", True),
        ("privacy", 0),
        ("privacy", []),
        ("privacy", ""),
    ],
)
def test_values_have_the_types_of_the_schema(field: str, value: Any) -> None:
    assert problem_of(**{field: value}).field == field


@pytest.mark.parametrize(
    "value",
    [
        {"sequences": {"size": "20"}},
        {"sequences": {"drop_last": "yes"}},
        {"split": {"mode": "random", "seed": "7"}},
        {"labels": {"assume_normal": 1}},
        {"sample": {"share": "0.5"}},
        {"templates": {"max_templates": True}},
        {"order": {"by": "shuffle", "seed": "7"}},
        {"deduplicate": {"mode": "burst", "burst_seconds": "30"}},
        {"privacy": {"secrets": "yes"}},
    ],
)
def test_values_inside_options_have_the_types_of_the_schema(value: dict[str, Any]) -> None:
    ((option, fields),) = value.items()

    assert problem_of(**value).field.startswith(f"{option}.{list(fields)[-1]}")


def test_a_whole_number_may_be_written_with_a_decimal_point() -> None:
    config = parse_config(LOGS | {"batch_size": 500.0, "sample": 50000.0, "filters": {"id": 7.0}})

    assert config.batch_size == 500
    assert config.sample is not None
    assert config.sample.rows == 50_000
    assert config.selections()[0].conditions[0].values == (7,)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", 1.5),
        ("id", "1_000"),
        ("id", True),
        ("id", "\u0663"),
        ("timestamp", 20240101),
        ("timestamp", True),
    ],
)
def test_a_filter_refuses_values_that_could_mean_something_else(column: str, value: Any) -> None:
    assert problem_of(filters={column: value}).field == f"filters.{column}"
