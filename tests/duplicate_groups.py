"""The reference for duplicates: which log lines are one, in plain Python, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def exact_groups(rows: Iterable[Row], apart: str | None = None) -> list[list[Row]]:
    """Group rows equal in time, device, process and message, and in the column `apart`."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        key = tuple(row[name] for name in ("timestamp", "device_id", "process_name", "message"))
        groups.setdefault((*key, row[apart] if apart else None), []).append(row)
    return list(groups.values())


def burst_groups(rows: Iterable[Row], seconds: int, apart: str | None = None) -> list[list[Row]]:
    """Group runs: lines of a device that say the same, up to a whole step of `seconds`."""
    groups: list[list[Row]] = []
    open_runs: dict[str | None, tuple[tuple[Any, ...], list[Row]]] = {}
    for row in rows:
        key = (
            *(row[name] for name in ("process_name", "message", "log_level")),
            row[apart] if apart else None,
            (row["timestamp"] - EPOCH) // timedelta(seconds=seconds),
        )
        known = open_runs.get(row["device_id"])
        if known is not None and known[0] == key:
            known[1].append(row)
        else:
            groups.append([row])
            open_runs[row["device_id"]] = (key, groups[-1])
    return groups


def labelled(group: Sequence[Row]) -> Row:
    """Return the row of a group whose label stands for all: the first with 1, else with 0, else the first."""
    for wanted in (1, 0):
        for row in group:
            if row["label"] == wanted:
                return row
    return group[0]
