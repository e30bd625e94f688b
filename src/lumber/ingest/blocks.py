"""Cuts a stream of bytes into blocks of whole lines, and a block into a column of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from lumber.ingest.decompress import Readable
from lumber.ingest.rejects import Reject
from lumber.text import counted

_READ_BYTES = 1024 * 1024
BOM = b"\xef\xbb\xbf"
NOT_UTF8 = "not valid UTF-8"


def after_last_line(text: bytes, is_whole: bool) -> int:
    """Return where the last complete line of a text ends; 0 if it has none."""
    return text.rfind(b"\n") + 1


def blocks(
    stream: Readable,
    chunk_bytes: int,
    line_bytes: int,
    end_of: Callable[[bytes, bool], int] = after_last_line,
) -> Iterator[bytes]:
    """Yield the stream in blocks of about `chunk_bytes` that end with a line, or with the stream.

    `end_of` chooses the line: it returns the place in the end of a block, or in all of it, where the block
    may end; 0 if there is none. A line longer than `line_bytes` is cut: only its blocks end in the middle of
    a line.
    """
    pieces: list[bytes] = []
    size = 0
    while data := stream.read(min(_READ_BYTES, chunk_bytes)):
        pieces.append(data)
        size += len(data)
        if size < chunk_bytes:
            continue
        cut = end_of(data, len(pieces) == 1)
        if not cut and len(pieces) > 1 and b"\n" in data:
            data = b"".join(pieces)
            pieces, cut = [data], end_of(data, True)
        if cut:
            pieces[-1] = data[:cut]
            yield b"".join(pieces)
            pieces, size = [data[cut:]], len(data) - cut
        elif size > line_bytes + chunk_bytes:
            rest = b"".join(pieces)
            pieces.clear()
            if cut := after_last_line(rest, True):
                yield rest[:cut]
                rest = rest[cut:]
            if len(rest) > line_bytes:
                yield rest
                rest = b""
            pieces, size = [rest], len(rest)
    if rest := b"".join(pieces):
        yield rest


def too_long(line_bytes: int) -> str:
    """Return the reason why a line is rejected."""
    return f"longer than {counted(line_bytes, 'byte')}, the limit of LUMBER_MAX_LINE_BYTES"


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of text: a frame of number and line, the number of lines, and rejects that are not text."""

    frame: pl.DataFrame
    count: int
    rejects: list[Reject]


def split_lines(block: bytes, first_number: int) -> Lines:
    """Cut a block into lines without their ends (LF or CRLF); a line that is not UTF-8 is a reject."""
    places = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")) + 1
    if len(places) == 0 or places[-1] != len(block):
        places = np.append(places, len(block))
    offsets = np.concatenate([np.zeros(1, np.int64), places]).astype(np.int64)
    count = len(offsets) - 1
    try:
        block.decode()
    except UnicodeDecodeError:
        return _split_broken(block, offsets, first_number)
    array = pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets.data), pa.py_buffer(block))
    return Lines(_framed(pl.Series("line", array), pl.int_range(count, eager=True) + first_number), count, [])


def _split_broken(block: bytes, offsets: np.ndarray, first_number: int) -> Lines:
    numbers: list[int] = []
    lines: list[str] = []
    rejects: list[Reject] = []
    for index in range(len(offsets) - 1):
        raw = block[offsets[index] : offsets[index + 1]]
        try:
            lines.append(raw.decode())
            numbers.append(first_number + index)
        except UnicodeDecodeError:
            shown = raw.rstrip(b"\r\n").decode(errors="backslashreplace")
            rejects.append(Reject(first_number + index, NOT_UTF8, shown))
    series = pl.Series("line", lines, dtype=pl.String)
    return Lines(_framed(series, pl.Series(numbers, dtype=pl.Int64)), len(offsets) - 1, rejects)


def _framed(lines: pl.Series, numbers: pl.Series) -> pl.DataFrame:
    stripped = lines.str.strip_suffix("\n").str.strip_suffix("\r")
    return pl.DataFrame({"number": numbers.cast(pl.Int64), "line": stripped})
