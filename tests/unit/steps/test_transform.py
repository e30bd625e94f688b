"""DataTransformer: the canonical records, and a count of everything that was changed."""

from typing import Any

import pyarrow as pa
import pytest

from lumber.catalog.registry import get_kind
from lumber.steps.cast import cast_batch
from lumber.steps.transform import DataTransformer
from tests.unit.engine.batches import NOON, batch_of

# syslog code: spellings, OpenTelemetry number, level
SEVERITIES = {
    0: (("emergency", "emerg", "panic"), 21, "CRITICAL"),
    1: (("alert",), 19, "CRITICAL"),
    2: (("critical", "crit", "fatal"), 18, "CRITICAL"),
    3: (("error", "err"), 17, "ERROR"),
    4: (("warning", "warn"), 13, "WARNING"),
    5: (("notice",), 10, "INFO"),
    6: (("informational", "info"), 9, "INFO"),
    7: (("debug",), 5, "DEBUG"),
}
SPELLINGS = [(text, number, level) for texts, number, level in SEVERITIES.values() for text in texts]
CASES = [
    (text, *rest)
    for spelling, *rest in SPELLINGS
    for text in (spelling, spelling.upper(), spelling.title(), spelling[0] + spelling[1:].upper())
]


def transformed(kind: str, *rows: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    transformer = DataTransformer(get_kind(kind))
    records = transformer.apply(cast_batch(batch_of(kind, *rows), get_kind(kind)).frame)
    assert records.schema.equals(get_kind(kind).schema, check_metadata=True)
    return records.to_pylist(), dict(transformer.changes)


def record(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    return transformed(kind, row)[0][0]


@pytest.mark.parametrize("kind", ["logs", "anomalies", "ips"])
def test_records_have_exactly_the_schema_of_the_kind(kind: str) -> None:
    for rows in ([], [{}], [{}, {}]):
        assert len(transformed(kind, *rows)[0]) == len(rows)


def test_every_spelling_of_a_severity_in_any_case() -> None:
    records, changes = transformed("logs", *({"severity_text": text} for text, _, _ in CASES))
    found = [(r["severity_text"], r["severity_number"], r["log_level"]) for r in records]
    assert found == CASES
    assert changes == {}


@pytest.mark.parametrize("text", ["loud", "", "3", " error", "errors", "ERRÖR"])
def test_unknown_severity_becomes_null_and_is_counted(text: str) -> None:
    records, changes = transformed("logs", {"severity_text": text}, {}, {"severity_text": text})
    assert (records[0]["severity_text"], records[0]["severity_number"], records[0]["log_level"]) == (
        text,
        None,
        None,
    )
    assert changes == {"severity_text_unknown": 2}


def test_a_level_alone_stands_for_the_severity() -> None:
    found = record("logs", {"severity_text": None, "log_level": "warning"})
    assert (found["severity_text"], found["severity_number"], found["log_level"]) == (
        "warning",
        13,
        "WARNING",
    )


def test_the_text_as_it_came_goes_before_the_level() -> None:
    found = record("logs", {"severity_text": "Err", "log_level": "INFO"})
    assert (found["severity_text"], found["severity_number"], found["log_level"]) == ("Err", 17, "ERROR")


def test_no_severity_stays_none_and_is_no_change() -> None:
    records, changes = transformed("logs", {"severity_text": None, "log_level": None})
    assert (records[0]["severity_text"], records[0]["severity_number"], records[0]["log_level"]) == (
        None,
    ) * 3
    assert changes == {}


@pytest.mark.parametrize(
    ("stored", "score", "score_raw", "changed"),
    [
        ({"score": 0.5}, 0.5, 0.5, 0),
        ({"score": None, "score_raw": 0.25}, 0.25, 0.25, 0),
        ({"score": None, "score_raw": 75.0, "score_max": 100.0}, 0.75, 75.0, 1),
        ({"score": 75.0, "score_max": 100.0}, 0.75, 75.0, 1),
        ({"score": 0.1, "score_raw": 8.0, "score_max": 10.0}, 0.8, 8.0, 1),
        ({"score": 0.5, "score_raw": 3.0}, 0.5, 3.0, 1),
        ({"score": 0.5, "score_max": 1.0}, 0.5, 0.5, 0),
        ({"score": 0.5, "score_max": 0.0}, 0.5, 0.5, 0),
        ({"score": 0.5, "score_max": -1.0}, 0.5, 0.5, 0),
        ({"score": None}, None, None, 0),
        ({"score": None, "score_max": 10.0}, None, None, 0),
        ({"score": 0.0, "score_max": 10.0}, 0.0, 0.0, 0),
    ],
)
def test_scores_come_to_the_scale_from_0_to_1(
    stored: dict[str, Any], score: float | None, score_raw: float | None, changed: int
) -> None:
    records, changes = transformed("anomalies", stored)
    assert (records[0]["score"], records[0]["score_raw"]) == (score, score_raw)
    assert changes == ({"score_rescaled": changed} if changed else {})


@pytest.mark.parametrize(
    ("stored", "address", "version", "scope"),
    [
        ("8.8.8.8", "8.8.8.8", 4, "global"),
        ("10.1.2.3", "10.1.2.3", 4, "private"),
        ("192.168.0.1", "192.168.0.1", 4, "private"),
        ("127.0.0.1", "127.0.0.1", 4, "loopback"),
        ("169.254.1.1", "169.254.1.1", 4, "link_local"),
        ("224.0.0.1", "224.0.0.1", 4, "multicast"),
        ("192.0.2.1", "192.0.2.1", 4, "reserved"),
        ("2001:DB8:0:0::1", "2001:db8::1", 6, "reserved"),
        ("2606:4700:0:0:0:0:0:1111", "2606:4700::1111", 6, "global"),
        ("FE80::1", "fe80::1", 6, "link_local"),
        ("::1", "::1", 6, "loopback"),
        ("fd00::1", "fd00::1", 6, "private"),
        ("not one", "not one", None, None),
    ],
)
def test_an_address_is_canonical_with_its_version_and_scope(
    stored: str, address: str, version: int | None, scope: str | None
) -> None:
    records, changes = transformed("ips", {"address": stored})
    assert (records[0]["address"], records[0]["ip_version"], records[0]["ip_scope"]) == (
        address,
        version,
        scope,
    )
    assert changes == ({"address_canonicalised": 1} if stored != address else {})


def test_changes_add_up_over_the_batches_of_a_partition() -> None:
    kind = get_kind("ips")
    transformer = DataTransformer(kind)
    for rows in ([{"address": "FE80::1"}, {}], [{"address": "FE80::2"}, {"address": "FE80::3"}]):
        transformer.apply(cast_batch(batch_of(kind, *rows), kind).frame)
    assert transformer.changes == {"address_canonicalised": 3}


def test_other_columns_pass_unchanged() -> None:
    found = record("logs", {"id": 2**62, "message": "größe", "host_name": "", "structured_data": '{"a":1}'})
    assert (found["id"], found["timestamp"], found["message"]) == (2**62, NOON, "größe")
    assert (found["host_name"], found["structured_data"], found["device_id"]) == ("", '{"a":1}', None)


def test_rows_keep_their_order() -> None:
    ids = [5, 3, 9, 1]
    assert [r["id"] for r in transformed("ips", *({"id": id_} for id_ in ids))[0]] == ids


def test_text_is_plain_strings_that_every_reader_knows() -> None:
    """Not Polars' string views, which older readers of Arrow files refuse."""
    kind = get_kind("logs")
    records = DataTransformer(kind).apply(cast_batch(batch_of(kind, {}), kind).frame)
    assert {type_ for type_ in records.schema.types if "string" in str(type_)} == {pa.string()}
