"""Finds rows in files of text by their number, without parsing those before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from threading import Lock
from typing import IO

# Memory for places: 16 bytes for so many rows.
_STEP_ROWS = 2_000
_BLOCK_BYTES = 256 * 1024
_QUOTE = b'"'


class RowPlaces:
    """Where some rows of a file begin, as far as it was read: the number of a row, and its byte in the text.

    Several threads may use it.
    """

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._bytes: list[int] = []
        self._lock = Lock()

    def before(self, row: int, start: int) -> tuple[int, int]:
        """Return the last known place that isn't after a row: the row there, and its byte.

        `start` is the byte of the first row.
        """
        with self._lock:
            at = bisect_right(self._rows, row) - 1
            return (0, start) if at < 0 else (self._rows[at], self._bytes[at])

    def add(self, row: int, place: int) -> None:
        """Keep where a row begins, unless a place near it is known."""
        with self._lock:
            at = bisect_right(self._rows, row)
            is_near = at > 0 and row - self._rows[at - 1] < _STEP_ROWS
            if not is_near and (at == len(self._rows) or self._rows[at] - row >= _STEP_ROWS):
                self._rows.insert(at, row)
                self._bytes.insert(at, place)

    def __len__(self) -> int:
        return len(self._rows)


def lines_from(
    open_at: Callable[[int], AbstractContextManager[IO[bytes]]],
    places: RowPlaces,
    first: int,
    *,
    start: int,
    most_bytes: int,
    has_quotes: bool = False,
) -> Iterator[list[bytes]]:
    """Yield the rows of a text from number `first` on, each without its line feed, some at a time.

    `open_at` opens the text at a byte, and `start` is that of the first row. With `has_quotes`, line feeds
    between quotes belong to a row. Raises ValueError for a row of more than `most_bytes`.
    """
    row, at = places.before(first, start)
    with open_at(at) as stream:
        rest = b""
        while block := stream.read(max(_BLOCK_BYTES, len(rest))):
            text = rest + block
            lines, rest = _whole_lines(text, has_quotes=has_quotes)
            if len(rest) > most_bytes:
                raise ValueError(f"row {row + len(lines) + 1} is longer than {most_bytes:,} bytes")
            skipped = max(0, first - row)
            row += len(lines)
            at += len(text) - len(rest)
            places.add(row, at)
            if skipped < len(lines):
                yield lines[skipped:]
        if rest and row >= first:
            yield [rest]


def _whole_lines(text: bytes, *, has_quotes: bool) -> tuple[list[bytes], bytes]:
    """Return the rows in a text, and what follows the last of them."""
    *lines, rest = text.split(b"\n")
    if not has_quotes or _QUOTE not in text:
        return lines, rest
    rows: list[bytes] = []
    parts: list[bytes] = []
    is_inside = False
    for line in lines:
        parts.append(line)
        is_inside ^= line.count(_QUOTE) % 2 == 1
        if not is_inside:
            rows.append(parts[0] if len(parts) == 1 else b"\n".join(parts))
            parts = []
    return rows, b"\n".join([*parts, rest])
