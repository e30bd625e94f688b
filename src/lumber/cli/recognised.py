"""What the lines of a load were recognised as, in words."""

from __future__ import annotations

from collections.abc import Sequence

from lumber.cli.output import printable
from lumber.ingest.recognition import FormatCount
from lumber.text import counted

_MOST_FORMATS = 6


def formats_text(formats: Sequence[FormatCount], unrecognised: int) -> str:
    """Return what lines were recognised as: `310 lines as an access log, 14 as CEF, 3 not recognised`."""
    if not formats:
        return f"none of {counted(unrecognised, 'line')}"
    shown = formats if len(formats) <= _MOST_FORMATS else formats[: _MOST_FORMATS - 1]
    first, *rest = shown
    parts = [f"{counted(first.lines, 'line')} as {first.name}"]
    parts += [f"{each.lines:,} as {each.name}" for each in rest]
    if others := formats[len(shown) :]:
        parts.append(f"{sum(each.lines for each in others):,} in {len(others)} other formats")
    if unrecognised:
        parts.append(f"{unrecognised:,} not recognised")
    return printable(", ".join(parts))
