"""logfmt: pairs become the fields of a record, with their types."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lumber.ingest.limits import Limits
from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.records.mapping import FieldMapping
from tests.unit.ingest.reading import read


def loaded(line: str, options: IngestOptions | None = None) -> dict[str, Any]:
    [row], rejects = read(line + "\n", options)
    assert rejects == []
    assert row.pop("raw_message") == line
    row["timestamp"] = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=row["timestamp"])
    return row


# logrus; slog; Loki, without a message; log15; seconds since 1970 as zap writes them; the router of Heroku.
LINES = [
    (
        'time="2024-03-01T10:00:00.123456789+01:00" level=warning msg="it \\"works\\"" '
        "took=7 ratio=0.5 ok=true",
        {
            "timestamp": "2024-03-01T09:00:00.123456Z",
            "log_level": "WARNING",
            "severity_text": "warning",
            "message": 'it "works"',
            "structured_data": {"took": 7, "ratio": 0.5, "ok": True},
        },
    ),
    (
        'time=2024-03-01T10:00:00.000Z level=INFO+2 source=main.go:12 msg=hello logger=api err=""',
        {
            "timestamp": "2024-03-01T10:00:00Z",
            "log_level": "INFO",
            "severity_text": "INFO",
            "process_name": "api",
            "message": "hello",
            "structured_data": {"level": "INFO+2", "source": "main.go:12", "err": ""},
        },
    ),
    (
        'level=info ts=2024-03-01T10:00:00.5Z caller=metrics.go:160 query="{a=\\"b\\"}" '
        "length=1h0m0s returned=42",
        {
            "timestamp": "2024-03-01T10:00:00.500000Z",
            "log_level": "INFO",
            "severity_text": "info",
            "message": 'caller=metrics.go:160 query="{a=\\"b\\"}" length=1h0m0s returned=42',
            "structured_data": {
                "caller": "metrics.go:160",
                "query": '{a="b"}',
                "length": "1h0m0s",
                "returned": 42,
            },
        },
    ),
    (
        "t=2024-03-01T10:00:00+0200 lvl=eror msg=lost",
        {
            "timestamp": "2024-03-01T08:00:00Z",
            "log_level": "ERROR",
            "severity_text": "eror",
            "message": "lost",
        },
    ),
    (
        "ts=1709287200.25 level=debug host=db1 msg=tick",
        {
            "timestamp": "2024-03-01T10:00:00.250000Z",
            "log_level": "DEBUG",
            "severity_text": "debug",
            "host_name": "db1",
            "message": "tick",
        },
    ),
    (
        'time=2024-03-01T10:00:00Z at=info method=GET path="/" host=example.com '
        "dyno=web.1 service=18ms status=200",
        {
            "timestamp": "2024-03-01T10:00:00Z",
            "log_level": "INFO",
            "severity_text": "info",
            "message": 'method=GET path="/" host=example.com dyno=web.1 service=18ms status=200',
            "structured_data": {
                "method": "GET",
                "path": "/",
                "host": "example.com",
                "dyno": "web.1",
                "service": "18ms",
                "status": 200,
            },
        },
    ),
]


@pytest.mark.parametrize(("line", "row"), LINES)
def test_pairs_become_columns_and_typed_data(line: str, row: dict[str, Any]) -> None:
    found = loaded(line)
    assert found.pop("timestamp") == datetime.fromisoformat(row["timestamp"])
    assert found == {name: value for name, value in row.items() if name != "timestamp"}


def data(pairs: str) -> dict[str, Any]:
    return loaded(f"ts=2024-03-01T10:00:00Z msg=m {pairs}")["structured_data"]


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("a=1", 1),
        ("a=-3", -3),
        ("a=0.25", 0.25),
        ("a=true", True),
        ("a=null", None),
        ('a="1"', "1"),
        ("a=", ""),
        ('a=""', ""),
        # Not numbers that JSON writes with the same digits: versions, ids, times.
        ("a=1.10", "1.10"),
        ("a=007", "007"),
        ("a=-0", "-0"),
        ("a=1e5", "1e5"),
        ("a=12345678901234567890", "12345678901234567890"),
        ("a=3ms", "3ms"),
        ("a=b=c", "b=c"),
        ("a=/x?y=1&z=2", "/x?y=1&z=2"),
        (r'a="x\ny\t\\\x1b[0m"', "x\ny\t\\\x1b[0m"),
        (r'a="\u00e9\ud83d\ude00\U0001F600"', "\u00e9\U0001f600\U0001f600"),
        # Half of a character, and a byte that is none: as they are written.
        (r'a="\ud83d \xff \q"', r"\ud83d \xff \q"),
        ("a=1 a=x", [1, "x"]),
        ("line=12 a=1", None),
    ],
)
def test_values_keep_their_type_and_lose_nothing(pair: str, value: Any) -> None:
    found = data(pair)
    assert found == ({"line": 12, "a": 1} if "line" in pair else {"a": value})


def test_a_time_of_day_has_its_date_beside_it() -> None:
    row = loaded("date=2024-03-01 time=10:00:00.5 level=info msg=m")
    assert row["timestamp"] == datetime(2024, 3, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert "structured_data" not in row


def test_the_address_of_a_client_is_not_that_of_the_device() -> None:
    row = loaded("ts=2024-03-01T10:00:00Z msg=m ip=192.0.2.1 host.ip=192.0.2.9")
    assert row["device_ip"] == "192.0.2.9"
    assert row["structured_data"] == {"ip": "192.0.2.1"}


def test_a_line_with_too_many_pairs_is_a_reject() -> None:
    options = IngestOptions("logs", limits=Limits(columns=10))
    pairs = " ".join(f"k{number}={number}" for number in range(9))
    assert read(f"ts=1709287200 msg=m {pairs}\n", options) == (
        [],
        [(1, "logfmt: has 11 pairs, and LUMBER_MAX_COLUMNS allows 10")],
    )


def test_a_column_that_comes_twice_keeps_the_second_value_as_data() -> None:
    row = loaded("ts=2024-03-01T10:00:00Z level=info msg=one level=warn msg=two")
    assert (row["severity_text"], row["message"]) == ("info", "one")
    assert row["structured_data"] == {"level": "warn", "msg": "two"}


def test_a_value_that_may_be_cut_at_a_space_is_not_loaded_as_a_value() -> None:
    line = "time=2024-03-01T10:00:00Z level=info user=bob msg=disk is full code=7"
    row = loaded(line)
    assert row["message"] == line
    assert row["structured_data"] == {"user": "bob"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("at=info method=GET msg=x", "timestamp: is required, but missing"),
        ("level=info msg=x time=noon", "timestamp: 'noon' is not a time in years 1 to 9999"),
        ("time=2024-03-01T10:00:00Z level=info", "message: is required, but missing"),
        ("level=info msg=disk is full time=2024-03-01T10:00:00Z", "logfmt: has words that are not pairs"),
        ('time=2024-03-01T10:00:00Z msg="open', "logfmt: 'msg=\"open' is not a pair: a quote is missing"),
        ('time=2024-03-01T10:00:00Z msg="a"b', "logfmt: 'msg=\"a\"b' is not a pair"),
        ('time=2024-03-01T10:00:00Z msg=a"b c"', "logfmt: 'c\"' is not a pair"),
    ],
)
def test_a_line_without_time_message_or_form_is_a_reject(line: str, reason: str) -> None:
    rows, [(_, found)] = read(line + "\n")
    assert rows == []
    assert found.startswith(reason)


def test_pri_gives_the_level_of_a_line_without_one() -> None:
    row = loaded("<11>time=2024-03-01T10:00:00Z msg=x")
    assert (row["log_level"], row["severity_text"], row["message"]) == ("ERROR", "error", "x")


def test_lines_of_other_forms_may_stand_between() -> None:
    text = (
        '{"ts": 1709287200, "msg": "a"}\ntime=2024-03-01T10:00:01Z msg=b\n'
        "2024-03-01T10:00:02Z h p: c\nnothing\n"
    )
    rows, [(line, reason)] = read(text)
    assert [row["message"] for row in rows] == ["a", "b", "c"]
    assert line == 4
    assert reason.startswith("does not start like a log line")


@pytest.mark.parametrize("format_", [Format.AUTO, Format.LOGFMT])
def test_a_mapping_names_other_fields(format_: Format) -> None:
    mapping = FieldMapping.parse("logs", {"message": "event", "process_name": "unit"})
    row = loaded(
        "when=1 ts=2024-03-01T10:00:00Z event=started unit=7 left=2",
        IngestOptions("logs", format_, mapping=mapping),
    )
    assert (row["message"], row["process_name"]) == ("started", "7")
    assert row["structured_data"] == {"when": 1, "left": 2}
