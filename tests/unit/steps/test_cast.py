"""What the driver read, in the kind's types: nothing is lost, and what cannot be cast is a violation."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from lumber.catalog.kind import Level
from lumber.catalog.registry import get_kind
from lumber.errors import ExportError
from lumber.steps.cast import TIME_MAX_US, TIME_MIN_US, CastBatch, cast_batch
from lumber.steps.validate import DataValidator
from tests.unit.engine.batches import NOON, batch_of

LEVELS = pytest.mark.parametrize("level", list(Level))


def cast(kind: str, *rows: dict[str, Any]) -> CastBatch:
    return cast_batch(batch_of(kind, *rows), get_kind(kind))


def rejects(kind: str, level: Level, *rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (id, column, rule, value) of each reject."""
    verdict = DataValidator(get_kind(kind), level, NOON).check(cast(kind, *rows))
    lines = verdict.rejects.select("id", "column", "rule", "value").rows()
    assert sorted({line[0] for line in lines}) == verdict.rejected.arg_true().to_list()
    return lines


def test_sound_values_pass_unchanged() -> None:
    found = cast(
        "logs", {"message": "größe 日本 😀", "process_name": "", "device_ip": None, "raw_message": "a\nb"}
    )
    assert found.violations == ()
    assert found.changes == {}
    row = found.frame.row(0, named=True)
    assert (row["message"], row["process_name"], row["device_ip"]) == ("größe 日本 😀", "", None)
    assert row["timestamp"] == NOON
    assert found.frame.schema["timestamp"] == pl.Datetime("us", "UTC")


def test_every_column_of_the_kind_is_there_also_without_rows() -> None:
    for name in ("logs", "anomalies", "ips"):
        kind, found = get_kind(name), cast(name)
        names = [*(column.name for column in kind.columns), *(ref.name for ref in kind.references)]
        assert (found.frame.height, found.frame.columns) == (0, names)


# Each of these is rejected at every level: it could not be written.

BROKEN: list[tuple[str, dict[str, Any], str, str, str | None]] = [
    ("logs", {"message": b"caf\xe9!"}, "message", "valid_utf8", "caf\\xe9!"),
    ("logs", {"process_name": b"\xff\xfe"}, "process_name", "valid_utf8", "\\xff\\xfe"),
    ("logs", {"message": b"\xed\xa0\x80"}, "message", "valid_utf8", "\\xed\\xa0\\x80"),
    ("logs", {"structured_data": b'{"a": "\xff"}'}, "structured_data", "valid_utf8", '{"a": "\\xff"}'),
    ("logs", {"structured_data": "{'a': 1}"}, "structured_data", "valid_json", "{'a': 1}"),
    ("logs", {"structured_data": '{"a": NaN}'}, "structured_data", "valid_json", '{"a": NaN}'),
    ("logs", {"structured_data": ""}, "structured_data", "valid_json", ""),
    ("anomalies", {"features": "[1,"}, "features", "valid_json", "[1,"),
    ("ips", {"tags": "x"}, "tags", "valid_json", "x"),
    (
        "logs",
        {"timestamp": TIME_MAX_US + 1},
        "timestamp",
        "valid_time",
        "253402300800000000 microseconds since 1970",
    ),
    (
        "logs",
        {"timestamp": TIME_MIN_US - 1},
        "timestamp",
        "valid_time",
        "-62135596800000001 microseconds since 1970",
    ),
    ("ips", {"last_seen": 2**63 - 1}, "last_seen", "valid_time", f"{2**63 - 1} microseconds since 1970"),
    ("ips", {"first_seen": -(2**63)}, "first_seen", "valid_time", f"{-(2**63)} microseconds since 1970"),
    ("anomalies", {"score": float("nan")}, "score", "finite", "NaN"),
    ("anomalies", {"score_raw": float("inf")}, "score_raw", "finite", "inf"),
    ("ips", {"risk_score": float("-inf")}, "risk_score", "finite", "-inf"),
    ("logs", {"message": None}, "message", "required", None),
    ("logs", {"timestamp": None}, "timestamp", "required", None),
    ("anomalies", {"anomaly_type": None}, "anomaly_type", "required", None),
    ("ips", {"address": None}, "address", "required", None),
    ("ips", {"last_seen": None}, "last_seen", "required", None),
]


@LEVELS
@pytest.mark.parametrize(
    ("kind", "change", "column", "rule", "value"),
    BROKEN,
    ids=[f"{rule}-{kind}-{column}-{i}" for i, (kind, _, column, rule, _) in enumerate(BROKEN)],
)
def test_what_cannot_be_written_is_rejected_at_every_level(
    level: Level, kind: str, change: dict[str, Any], column: str, rule: str, value: str | None
) -> None:
    assert (1, column, rule, value) in rejects(kind, level, {}, change, {})
    assert {line[0] for line in rejects(kind, level, {}, change, {})} == {1}


