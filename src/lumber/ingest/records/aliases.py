"""The names under which the fields of each kind are known elsewhere, the best one first.

Names are compared without regard to case. A dotted name also means a field of a nested object.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

# OpenTelemetry, Elastic Common Schema, journald, Docker, and the usual logging libraries.
LOGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "timestamp": (
            "timestamp", "@timestamp", "__realtime_timestamp", "time", "ts", "datetime", "date", "_time",
            "eventtime", "event_time",
        ),
        "severity_text": (
            "severity_text", "log_level", "level", "severity", "levelname", "log.level", "loglevel",
            "priority",
        ),
        "process_name": (
            "process_name", "process", "process.name", "program", "app", "appname", "app_name", "service",
            "syslog_identifier", "ident", "logger", "_comm",
        ),
        "message": ("message", "msg", "log", "body", "text", "event.original"),
        "device_id": ("device_id", "device"),
        "device_ip": ("device_ip", "host.ip", "ip"),
        "host_name": ("host_name", "hostname", "host", "host.name", "_hostname"),
        "raw_message": ("raw_message",),
        "structured_data": ("structured_data",),
    }
)  # fmt: skip
ANOMALIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "timestamp": LOGS["timestamp"],
        "anomaly_type": ("anomaly_type", "type"),
        "severity": ("severity", "level"),
        "score": ("score",),
        "score_raw": ("score_raw",),
        "score_max": ("score_max",),
        "description": ("description", "message"),
        "features": ("features",),
        "log_entry_id": ("log_entry_id",),
        "device_id": ("device_id", "device"),
        "detector": ("detector", "model"),
        "status": ("status",),
        "verdict": ("verdict",),
    }
)
IPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "address": ("address", "ip", "ip_address"),
        "first_seen": ("first_seen", "timestamp", "@timestamp", "time"),
        "last_seen": ("last_seen",),
        "risk_score": ("risk_score", "risk", "score"),
        "sightings": ("sightings", "count"),
        "device_id": ("device_id", "device"),
        "tags": ("tags",),
    }
)
ALIASES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"logs": LOGS, "anomalies": ANOMALIES, "ips": IPS}
)


@cache
def known_names(kind: str) -> Mapping[str, tuple[str, int]]:
    """Return for each name of a field its column and its rank, 0 for the best."""
    columns = ALIASES[kind].items()
    return MappingProxyType(
        {name: (column, rank) for column, names in columns for rank, name in enumerate(names)}
    )


@cache
def nested_names(kind: str) -> frozenset[str]:
    """Return the names of objects whose fields may be columns, such as `log` for `log.level`."""
    return frozenset(name.split(".", 1)[0] for name in known_names(kind) if "." in name)


def plan_fields(kind: str, names: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return (column -> field name, names of the fields that are no column) for a record's fields.

    Where several fields mean one column, the best name wins and the others are kept as other fields.
    """
    known = known_names(kind)
    best: dict[str, tuple[int, str]] = {}
    for name in names:
        found = known.get(name.lower())
        if found is not None and (found[0] not in best or found[1] < best[found[0]][0]):
            best[found[0]] = (found[1], name)
    fields = {column: name for column, (_, name) in best.items()}
    used = set(fields.values())
    return fields, tuple(name for name in names if name not in used)


def lift_nested(kind: str, record: dict[str, object]) -> dict[str, object]:
    """Return the record with the known fields of nested objects beside the objects, under dotted names."""
    names = nested_names(kind)
    found = [name for name in record if name.lower() in names and isinstance(record[name], dict)]
    if not found:
        return record
    known = known_names(kind)
    lifted = dict(record)
    for name in found:
        inner = dict(record[name])  # type: ignore[call-overload]
        for key in list(inner):
            dotted = f"{name}.{key}"
            if dotted.lower() in known and dotted not in record:
                lifted[dotted] = inner.pop(key)
        if inner:
            # Not a column itself any more: an object is no text.
            lifted[f"{name}.*"] = inner
        del lifted[name]
    return lifted
