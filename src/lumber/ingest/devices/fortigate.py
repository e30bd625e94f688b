"""FortiGate's lines: `date=2024-03-01 time=12:00:00 devname="FG" ... level="notice"`.

Source of the format: the log message reference of FortiOS.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lumber.ingest.devices.body import Body
from lumber.ingest.devices.pairs import pairs
from lumber.ingest.devices.rows import Line
from lumber.ingest.records.values import epoch_microseconds

_BEGIN = "date="
START = (
    r'^date="?[0-9]{4}-[0-9]{2}-[0-9]{2}"? time="?[0-9]{2}:[0-9]{2}:[0-9]{2}"? '
    r".*\b(?:devid|logid|log_id)="
)
# The widest zones, and a clock that was set.
_MOST_SECONDS = 15 * 3600
_MARKS = ("devid", "logid", "log_id")
_COLUMNS = ("devname", "devid", "level", "msg")


def read(text: str) -> Body | None:
    """Return the parts of a line; None for any other text.

    `msg` is the message; a line without one has its pairs there. `service` is that of a client.
    """
    values = pairs(text) if text.startswith(_BEGIN) else None
    if values is None or not any(name in values for name in _MARKS):
        return None
    host, device, level, message = (_text(values, name) for name in _COLUMNS)
    return Body(message or text, values, host=host, device=device, severity=level)


def read_line(text: str) -> Line | None:
    """Return the parts of a line that has no header. `eventtime` is exact; date and time may have no zone."""
    body = read(text)
    if body is None:
        return None
    data = dict(body.data)
    stamp = " ".join(str(data.pop(name, "")) for name in ("date", "time")) + str(data.get("tz", ""))
    moment = epoch_microseconds(data.get("eventtime"))
    if moment is not None and _is_near(moment, stamp):
        stamp = str(data["eventtime"])
    return Line(stamp, body._replace(data=data))


def _is_near(moment: int, stamp: str) -> bool:
    """Say whether a number is the time of a line. Both differ by the zone, if the line doesn't tell it."""
    try:
        local = datetime.fromisoformat(stamp)
    except ValueError:
        return False
    seconds = local.replace(tzinfo=local.tzinfo or UTC).timestamp()
    return abs(moment / 1_000_000 - seconds) <= _MOST_SECONDS


def _text(values: dict[str, Any], name: str) -> str | None:
    """Remove and return a text. Anything else stays."""
    return str(values.pop(name)) if isinstance(values.get(name), str | int) else None
