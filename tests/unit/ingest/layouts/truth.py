"""The rows that lines are to become, written by hand."""

from datetime import UTC, datetime
from typing import Any

from lumber.catalog.severity import LEVEL_BY_SPELLING


def row(
    moment: datetime,
    message: str,
    data: dict[str, Any] | None = None,
    level: str | None = None,
    process: str | None = None,
) -> dict[str, Any]:
    """Return the columns that the reader is to give, without nulls. `level` is the text and the log level."""
    found = {"timestamp": moment.replace(tzinfo=UTC), "message": message, "structured_data": data}
    if level is not None:
        found |= {"severity_text": level, "log_level": LEVEL_BY_SPELLING[level.lower()]}
    return {name: value for name, value in {**found, "process_name": process}.items() if value is not None}


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the reader with its time as a datetime."""
    return {**found, "timestamp": datetime.fromtimestamp(found["timestamp"] / 1e6, UTC)}
