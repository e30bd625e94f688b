"""FortiGate's lines: `date=2024-03-01 time=12:00:00 devname="FG" ... level="notice"`.

Source of the format: the log message reference of FortiOS.
"""

from __future__ import annotations

from typing import Any

from lumber.ingest.devices.body import Body
from lumber.ingest.devices.pairs import pairs

START = "date="
_MARKS = ("devid", "logid", "log_id")
_COLUMNS = ("devname", "devid", "level", "msg")


def read(text: str) -> Body | None:
    """Return the parts of a line; None for any other text.

    `msg` is the message; a line without one has its pairs there. `service` is that of a client.
    """
    values = pairs(text) if text.startswith(START) else None
    if values is None or not any(name in values for name in _MARKS):
        return None
    host, device, level, message = (_text(values, name) for name in _COLUMNS)
    return Body(message or text, values, host=host, device=device, severity=level)


def _text(values: dict[str, Any], name: str) -> str | None:
    """Remove and return a text. Anything else stays."""
    return str(values.pop(name)) if isinstance(values.get(name), str | int) else None
