"""Print sizes, times, durations and rows. Columns are never cut: half an id or path is of no use."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from rich.cells import cell_len
from rich.filesize import decimal

from lumber.cli.output import Output, printable


def bytes_text(size_bytes: int) -> str:
    """Return a size such as `1.2 MB`."""
    return decimal(size_bytes)


def time_text(moment: datetime | None) -> str:
    """Return a time such as `2026-01-31 12:00:05` in UTC; `-` for none."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def duration_text(seconds: float | None) -> str:
    """Return a duration such as `2h 05m`, `3m 20s` or `4.2s`; `-` for none."""
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{max(seconds, 0):.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02d}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02d}m"


def print_rows(
    out: Output,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[str] = (),
    styles: Mapping[str, str] | None = None,
) -> None:
    """Print texts in columns under their names. `styles` gives a text its Rich style."""
    widths = [max(map(cell_len, column)) for column in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        cells = []
        for name, text, width in zip(names, row, widths, strict=True):
            style = "bold" if row is names else (styles or {}).get(text, "")
            shown = f"[{style}]{printable(text)}[/]" if style else printable(text)
            gap = " " * (width - cell_len(text))
            cells.append(gap + shown if name in right else shown + gap)
        out.say("  ".join(cells).rstrip())
