"""Elements of JSON documents that hold several records: OTLP, Loki and Elasticsearch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

from lumber.ingest.limits import is_too_deep

_MARKS = (b'"scopeLogs"', b'"values"', b'"_source"')


def contents(element: bytes) -> list[bytes]:
    """Return the JSON texts of the records that an element holds: itself, if it is none of the known ones.

    Sources: OTLP/JSON (opentelemetry-proto, logs.proto), Loki's query_range, Elasticsearch's search.
    """
    if not any(mark in element for mark in _MARKS) or is_too_deep(element.decode(errors="replace")):
        return [element]
    try:
        # Elasticsearch keeps integers of any length, and orjson doesn't.
        is_exact = b'"_source"' in element
        value = json.loads(element) if is_exact else orjson.loads(element)
        found = list(_records(value))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return [element]  # what is wrong with it becomes its reason
    if not found:
        return [element]
    return [json.dumps(record).encode() if is_exact else orjson.dumps(record) for record in found]


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(value.get("scopeLogs"), list):
        yield from _otlp(value)
    elif isinstance(value.get("values"), list) and isinstance(value.get("stream"), dict):
        yield from _loki(value)
    elif isinstance(value.get("_source"), dict):
        rest = {name: item for name, item in value.items() if name not in ("_source", *value["_source"])}
        yield {**rest, **value["_source"]}


def _loki(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in value["values"]:
        moment, line, *metadata = entry
        record = {"timestamp": moment, "line": line, "labels": value["stream"]}
        yield {**record, "metadata": metadata[0]} if metadata else record


def _otlp(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    resource = value.get("resource") or {}
    for group in value["scopeLogs"]:
        scope = group.get("scope") or {}
        for log in group.get("logRecords") or []:
            yield _otlp_record(log, _attributes(resource), scope)


def _otlp_record(log: dict[str, Any], resource: dict[str, Any], scope: dict[str, Any]) -> dict[str, Any]:
    rest = dict(log)
    moment = rest.pop("timeUnixNano", None)
    if moment in (None, 0, "0"):
        moment = rest.pop("observedTimeUnixNano", None)
    number, text = rest.pop("severityNumber", None), rest.pop("severityText", None)
    body = _plain(rest.pop("body", None))
    if body is None:
        body = rest.get("eventName")
    message = body if isinstance(body, str | None) else orjson.dumps(body).decode()
    record: dict[str, Any] = {"timestamp": moment, "message": message}
    record["severity_text" if text else "severity_number"] = text or number
    if text and number:
        record["severityNumber"] = number
    for column, name in (("process_name", "service.name"), ("host_name", "host.name")):
        if isinstance(resource.get(name), str):
            record[column] = resource[name]
    if (attributes := _attributes(rest)) or "attributes" in rest:
        rest["attributes"] = attributes
    record |= {name: item for name, item in rest.items() if name not in record}
    return record | ({"resource": resource} if resource else {}) | ({"scope": scope} if scope else {})


def _attributes(holder: dict[str, Any]) -> dict[str, Any]:
    return {item["key"]: _plain(item.get("value")) for item in holder.get("attributes") or []}


def _plain(value: Any) -> Any:
    """Return the value of an AnyValue: {"stringValue": "x"} is "x". 64-bit integers come as text."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    (name, inner), = value.items()  # fmt: skip
    if name == "intValue":
        return int(inner)
    if name == "arrayValue":
        return [_plain(item) for item in inner.get("values") or []]
    if name == "kvlistValue":
        return {item["key"]: _plain(item.get("value")) for item in inner.get("values") or []}
    return inner
