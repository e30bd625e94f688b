"""Reads times ahead of a load: what the year of the first lines is may show only at the end of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from lumber.ingest.syslog import rfc3164

_SAMPLES = 512
_SAMPLE_BYTES = 4096


def times_ahead(path: Path | None, start: int) -> pl.DataFrame | None:
    """Return the times at evenly spaced places of a plain file from byte `start`, as `rfc3164.times_of` does.

    None if the file ends there, if it isn't a file, and if no line begins with such a time: for example in a
    compressed file.
    """
    if path is None or not path.is_file() or path.stat().st_size <= start:
        return None
    lines = [line for block in _blocks(path, start) for line in block.decode(errors="replace").split("\n")]
    times = rfc3164.times_of(pl.Series("line", lines, dtype=pl.String))
    return times if len(times) else None


def _blocks(path: Path, start: int) -> Iterator[bytes]:
    """Yield blocks of whole lines in their order, the first from `start`, the last from the end."""
    size = path.stat().st_size
    last = max(size - _SAMPLE_BYTES, start)
    with path.open("rb") as file:
        for place in (*range(start, last, max(_SAMPLE_BYTES, (size - start) // _SAMPLES)), last):
            file.seek(place)
            block = file.read(_SAMPLE_BYTES)
            begin = block.find(b"\n") + 1 if place > start else 0
            yield block[begin : block.rfind(b"\n") + 1]
