"""The options that say which log lines count as one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

_PANEL = "Duplicates"

DeduplicateOption = Annotated[
    str | None,
    typer.Option(
        "--deduplicate",
        metavar="MODE",
        rich_help_panel=_PANEL,
        help="off, exact (log lines equal in device, time, process and message), or burst (runs of one "
        "message become one line with repeat_count). [default: off]",
    ),
]
BurstSecondsOption = Annotated[
    int | None,
    typer.Option(
        "--burst-seconds",
        metavar="SECONDS",
        rich_help_panel=_PANEL,
        help="Where runs end at the latest: at whole steps of so many seconds, 1 to 3600. [default: 60]",
    ),
]


def deduplicate_values(mode: str | None, burst_seconds: int | None) -> dict[str, Any]:
    """Return what was given of the config's `deduplicate`; what was not is not in it."""
    given = {"mode": mode, "burst_seconds": burst_seconds}
    return {name: value for name, value in given.items() if value is not None}
