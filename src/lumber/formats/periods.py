"""Folders of a period, in the form of Hive: `date=2026-11-24`. Days and months are those of UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

Period = Literal["date", "month"]
PERIODS: tuple[Period, ...] = get_args(Period)

# The years 1 to 9999, in microseconds since 1970 UTC: their first moment, and their end.
FIRST_US, END_US = -62_135_596_800_000_000, 253_402_300_800_000_000

# Hive's folder for rows without a period: here times outside the years 1 to 9999, which `cast` rejects.
UNNAMED = "__HIVE_DEFAULT_PARTITION__"
# A regular expression for the name of such a folder.
FOLDER_PATTERN = (
    rf"(?:date=(?:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|{UNNAMED})|month=(?:[0-9]{{4}}-[0-9]{{2}}|{UNNAMED}))"
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTH = {"date": len("2026-11-24"), "month": len("2026-11")}


def period_folder(period: Period, time_us: int) -> str:
    """Return the name of the folder for a time in microseconds since 1970 UTC."""
    if not FIRST_US <= time_us < END_US:
        return f"{period}={UNNAMED}"
    value = (_EPOCH + timedelta(microseconds=time_us)).isoformat()[: _LENGTH[period]]
    return f"{period}={value}"


def is_in_folder(folder: str, time_us: int) -> bool:
    """Say whether a row of this time belongs into the folder of a period."""
    return any(period_folder(period, time_us) == folder for period in PERIODS)