@LEVELS
def test_a_row_with_several_broken_values_is_rejected_for_each(level: Level) -> None:
    change = {"message": b"\xff", "structured_data": "{", "timestamp": TIME_MAX_US + 1}
    found = {(column, rule) for _, column, rule, _ in rejects("logs", level, change)}
    assert {
        ("message", "valid_utf8"),
        ("structured_data", "valid_json"),
        ("timestamp", "valid_time"),
    } <= found


@pytest.mark.parametrize(
    ("kind", "column", "value", "length"),
    [
        ("logs", "message", b"\xff" * 1000, 256),
        ("logs", "structured_data", "[" * 1000, 256),
        ("logs", "message", "\x00" + "é" * 1000, 256),
        ("logs", "message", b"\xff" + "é".encode() * 1000, 256),
    ],
)
def test_a_reject_shows_the_value_up_to_256_characters(
    kind: str, column: str, value: Any, length: int
) -> None:
    ((_, _, _, shown),) = rejects(kind, Level.BASIC, {column: value})
    assert len(shown) == length


def test_a_broken_value_is_null_and_its_neighbours_stay() -> None:
    found = cast(
        "anomalies", {"score": float("nan"), "description": "a"}, {"score": 0.25, "description": b"\xff"}
    )
    assert found.frame["score"].to_list() == [None, 0.25]
    assert found.frame["description"].to_list() == ["a", None]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (TIME_MIN_US, datetime(1, 1, 1, tzinfo=UTC)),
        (TIME_MAX_US, datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_of_the_years_1_to_9999_are_exact(time: int, expected: datetime) -> None:
    found = cast("logs", {"timestamp": time})
    assert found.violations == ()
    assert found.frame["timestamp"].to_list() == [expected]


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_timestamps_of_a_driver_are_read_in_any_unit(unit: str) -> None:
    batch = batch_of("logs", {})
    times = pa.array([NOON], pa.timestamp(unit, "UTC"))
    batch = batch.set_column(batch.schema.get_field_index("timestamp"), "timestamp", times)
    assert cast_batch(batch, get_kind("logs")).frame["timestamp"].to_list() == [NOON]


def test_json_is_written_canonically_and_counted() -> None:
    found = cast(
        "logs",
        {"structured_data": '{ "b": 1, "a": [1.0, "é"] }'},
        {"structured_data": '{"a":1}'},
        {"structured_data": None},
    )
    assert found.frame["structured_data"].to_list() == ['{"a":[1.0,"é"],"b":1}', '{"a":1}', None]
    assert found.changes == {"structured_data_canonicalised": 1}
    assert found.violations == ()


def test_large_integers_in_json_keep_their_value() -> None:
    text = f'{{"big":{10**30},"id":{2**63 - 1}}}'
    assert cast("logs", {"structured_data": text}).frame["structured_data"].to_list() == [text]


def test_whole_numbers_in_a_column_of_reals_are_taken() -> None:
    batch = batch_of("ips", {})
    batch = batch.set_column(
        batch.schema.get_field_index("risk_score"), "risk_score", pa.array([7], pa.int64())
    )
    assert cast_batch(batch, get_kind("ips")).frame["risk_score"].to_list() == [7.0]


@pytest.mark.parametrize(
    ("column", "array"),
    [
        ("message", pa.array([5])),
        ("structured_data", pa.array([True])),
        ("timestamp", pa.array(["2026-01-01"])),
        ("id", pa.array(["1"])),
    ],
)
def test_a_column_of_another_type_is_an_error_that_names_it(column: str, array: pa.Array) -> None:
    batch = batch_of("logs", {})
    batch = batch.set_column(batch.schema.get_field_index(column), column, array)
    with pytest.raises(ExportError, match=f"Column {column} was read as {array.type}"):
        cast_batch(batch, get_kind("logs"))


def test_references_become_yes_or_no() -> None:
    found = cast("anomalies", {"log_entry_exists": 1}, {"log_entry_exists": 0})
    assert found.frame["log_entry_exists"].to_list() == [True, False]


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string()])
def test_a_byte_is_looked_for_in_the_rows_of_the_batch_only(type_: pa.DataType) -> None:
    texts = pa.array(["a\x00", "b", None, "c", "", "d\x00"], type_)
    whole = pa.record_batch([texts], names=["text"])
    for start in range(6):
        for length in range(6 - start):
            part = CastBatch(pl.DataFrame(), (), {}, whole.slice(start, length))
            shown = [text for text in texts.to_pylist()[start : start + length] if text is not None]
            assert part.holds("text", b"\x00") == ("\x00" in "".join(shown))
