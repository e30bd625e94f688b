"""Times on the command line: `2026-01-31` or `2026-01-31T12:00:00Z`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import typer


def moment_of(text: str | None, option: str, *, is_end: bool = False) -> datetime | None:
    """Return a time in UTC, which a time without a zone means too; None for none.

    With `is_end`, a date without a time means its last moment. Raises typer.BadParameter.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if is_end and _is_day(text):
            moment = datetime.combine(moment, time.max)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} isn't a time such as 2026-01-31 or 2026-01-31T12:00:00Z.", param_hint=option
        ) from None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
