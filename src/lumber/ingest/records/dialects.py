"""Records of programs whose fields mean something else than their names tell, such as GELF and Suricata."""

from __future__ import annotations

from typing import Any

from lumber.catalog.severity import TEXT_BY_CODE
from lumber.ingest.records import databases, services, windows, zeek

_MESSAGES = ("message", "msg", "log", "body", "text")


def adapted(fields: dict[str, Any], raw: str) -> dict[str, Any]:
    """Return the fields with the meaning that Lumber gives to their names."""
    if type(fields.get("process")) is int:  # of Python's logging: the process id
        fields = {"process.*" if name == "process" else name: value for name, value in fields.items()}
    if "short_message" in fields and "version" in fields:
        return _gelf(fields)
    if (event := windows.adapted(fields)) is not None:
        return event
    if (logged := databases.adapted(fields)) is not None:
        return logged
    if zeek.is_zeek(fields):
        return _with_message(zeek.adapted(fields), raw)
    if ("event_type" in fields and "flow_id" in fields) or ("ts" in fields and "uid" in fields):
        return _with_message(fields, raw)
    if (record := services.adapted(fields)) is not None:
        return record
    return fields


def is_cut_by_journalctl(fields: dict[str, Any]) -> bool:
    """Say whether journalctl left out the message of its own record: it prints null for long fields."""
    return "__REALTIME_TIMESTAMP" in fields and fields.get("MESSAGE", "") is None


def _gelf(fields: dict[str, Any]) -> dict[str, Any]:
    """GELF 1.1: `level` is a syslog severity."""
    level = fields.get("level")
    if type(level) is not int or level not in TEXT_BY_CODE:
        return fields
    return {**fields, "level": TEXT_BY_CODE[level]}


def _with_message(fields: dict[str, Any], raw: str) -> dict[str, Any]:
    """Network events have no message of their own: it is an alert's signature, or the whole record."""
    if not raw or any(name in fields for name in _MESSAGES):
        return fields
    alert = fields.get("alert")
    signature = alert.get("signature") if isinstance(alert, dict) else None
    return {
        **fields,
        "message": signature if isinstance(signature, str) and signature else raw.replace("\r", " "),
    }
