"""Texts and times of JSON Lines and of JSON documents, without an object for each row.

It takes rows as Lumber lays them out, one on each line; in a document a comma ends all lines but the last.
Nothing but these columns is checked: what must be looked at whole goes through `json_rows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, cast

import polars as pl
import pyarrow as pa

from lumber.formats.json_rows import MOST_BYTES

_BLOCK_BYTES = 8 * 1024 * 1024
_BEGINNINGS = (b"[", b'{"data": [')


def column_batches(
    stream: IO[bytes], types: Mapping[str, pa.DataType], most_bytes: int = MOST_BYTES, *, is_document: bool
) -> Iterator[pa.RecordBatch]:
    """Yield the columns that `types` names.

    Raises ValueError or an ArrowException for other content, and for a row of more than `most_bytes`.
    """
    lines = _lines(stream, most_bytes)
    blocks = _document_lines(lines) if is_document else lines
    # Polars' reader of JSON knows few other types, and stops the program at the rest.
    schema = dict.fromkeys(types, pl.String())
    for block in blocks:
        try:
            frame = pl.read_ndjson(block, schema=schema)
        except pl.exceptions.PolarsError as error:
            raise ValueError(f"it is not JSON as Lumber writes it ({error})") from None
        arrays = [
            cast("pa.Array[pa.Scalar[pa.DataType]]", frame[name].to_arrow()).cast(type_)
            for name, type_ in types.items()
        ]
        yield pa.RecordBatch.from_arrays(arrays, list(types))


def can_read(type_: pa.DataType) -> bool:
    """Say whether columns of a type can be read here."""
    return pa.types.is_string(type_) or pa.types.is_timestamp(type_)


def _lines(stream: IO[bytes], most_bytes: int) -> Iterator[bytes]:
    """Yield whole lines, many at a time. Raises ValueError for a line that is too long."""
    rest = b""
    while block := stream.read(max(_BLOCK_BYTES, len(rest))):
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield whole
        if len(rest) > most_bytes:
            raise ValueError(f"a line is longer than {most_bytes:,} bytes")
    if rest:
        yield rest


def _document_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the rows of a document as JSON Lines. A line feed in a text is escaped: none is inside a row."""
    is_begun = False
    for block in blocks:
        if not is_begun:
            beginning, _, block = block.partition(b"\n")
            if beginning not in _BEGINNINGS:
                if beginning.startswith(tuple(begin + b"]" for begin in _BEGINNINGS)):
                    return
                raise ValueError("it is no document as Lumber writes it")
            is_begun = True
        is_last = block.startswith(b"]") or b"\n]" in block
        rows = (b"\n" + block).partition(b"\n]")[0] if is_last else b"\n" + block
        if rows.strip():
            yield rows.replace(b",\n", b"\n").removesuffix(b",")
        if is_last:
            return
