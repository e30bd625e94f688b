"""JSON documents are read as JSON Lines, however their bytes arrive."""

import json

import pytest

from lumber.ingest.records.documents import Document, DocumentLines, find_document
from tests.unit.ingest.test_decompress import Pieces

RECORDS = [
    {
        "id": 1,
        "timestamp": "2024-03-01T10:00:00Z",
        "message": 'a "b" \\ {[',
        "structured_data": {"a": [1, {}]},
    },
    {"id": 2, "timestamp": "2024-03-01T10:00:01Z", "message": "é\n}]", "structured_data": None},
    {"id": 3, "timestamp": "2024-03-01T10:00:02Z", "message": "", "deep": [[[{"x": [[1.5]]}]]]},
]
EXPORT = {"data": RECORDS, "export_metadata": {"created_at": "x", "data": [{"no": 1}], "files": []}}
FORMS = {
    "array": RECORDS,
    "export": EXPORT,
    "metadata_first": dict(reversed(EXPORT.items())),
    "events": {"events": RECORDS, "nextToken": "t"},
    "trail": {"Records": RECORDS},
    "search": {"took": 3, "hits": {"total": {"value": 3}, "hits": RECORDS}},
}


def lines(text: str | bytes, *, most: int = 2**30, line_bytes: int = 2**24, kind: str = "logs") -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    document = find_document(data, kind)
    assert document is not None
    stream = Pieces(data)
    stream.most = most
    source = DocumentLines(stream, document, line_bytes)
    found = bytearray()
    while piece := source.read(1000):
        assert len(piece) <= 1000
        found += piece
    assert not found or found.endswith(b"\n")
    return found.decode().split("\n")[:-1]


def records(text: str, **options: int) -> list[object]:
    return [json.loads(line) for line in lines(text, **options)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("most", [1, 7, 2**30])
def test_the_records_of_a_document_become_lines(form: str, indent: int | None, most: int) -> None:
    text = json.dumps(FORMS[form], indent=indent, ensure_ascii=False)
    assert records("\n " + text + "\n", most=most) == RECORDS


@pytest.mark.parametrize("most", [1, 2**30])
def test_objects_over_several_lines_become_lines(most: int) -> None:
    assert records("\n".join(json.dumps(item, indent=4) for item in RECORDS), most=most) == RECORDS


def test_a_record_keeps_its_own_text() -> None:
    assert lines('[{"a": 1.50, "b":\t"\\u00e9"}, {"c":1e2}]') == ['{"a": 1.50, "b":\t"\\u00e9"}', '{"c":1e2}']


def test_an_empty_document_has_no_lines() -> None:
    assert lines("[]") == lines('{"data": []}') == lines('{"resourceLogs":[]}') == []


@pytest.mark.parametrize("most", [1, 2**30])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"a":1}, 5, "x{", {"b":2}, [3], null]', ['{"a":1}', '5, "x{"', '{"b":2}', "[3]", "null"]),
        ('[{"a":1}] tail', ['{"a":1}', "tail"]),
        ('[{"a":1}]\n[{"a":2}]', ['{"a":1}', '{"a":2}']),
        ('[{"a":1},{"b":"x', ['{"a":1}', '{"b":"x']),
        ('{"resourceLogs":{}}', None),
        ('[{"a":"x\ny"}]', ['{"a":"x\ry"}']),
    ],
)
def test_what_is_no_record_is_a_line_to_reject(text: str, expected: list[str] | None, most: int) -> None:
    if expected is None:
        assert find_document(text.encode(), "logs") is None
    else:
        assert lines(text, most=most) == expected


def test_a_document_that_ends_too_early_says_so() -> None:
    assert lines('[{"a":1},\n')[-1] == '"the JSON document ends before its last closing bracket"'
    assert "ends before" in lines('{"export_metadata": {"a": "b')[-1]
    assert "without a list" in lines('{"export_metadata": {"a": "b"}}')[0]


def test_a_record_that_is_too_long_is_cut_and_the_next_one_is_whole() -> None:
    text = '[{"a":"' + "x" * 3_000_000 + '"},\n{"b":1}]'
    found = lines(text, line_bytes=1000, most=65_536)
    assert [len(line) for line in found] == [3_000_008, 7]


@pytest.mark.parametrize(
    ("line", "document"),
    [
        ('{"timestamp": 1, "message": "m"}\n', None),
        ('{"data": [{"a": 1}], "timestamp": 1, "message": "m"}\n{"x": 1}\n', None),
        ('{"data": [1, 2], "x": 1}\n', None),
        ("[Thu Mar 01 10:00:00 2024] [error] x\n", None),
        ("[]x\n", None),
        ("\ufeff [\n", None),
        ("\ufeff [\n{", Document.ARRAY),
        ('{\n "x": 1}', Document.OBJECTS),
        ("{}\n", None),
    ],
)
def test_json_lines_are_no_document(line: str, document: Document | None) -> None:
    assert find_document(line.encode(), "logs") is document


def test_otlp_files_have_a_row_for_each_log_record() -> None:
    log = {
        "timeUnixNano": "1709287200000000000", "severityNumber": 17, "severityText": "Error",
        "body": {"stringValue": "failed"}, "traceId": "5b8e",
        "attributes": [
            {"key": "n", "value": {"intValue": "9007199254740993"}},
            {"key": "l", "value": {"arrayValue": {"values": [{"boolValue": True}, {"doubleValue": 0.5}]}}},
            {"key": "m", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}}},
        ],
    }  # fmt: skip
    second = {"observedTimeUnixNano": "1709287201000000000", "severityNumber": 9, "body": {"intValue": "5"}}
    request = {
        "resourceLogs": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
                "scopeLogs": [{"scope": {"name": "lib"}, "logRecords": [log, second]}, {"logRecords": [log]}],
            }
        ]
    }
    found = records(json.dumps(request) + "\n" + json.dumps(request))
    assert len(found) == 6
    assert found[0] == {
        "timestamp": "1709287200000000000", "message": "failed", "severity_text": "Error",
        "severityNumber": 17, "process_name": "shop", "traceId": "5b8e",
        "attributes": {"n": 9007199254740993, "l": [True, 0.5], "m": {"k": "v"}},
        "resource": {"service.name": "shop"}, "scope": {"name": "lib"},
    }  # fmt: skip
    assert found[1] == {
        "timestamp": "1709287201000000000", "message": "5", "severity_number": 9, "process_name": "shop",
        "resource": {"service.name": "shop"}, "scope": {"name": "lib"},
    }  # fmt: skip


def test_the_streams_of_loki_have_a_row_for_each_value() -> None:
    stream = {"stream": {"app": "x"}, "values": [["1709287200000000000", "a"], ["2", "b", {"t": "1"}]]}
    answer = {"status": "success", "data": {"resultType": "streams", "result": [stream], "stats": {}}}
    assert records(json.dumps(answer)) == [
        {"timestamp": "1709287200000000000", "line": "a", "labels": {"app": "x"}},
        {"timestamp": "2", "line": "b", "labels": {"app": "x"}, "metadata": {"t": "1"}},
    ]


def test_the_hits_of_elasticsearch_are_records() -> None:
    hit = {"_index": "i", "_id": "5", "_source": {"message": "m", "n": 123456789012345678901}}
    answer = {"took": 1, "hits": {"hits": [hit]}}
    assert records(json.dumps(answer)) == [
        {"_index": "i", "_id": "5", "message": "m", "n": 123456789012345678901}
    ]
