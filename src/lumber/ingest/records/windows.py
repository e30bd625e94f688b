"""Windows events in tables and in JSON: exports of Event Viewer, Get-WinEvent and Get-EventLog."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

# Level 0 is for events that a filter by level never leaves out. It tells nothing about their severity.
LEVELS = {"0": "LogAlways", "1": "Critical", "2": "Error", "3": "Warning", "4": "Information", "5": "Verbose"}
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_EPOCH = re.compile(r"/Date\((-?[0-9]+)\)/")
# Event Viewer writes the message as a column without a name.
_VIEWER = ("date and time", "source", "event id", "task category")
_VIEWER_FIRST = ("level", "keywords")
# Of each program, the fields that are columns, and the two that tell that it wrote the record.
_VIEWER_COLUMNS = {"Date and Time": "timestamp", "Source": "process_name", "Event ID": "EventID"}
_GET_WIN_EVENT = {
    "TimeCreated": "timestamp", "ProviderName": "process_name", "MachineName": "host_name", "Id": "EventID",
}  # fmt: skip
_GET_EVENT_LOG = {
    "TimeGenerated": "timestamp", "Source": "process_name", "MachineName": "host_name", "EventID": "EventID",
    "EntryType": "severity_text",
}  # fmt: skip
_NUMBERS = frozenset(
    {
        "EventID", "Version", "Qualifiers", "Task", "Opcode", "RecordId", "ProcessId", "ThreadId", "Index",
        "CategoryNumber", "InstanceId",
    }
)  # fmt: skip


def typed(text: str) -> Any:
    """Return the number or the bool that a text is, if its text can be made again from it."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _WHOLE.fullmatch(text) else text


def is_viewer_header(names: Sequence[str]) -> bool:
    """Say whether a header is the one of Event Viewer: five names, and six values in each record."""
    lowered = tuple(name.strip().lower() for name in names)
    return len(lowered) in (5, 6) and lowered[0] in _VIEWER_FIRST and lowered[1:5] == _VIEWER


def with_message(names: list[str]) -> list[str]:
    """Return a header with a name for the message, which Event Viewer gives none."""
    return [*names[:5], "Message"] if is_viewer_header(names) else names


def adapted(fields: dict[str, Any]) -> dict[str, Any] | None:
    """Return the fields of an event under the names of their columns; None if it is no event."""
    if "Date and Time" in fields and "Event ID" in fields:
        columns = _VIEWER_COLUMNS
    elif "TimeCreated" in fields and ("ProviderName" in fields or "Id" in fields):
        columns = _GET_WIN_EVENT
    elif "TimeGenerated" in fields and ("EntryType" in fields or "InstanceId" in fields):
        columns = _GET_EVENT_LOG
    else:
        return None
    named = {columns.get(name, name): _value(columns.get(name, name), item) for name, item in fields.items()}
    level = LEVELS.get(str(fields.get("Level", "")).strip())
    if level is not None:
        named["severity_text"] = level
        named["Level.*"] = int(named.pop("Level"))
    if level in (None, LEVELS["0"]) and fields.get("LevelDisplayName"):
        # The name is in the language of the system.
        named["severity_text"] = named.pop("LevelDisplayName")
    return named


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name == "timestamp" and (found := _EPOCH.fullmatch(value)) is not None:
        return int(found[1])
    return typed(value) if name in _NUMBERS else value
