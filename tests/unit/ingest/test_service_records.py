"""Records of services and logging libraries with names of their own: every field, as written by hand."""

# ruff: noqa: DTZ001 -- times are compared in UTC

from datetime import datetime
from typing import Any

import pytest

from tests.unit.ingest.layouts.truth import comparable, row
from tests.unit.ingest.reading import read

T = '"2024-03-01T10:00:00.123Z"'
TIME = datetime(2024, 3, 1, 10, 0, 0, 123_000)
LINES: list[tuple[str, dict[str, Any]]] = [
    (
        '{"t":{"$date":"2024-03-01T11:00:00.123+01:00"},"s":"W","c":"NETWORK","id":23016,"ctx":"conn1",'
        '"msg":"Waiting","attr":{"port":27017}}',
        row(TIME, "Waiting", {"id": 23016, "ctx": "conn1", "attr": {"port": 27017}}, "WARNING", "NETWORK"),
    ),
    (
        f'{{"t":{{"$date":{T}}},"s":"D2","c":"-","id":1,"ctx":"main","msg":"m"}}',
        row(TIME, "m", {"id": 1, "ctx": "main"}, "DEBUG"),
    ),
    (
        f'{{"@t":{T},"@mt":"{{User}} took {{Ms:0.0}} ms {{{{x}}}} {{@Cart}} {{None}}","@r":["7.5"],'
        '"@l":"Warning","User":"al","Ms":7.51,"Cart":{"n":1},"SourceContext":"A.B","timestamp":5}',
        row(TIME, 'al took 7.5 ms {x} {"n":1} {None}',
            {"@mt": "{User} took {Ms:0.0} ms {{x}} {@Cart} {None}", "@r": ["7.5"], "User": "al", "Ms": 7.51,
             "Cart": {"n": 1}, "timestamp": 5}, "Warning", "A.B"),
    ),
    (f'{{"@t":{T},"@m":"Hi","@i":"1"}}', row(TIME, "Hi", {"@i": "1"}, "Information")),
    (
        f'{{"severity":"WARNING","textPayload":"slow","timestamp":{T},"logName":"l","labels":{{"a":"b"}}}}',
        row(TIME, "slow", {"logName": "l", "labels": {"a": "b"}}, "WARNING"),
    ),
    (
        f'{{"severity":"ERROR","jsonPayload":{{"message":"bad","code":7}},"timestamp":{T},"insertId":"i"}}',
        row(TIME, "bad", {"insertId": "i", "jsonPayload": {"code": 7}}, "ERROR"),
    ),
    (
        f'{{"severity":"NOTICE","protoPayload":{{"methodName":"io.Get"}},"timestamp":{T},"logName":"l"}}',
        row(TIME, "io.Get", {"logName": "l", "protoPayload": {"methodName": "io.Get"}}, "NOTICE"),
    ),
    (
        f'{{"httpRequest":{{"requestMethod":"GET","requestUrl":"/a","status":200}},"timestamp":{T},"insertId":"i"}}',
        row(TIME, "GET /a 200",
            {"insertId": "i", "httpRequest": {"requestMethod": "GET", "requestUrl": "/a", "status": 200}}),
    ),
    (
        f'{{"eventVersion":"1.08","eventTime":{T},"eventSource":"s3.amazonaws.com","eventName":"GetObject",'
        '"sourceIPAddress":"192.0.2.1"}',
        row(TIME, "GetObject", {"eventVersion": "1.08", "sourceIPAddress": "192.0.2.1"}, None,
            "s3.amazonaws.com"),
    ),
    (
        '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","verb":"get","requestURI":"/api",'
        f'"requestReceivedTimestamp":{T}}}',
        row(TIME, "get /api", {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
                               "verb": "get", "requestURI": "/api"}),
    ),
    (
        f'{{"time":{T},"type":"request","auth":{{}},"request":{{"operation":"read","path":"kv/a"}}}}',
        row(TIME, "request read kv/a",
            {"type": "request", "auth": {}, "request": {"operation": "read", "path": "kv/a"}}),
    ),
    (
        f'{{"timestamp":{T},"level":"INFO","fields":{{"message":"up","peer":"x"}},"target":"app::db"}}',
        row(TIME, "up", {"fields": {"peer": "x"}}, "INFO", "app::db"),
    ),
    (
        f'{{"time":{T},"resourceId":"/S","operationName":"Op","category":"Audit","level":"Warning",'
        '"properties":{"a":1}}',
        row(TIME, "Op", {"resourceId": "/S", "operationName": "Op", "properties": {"a": 1}}, "Warning",
            "Audit"),
    ),
    (
        f'{{"TimeGenerated":{T},"Level":"Error","Message":"m","Computer":"c1"}}',
        {**row(TIME, "m", None, "Error"), "host_name": "c1"},
    ),
    (
        f'{{"method":"GET","path":"/","controller":"X","status":200,"time":{T}}}',
        row(TIME, "GET / 200", {"method": "GET", "path": "/", "controller": "X", "status": 200}),
    ),
    (
        '{"instant":{"epochSecond":1709287200,"nanoOfSecond":123000000},"thread":"main","level":"WARN",'
        '"loggerName":"c.X","message":"m"}',
        row(TIME, "m", {"thread": "main"}, "WARN", "c.X"),
    ),
    (
        f'{{"@timestamp":{T},"message":"m","logger_name":"c.X","level":"WARN"}}',
        row(TIME, "m", None, "WARN", "c.X"),
    ),
    (
        '{"asctime":"2024-03-01 10:00:00,123","name":"app.db","levelname":"ERROR","message":"m"}',
        row(TIME, "m", None, "ERROR", "app.db"),
    ),
    (
        '{"created":1709287200.123,"levelname":"INFO","message":"m","process":12,"processName":"Main"}',
        row(TIME, "m", {"process": 12, "processName": "Main"}, "INFO"),
    ),
    (f'{{"time":{T},"lvl":"eror","msg":"m"}}', row(TIME, "m", None, "eror")),
    (
        f'{{"event":"login","level":"info","timestamp":{T},"logger":"x","name":"al"}}',
        row(TIME, "login", {"name": "al"}, "info", "x"),
    ),
    (
        f'{{"Timestamp":{T},"EventId":14,"LogLevel":"Information","Category":"A.B","Message":"m"}}',
        row(TIME, "m", {"EventId": 14}, "Information", "A.B"),
    ),
    (
        f'{{"name":"shop","hostname":"h","pid":1,"level":40,"msg":"m","time":{T},"v":0}}',
        {**row(TIME, "m", {"pid": 1, "v": 0}, "warn", "shop"), "host_name": "h"},
    ),
    # An event beside a message, and a name that is no logger.
    (
        f'{{"time":{T},"event":"click","message":"m","name":"al"}}',
        row(TIME, "m", {"event": "click", "name": "al"}),
    ),
]  # fmt: skip
REFUSED = [
    (f'{{"time":{T},"event":{{"a":1}}}}', "message: is required"),
    ('{"t":{"$date":"soon"},"s":"I","c":"X","msg":"m"}', "timestamp: 'soon'"),
    ('{"instant":{"epochSecond":"soon"},"level":"INFO","message":"m"}', "timestamp: is required"),
    (f'{{"logName":"l","httpRequest":{{"status":200}},"timestamp":{T}}}', "message: is required"),
]


@pytest.mark.parametrize(("line", "truth"), LINES, ids=range(len(LINES)))
def test_every_field_is_as_written_by_hand(line, truth) -> None:
    rows, rejects = read(f"{line}\n")
    assert rejects == []
    found = comparable(rows[0])
    found.pop("raw_message", None)
    assert found == truth


@pytest.mark.parametrize(("line", "reason"), REFUSED)
def test_a_record_without_time_or_message_is_a_reject(line, reason) -> None:
    rows, [(_, found)] = read(f"{line}\n")
    assert rows == []
    assert reason in found
