"""Records as well-known programs write them: every field is compared with the truth."""

import json

import pytest

from tests.unit.ingest.test_records import loaded, reason

NOON = 1_709_287_200_000_000  # 2024-03-01T10:00:00Z


def columns(line: str) -> dict:
    """Return the columns of a line, with its structured data parsed, without what every line has."""
    row = loaded(line)
    assert row.pop("number") == 1
    if "structured_data" in row:
        row["structured_data"] = json.loads(row["structured_data"])
    return row


def logged(**level: object) -> tuple[str | None, str | None]:
    row = loaded(json.dumps({"timestamp": "2024-03-01T10:00:00Z", "message": "m", **level}))
    return row.get("severity_text"), row.get("log_level")


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ({"level": "trace"}, ("trace", "DEBUG")),
        ({"level": "Information"}, ("Information", "INFO")),
        ({"level": "ERROR "}, ("ERROR", "ERROR")),
        ({"level": "  "}, (None, None)),
        ({"level": 10}, ("trace", "DEBUG")),
        ({"level": 20}, ("debug", "DEBUG")),
        ({"level": 30}, ("info", "INFO")),
        ({"level": 40}, ("warn", "WARNING")),
        ({"level": 50}, ("error", "ERROR")),
        ({"level": 60}, ("fatal", "CRITICAL")),
        ({"level": 50.0}, ("50.0", None)),
        ({"level": 35}, ("35", None)),
        ({"level": "50"}, ("50", None)),
        ({"severity": 50}, ("50", None)),
        ({"severity_number": 9}, ("info", "INFO")),
        ({"SeverityNumber": 13}, ("warn", "WARNING")),
        ({"severityNumber": 24}, ("fatal", "CRITICAL")),
        ({"severity_number": 25}, ("25", None)),
        ({"severity_text": "Warn", "severity_number": 13}, ("Warn", "WARNING")),
    ],
)
def test_levels_of_logging_libraries_are_known(level: dict, expected: tuple) -> None:
    assert logged(**level) == expected


def test_a_filebeat_document_keeps_its_nested_fields_with_their_types() -> None:
    first = columns(
        '{"@timestamp": "2024-03-01T10:00:00.123Z", "message": "x", "host": {"name": "h1",'
        ' "ip": ["10.0.0.4", "fe80::1"], "os": {"version": 12}}, "log": {"level": "warn", "offset": 17},'
        ' "process": {"name": "nginx", "pid": 7}, "tags": ["a", true]}'
    )
    assert first == {
        "timestamp": NOON + 123_000, "message": "x", "host_name": "h1", "device_ip": "10.0.0.4",
        "severity_text": "warn", "log_level": "WARNING", "process_name": "nginx",
        "structured_data": {
            "host": {"ip": ["10.0.0.4", "fe80::1"], "os": {"version": 12}}, "log": {"offset": 17},
            "process": {"pid": 7}, "tags": ["a", True],
        },
    }  # fmt: skip
    assert columns(
        '{"@timestamp": "2024-03-01T10:00:00.123Z", "message": "y", "service": {"name": "shop"}, "host":'
        ' {"hostname": "h2", "ip": ["10.0.0.4"]}}'
    ) == {
        "timestamp": NOON + 123_000, "message": "y", "process_name": "shop", "host_name": "h2",
        "device_ip": "10.0.0.4",
    }  # fmt: skip


def test_an_object_in_a_text_field_is_kept_and_another_field_is_the_column() -> None:
    row = columns('{"time": 1, "msg": "m", "service": {"id": 5}, "logger": "a.b", "level": [], "device": {}}')
    assert row == {
        "timestamp": 1_000_000, "message": "m", "process_name": "a.b",
        "structured_data": {"service": {"id": 5}, "level": [], "device": {}},
    }  # fmt: skip


