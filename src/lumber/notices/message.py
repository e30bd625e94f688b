"""What a notice says: the JSON of a webhook, the subject and text of an e-mail. None has rows or values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lumber import errors
from lumber.errors import LumberError

TEST = "test"
_HEADLINES = {
    "completed": "Export completed",
    "failed": "Export failed",
    "held": "Version held",
    "paused": "Schedule paused",
    "no_new_data": "No new data",
    "tables_failed": "Tables are behind",
    TEST: "Test of a notice",
}
_NAMES = {
    "dataset": "Dataset",
    "version": "Version",
    "data_version": "Data version",
    "schedule": "Schedule",
    "export_id": "Export",
    "failures": "Failures",
    "format": "Format",
    "rows": "Rows",
    "size_bytes": "Bytes",
    "error_code": "Error",
    "error": "Meaning",
    "reason": "Reason",
    "url": "Page",
}


def body_of(payload: Mapping[str, Any], public_url: str) -> bytes:
    """Return the body of a webhook: what happened, the meaning of its error, and the page of the export."""
    return json.dumps(_complete(payload, public_url), ensure_ascii=False, separators=(",", ":")).encode()


def subject_of(payload: Mapping[str, Any]) -> str:
    """Return the subject of an e-mail: one line of printable characters."""
    data = payload["data"]
    about = data.get("dataset") or data.get("schedule") or data.get("export_id") or data.get("notice") or ""
    return f"[Lumber] {_headline(payload)}: {_line(about)}".removesuffix(": ")


def text_of(payload: Mapping[str, Any], public_url: str) -> str:
    """Return the text of an e-mail."""
    complete = _complete(payload, public_url)
    lines = [f"{_headline(payload)} at {complete['timestamp']}.", ""]
    for name, value in complete["data"].items():
        shown = f"{value:,}" if isinstance(value, int) else _line(value)
        lines.append(f"{_NAMES.get(name, name.replace('_', ' ').capitalize())}: {shown}")
    return "\n".join(lines) + "\n"


def _complete(payload: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    data = dict(payload["data"])
    if "error_code" in data:
        data["error"] = _meaning(data["error_code"])
    if public_url and "export_id" in data:
        data["url"] = f"{public_url}/exports/{data['export_id']}"
    return {"type": payload["type"], "timestamp": payload["timestamp"], "data": data}


def _headline(payload: Mapping[str, Any]) -> str:
    return _HEADLINES.get(payload["type"], str(payload["type"]))


def _meaning(code: str) -> str:
    """Return what an error code means. The message of the error itself may have values and paths."""
    for known in vars(errors).values():
        if isinstance(known, type) and issubclass(known, LumberError) and known.code == code:
            return (known.__doc__ or "").splitlines()[0]
    return "Something unexpected happened; the log has the details."


def _line(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "".join(each if each.isprintable() else " " for each in text)
