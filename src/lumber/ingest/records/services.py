"""Records of services and logging libraries that have their message, time or level under names of their own.

Sources of the names: MongoDB, "Log Messages"; Serilog, "Compact Log Event Format"; log4j, "JSON Layout";
logback's JsonEncoder; .NET's JsonConsoleFormatter; Rust's tracing-subscriber; structlog; python-json-logger;
lograge of Rails; Google Cloud, "LogEntry"; Azure, "resource log schema" and Log Analytics; AWS CloudTrail,
"record contents"; Kubernetes, "auditing"; Vault, "audit devices".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from lumber.ingest.records import values

Fields = dict[str, Any]

_TIMES = frozenset({"timestamp", "@timestamp", "time", "ts", "datetime", "date"})
_MESSAGES = frozenset({"message", "msg", "log", "body", "text", "short_message", "line"})
_PROCESSES = frozenset({"process_name", "process", "program", "app", "service", "logger"})
_MONGO_LEVELS = {"F": "FATAL", "E": "ERROR", "W": "WARNING", "I": "INFO", "D": "DEBUG"}
_PAYLOADS = ("textPayload", "jsonPayload", "protoPayload", "httpRequest")
_LOGGERS = ("logger_name", "loggerName", "Category", "name")
# {Name}, {@Name}, {Name,10} and {Name:000} of a message template
_HOLE = re.compile(r"\{\{|\}\}|\{[@$]?(\w+)(?:,-?[0-9]+)?(:[^{}]*)?\}")
_BRACES = {"{{": "{", "}}": "}"}


def adapted(fields: Fields) -> Fields | None:
    """Return the fields under the names of their columns; None for a record of none of these programs."""
    if _TELLING.isdisjoint(fields):
        return None
    reader = next((read for is_it, read in _READERS if is_it(fields)), None)
    return None if reader is None else reader(fields)


def _renamed(fields: Fields, names: dict[str, str]) -> Fields:
    """Return the fields under their new names. A field that already has one of these names stays data."""
    taken = {new for old, new in names.items() if old in fields and new != old}
    return {names.get(name, f"{name}.*" if name in taken else name): value for name, value in fields.items()}


def _has(*names: str) -> Callable[[Fields], bool]:
    wanted = frozenset(names)
    return lambda fields: wanted <= fields.keys()


def _lacks(fields: Fields, names: frozenset[str]) -> bool:
    return not any(name.lower() in names for name in fields)


def _is_mongo(fields: Fields) -> bool:
    return {"s", "c", "msg"} <= fields.keys() and type(fields.get("t")) is dict and "$date" in fields["t"]


def _mongo(fields: Fields) -> Fields:
    named = _renamed(fields, {"t": "timestamp", "s": "severity_text", "c": "process_name"})
    component, level = fields["c"], str(fields["s"])
    return named | {
        "timestamp": fields["t"]["$date"],
        "severity_text": _MONGO_LEVELS.get(level[:1], level),
        "process_name": None if component == "-" else component,
    }


def _serilog(fields: Fields) -> Fields:
    """An event without a level is of Information."""
    names = {"@t": "timestamp", "@l": "severity_text", "@m": "message", "SourceContext": "process_name"}
    named = _renamed(fields, names)
    named.setdefault("severity_text", "Information")
    if "message" not in named:
        named["message"] = _rendered(str(fields["@mt"]), fields)
    return named


def _rendered(template: str, fields: Fields) -> str:
    """Put the values of an event into its message template. `@r` has those that have a form of their own."""
    formed = fields.get("@r")
    left: Iterator[Any] = iter(formed if isinstance(formed, list) else ())

    def shown(hole: re.Match[str]) -> str:
        if hole[0] in _BRACES:
            return _BRACES[hole[0]]
        value = next(left, None) if hole[2] else None
        value = fields.get(hole[1]) if value is None else value
        if value is None:
            return hole[0] if hole[1] not in fields else "null"
        return value if isinstance(value, str) else values.dumped(value)

    return _HOLE.sub(shown, template)


def _is_google(fields: Fields) -> bool:
    has_name = "logName" in fields or "insertId" in fields or "receiveTimestamp" in fields
    return has_name and any(name in fields for name in _PAYLOADS)


def _google(fields: Fields) -> Fields:
    """The message is that of the payload; a payload without one is the message as a whole."""
    text, record, method = (fields.get(name) for name in _PAYLOADS[:3])
    rest = dict(fields)
    if isinstance(text, str):
        rest.pop("textPayload")
        return {**rest, "message": text}
    if isinstance(record, dict):
        name = next((name for name in ("message", "msg") if isinstance(record.get(name), str)), None)
        if name is None:
            return {**fields, "message": values.dumped(record)}
        payload = {key: value for key, value in record.items() if key != name}
        rest.pop("jsonPayload")
        return {**rest, **({"jsonPayload": payload} if payload else {}), "message": record[name]}
    if isinstance(method, dict):
        name = method.get("methodName")
        return {**fields, "message": name if isinstance(name, str) else values.dumped(method)}
    request = fields.get("httpRequest")
    parts = ("requestMethod", "requestUrl", "status")
    if not isinstance(request, dict) or any(part not in request for part in parts):
        return fields
    return {**fields, "message": " ".join(str(request[part]) for part in parts)}


def _cloudtrail(fields: Fields) -> Fields:
    names = {"eventTime": "timestamp", "eventName": "message", "eventSource": "process_name"}
    return _renamed(fields, names)


def _is_kubernetes(fields: Fields) -> bool:
    version = fields.get("apiVersion")
    is_audit = isinstance(version, str) and version.startswith("audit.k8s.io/")
    return is_audit and {"verb", "requestURI", "requestReceivedTimestamp"} <= fields.keys()


def _kubernetes(fields: Fields) -> Fields:
    """`level` says how much of the request is in the record."""
    named = _renamed(fields, {"requestReceivedTimestamp": "timestamp", "level": "level.*"})
    return {**named, "message": f"{fields['verb']} {fields['requestURI']}"}


def _is_vault(fields: Fields) -> bool:
    request = fields.get("request")
    return fields.get("type") in ("request", "response") and type(request) is dict and "operation" in request


def _vault(fields: Fields) -> Fields:
    request = fields["request"]
    named = [str(part) for part in (fields["type"], request["operation"], request.get("path")) if part]
    return {**fields, "message": " ".join(named)}


def _is_tracing(fields: Fields) -> bool:
    inner = fields.get("fields")
    return "target" in fields and "level" in fields and type(inner) is dict and "message" in inner


def _tracing(fields: Fields) -> Fields:
    named = _renamed(fields, {"target": "process_name"})
    inner = {name: value for name, value in named.pop("fields").items() if name != "message"}
    return {**named, **({"fields": inner} if inner else {}), "message": fields["fields"]["message"]}


def _is_azure(fields: Fields) -> bool:
    return {"time", "resourceId", "operationName", "category"} <= fields.keys()


def _azure(fields: Fields) -> Fields:
    inner = fields.get("properties")
    told = [fields.get("resultDescription"), inner.get("message") if isinstance(inner, dict) else None]
    message = next((text for text in told if isinstance(text, str) and text), fields["operationName"])
    named = _renamed(fields, {"category": "process_name"})
    return named if "message" in fields else {**named, "message": message}


def _analytics(fields: Fields) -> Fields:
    return _renamed(fields, {"TimeGenerated": "timestamp", "Computer": "host_name"})


def _bunyan(fields: Fields) -> Fields:
    """`name` is the program in the records of bunyan, whose version is `v`."""
    return _renamed(fields, {"name": "process_name"}) if _lacks(fields, _PROCESSES) else fields


def _is_lograge(fields: Fields) -> bool:
    return {"method", "path", "controller", "status"} <= fields.keys() and _lacks(fields, _MESSAGES)


def _lograge(fields: Fields) -> Fields:
    return {**fields, "message": f"{fields['method']} {fields['path']} {fields['status']}"}


def _is_library(fields: Fields) -> bool:
    """Say whether a record may be of a library that names its time, its logger or its message otherwise."""
    return not _PYTHON_OR_JAVA.isdisjoint(fields)


def _library(fields: Fields) -> Fields:
    names: dict[str, str] = {}
    rest = dict(fields)
    if _lacks(fields, _TIMES):
        created = {"created": "timestamp"} if "asctime" not in fields and "levelname" in fields else {}
        names |= {"asctime": "timestamp", "timeMillis": "timestamp", **created}
        instant = fields.get("instant")
        if type(instant) is dict and type(instant.get("epochSecond")) is int:
            rest.pop("instant")
            nanoseconds = instant.get("nanoOfSecond", 0)
            rest["timestamp"] = instant["epochSecond"] * 10**9 + int(nanoseconds)
    if isinstance(fields.get("event"), str) and _lacks(fields, _MESSAGES):
        names["event"] = "message"
    if _lacks(fields, _PROCESSES):
        # `name` is a logger where Python's logging wrote the record, and `Category` in .NET.
        known = {"name": "levelname", "Category": "LogLevel"}
        logger = next((name for name in _LOGGERS if {name, known.get(name, name)} <= fields.keys()), None)
        names |= {} if logger is None else {logger: "process_name"}
    return _renamed(rest, names)


_PYTHON_OR_JAVA = frozenset(
    {"asctime", "timeMillis", "instant", "event", "levelname", "logger_name", "loggerName", "LogLevel"}
)
_READERS: tuple[tuple[Callable[[Fields], bool], Callable[[Fields], Fields]], ...] = (
    (_is_mongo, _mongo),
    (lambda fields: "@t" in fields and ("@mt" in fields or "@m" in fields), _serilog),
    (_is_google, _google),
    (_has("eventVersion", "eventTime", "eventName", "eventSource"), _cloudtrail),
    (_is_kubernetes, _kubernetes),
    (_is_vault, _vault),
    (_is_tracing, _tracing),
    (_is_azure, _azure),
    (_has("TimeGenerated"), _analytics),
    (_is_lograge, _lograge),
    (_has("v", "pid", "hostname", "name", "level"), _bunyan),
    (_is_library, _library),
)
# Of each program, a field that no record of it lacks. Most records have none of them.
_TELLING = _PYTHON_OR_JAVA | {
    "c", "@t", "logName", "insertId", "receiveTimestamp", "eventVersion", "requestURI", "request", "target",
    "operationName", "TimeGenerated", "controller", "v",
}  # fmt: skip