def test_flat_names_and_lists_of_addresses_are_columns() -> None:
    row = columns('{"time": 1, "msg": "m", "host.ip": ["::1", "::2"], "host.name": "h", "ip": [5]}')
    assert row == {
        "timestamp": 1_000_000, "message": "m", "device_ip": "::1", "host_name": "h",
        "structured_data": {"host.ip": ["::1", "::2"], "ip": [5]},
    }  # fmt: skip


def test_journald_prints_null_for_long_fields_and_lists_for_repeated_ones() -> None:
    start = '{"__REALTIME_TIMESTAMP": "1758020402123456", "_HOSTNAME": "b", "PRIORITY": "4", "MESSAGE": '
    assert "journalctl --all" in reason(start + "null}")
    assert columns(start + '["Update", "See page"]}') == {
        "timestamp": 1758020402123456, "host_name": "b", "severity_text": "warning", "log_level": "WARNING",
        "message": "Update\nSee page",
    }  # fmt: skip
    assert "is a list, but not of texts" in reason(start + '["a", 1]}')


def test_gelf_levels_are_syslog_severities() -> None:
    row = columns(
        '{"version": "1.1", "host": "h", "short_message": "s", "full_message": "s\\nmore",'
        ' "timestamp": 1709287200.5, "level": 3, "_user_id": 9007}'
    )
    assert row == {
        "timestamp": NOON + 500_000, "host_name": "h", "message": "s", "severity_text": "error",
        "log_level": "ERROR",
        "structured_data": {"version": "1.1", "full_message": "s\nmore", "_user_id": 9007},
    }  # fmt: skip


def test_cloudwatch_and_loki_records_are_rows() -> None:
    assert columns('{"timestamp": 1709287200000, "message": "m", "logStreamName": "i-1"}') == {
        "timestamp": NOON, "message": "m", "structured_data": {"logStreamName": "i-1"},
    }  # fmt: skip
    assert columns('{"labels": {"app": "x"}, "line": "m", "timestamp": "2024-03-01T10:00:00Z"}') == {
        "timestamp": NOON, "message": "m", "structured_data": {"labels": {"app": "x"}},
    }  # fmt: skip


def test_suricata_and_zeek_records_have_a_message() -> None:
    alert = (
        '{"timestamp": "2024-03-01T11:00:00.000001+0100", "flow_id": 5, "event_type": "alert",'
        ' "src_ip": "10.0.0.1", "alert": {"signature": "ET SCAN", "severity": 2}}'
    )
    assert columns(alert) == {
        "timestamp": NOON + 1, "message": "ET SCAN",
        "structured_data": {
            "flow_id": 5, "event_type": "alert", "src_ip": "10.0.0.1",
            "alert": {"signature": "ET SCAN", "severity": 2},
        },
    }  # fmt: skip
    conn = '{"ts": 1709287200.25, "uid": "C1", "id.orig_h": "10.0.0.1", "duration": 0.5}'
    assert columns(conn) == {
        "timestamp": NOON + 250_000, "message": conn,
        "structured_data": {"uid": "C1", "id.orig_h": "10.0.0.1", "duration": 0.5},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        (20240301, NOON - 36_000_000_000),
        ("20240301", NOON - 36_000_000_000),
        (202403011000, NOON),
        (20240301100000, NOON),
        ("20240301100000", NOON),
        (20240301100000123, NOON + 123_000),
        (1709287200, NOON),
        (1709287200000, NOON),
        ("1709287200000000", NOON),
        (20241399, 20241399_000_000),
    ],
    ids=repr,
)
def test_digits_of_a_date_are_a_date(time: object, moment: int) -> None:
    assert loaded(json.dumps({"time": time, "msg": "m"}))["timestamp"] == moment


@pytest.mark.parametrize("time", [20_241_399_000_000, 9_999_999_999, 99_999_999_999_999_999])
def test_a_number_that_is_far_in_the_future_is_no_time(time: int) -> None:
    assert "numbers count from 1970 and end before 2200" in reason(json.dumps({"time": time, "msg": "m"}))
