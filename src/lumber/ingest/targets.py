"""The kinds that can be loaded: how fields of records elsewhere become columns of each.

Names of fields are compared without regard to case. A dotted name also means a field of a nested object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lumber.catalog.addresses import parse_address
from lumber.catalog.severity import LEVEL_BY_SPELLING
from lumber.ingest.records import values

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What loading needs to know about a kind beyond its columns.

    fields      the names of the fields that mean each column, the best one first
    required    the columns without which a record is rejected
    others      the column that keeps all other fields; None: they are dropped and reported
    derived     fields that are dropped: ids of another database, and what every export derives again
    converters  for columns that need more than a conversion to their type: takes a value and its field's name
    complete    fills in what follows from other columns, before `required` is checked
    first_of_list  columns that take the first text of a list
    filled_by   required columns that `complete` fills in from another one
    has_lines   log lines of any syslog form can be loaded as rows
    is_upserted a row updates the row with the same address, if there is one
    """

    fields: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    others: str | None = None
    derived: tuple[str, ...] = ()
    converters: Mapping[str, Callable[[Any, str], Any]] = field(default_factory=dict)
    complete: Callable[[Row], None] = lambda _row: None
    first_of_list: tuple[str, ...] = ()
    filled_by: Mapping[str, str] = field(default_factory=dict)
    has_lines: bool = False
    is_upserted: bool = False


_TIMES = (
    "timestamp", "@timestamp", "__realtime_timestamp", "time", "ts", "datetime", "date", "_time", "eventtime",
    "event_time",
)  # fmt: skip


def _severity_text(value: Any, name: str) -> str | None:
    return values.severity_text(value, name.lower())


def _complete_log(row: Row) -> None:
    row["log_level"] = LEVEL_BY_SPELLING.get((row["severity_text"] or "").lower())


def _complete_address(row: Row) -> None:
    address = parse_address(row["address"].strip()) if row["address"] else None
    row["address"] = (address.text if address else row["address"]) or None
    row["first_seen"] = row["last_seen"] if row["first_seen"] is None else row["first_seen"]
    row["last_seen"] = row["first_seen"] if row["last_seen"] is None else row["last_seen"]


# The names of OpenTelemetry, Elastic Common Schema, journald, Docker, GELF, Loki and the usual libraries.
_LOGS = Target(
    fields={
        "timestamp": _TIMES,
        "severity_text": (
            "severity_text", "log_level", "level", "severity", "levelname", "log.level", "loglevel",
            "priority", "severity_number", "severitynumber", "lvl",
        ),
        "process_name": (
            "process_name", "process", "process.name", "program", "app", "appname", "app_name", "service",
            "service.name", "syslog_identifier", "ident", "logger", "_comm", "log.logger",
        ),
        "message": ("message", "msg", "log", "body", "text", "short_message", "line", "event.original"),
        "device_id": ("device_id", "device"),
        "device_ip": ("device_ip", "host.ip", "ip"),
        "host_name": ("host_name", "hostname", "host", "host.name", "host.hostname", "_hostname"),
        "raw_message": ("raw_message",),
        "structured_data": ("structured_data",),
    },
    required=("timestamp", "message"),
    others="structured_data",
    converters={"severity_text": _severity_text},
    complete=_complete_log,
    first_of_list=("device_ip",),
    has_lines=True,
)  # fmt: skip
_ANOMALIES = Target(
    fields={
        "timestamp": _TIMES,
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
    },
    required=("timestamp", "anomaly_type"),
    others="features",
    derived=("id",),
)
_IPS = Target(
    fields={
        "address": ("address", "ip", "ip_address"),
        "first_seen": ("first_seen", "timestamp", "@timestamp", "time"),
        "last_seen": ("last_seen",),
        "risk_score": ("risk_score", "risk", "score"),
        "sightings": ("sightings", "count"),
        "device_id": ("device_id", "device"),
        "tags": ("tags",),
    },
    required=("address", "first_seen"),
    derived=("id", "ip_version", "ip_scope"),
    converters={"tags": lambda value, _name: values.tags(value)},
    complete=_complete_address,
    filled_by={"first_seen": "last_seen"},
    is_upserted=True,
)

TARGETS: Mapping[str, Target] = MappingProxyType({"logs": _LOGS, "anomalies": _ANOMALIES, "ips": _IPS})
