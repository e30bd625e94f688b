"""Rows that break careless encoders, and the way the tests write them."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import zstandard

from lumber.catalog.kind import TIMESTAMP, json_field, optional, required
from lumber.formats import Compression, WriteOptions, WrittenFile, all_formats, extension, open_shard

SCHEMA = pa.schema(
    [
        required("id", pa.int64()),
        required("timestamp", TIMESTAMP),
        optional("level", pa.int8()),
        json_field("features"),
        optional("message", pa.string()),
        optional("score", pa.float64()),
        json_field("tags"),
        json_field("extra"),
    ]
)

TEXTS = [
    "", None, '"', 'say "hi"', "a,b", "two\nlines", "dos\r\nlines", "lone\rreturn",
    "nul\x00inside", "\u2028\u2029",
    "日本語 größe", "😀👩‍👩‍👧", " spaces ", "tab\there", "\\backslash\\n", "null", "NaN",
    "{}", "\ufeffbom", "\x7f\x1b[31m",
    "=1+2", "'=1+2", "''@x", "-5", "+5", "\tx", "\rx", "'", "'plain", "x=1", "\n=1",
]  # fmt: skip
FLOATS = [
    5e-324,
    1e308,
    -0.0,
    0.0,
    0.1,
    1 / 3,
    -1.7976931348623157e308,
    1e16,
    1e21,
    1e-7,
    123456789012345680.0,
    None,
]
INTEGERS = [-(2**63), 2**63 - 1, 0, -1, 2**53 + 1]
TIMES = [
    dt.datetime(1, 1, 1, tzinfo=dt.UTC),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(999, 2, 3, 4, 5, 6, 7, tzinfo=dt.UTC),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC),
]
JSON_TEXTS = [
    None, "{}", "[]", "null", '{"a":{"b":[1,2,{"c":null}]},"z":"x"}', '{"n":123456789012345678901234567890}',
    "-7",
    '"text"', '{"nul":"\\u0000","line":"a\\nb","quote":"\\""}', '{"größe":"😀\u2028"}', "true", "[1.5e-300]",
]  # fmt: skip


def hard_rows() -> list[dict[str, Any]]:
    """Return rows that bring every hard value of every column."""
    return [
        {
            "id": INTEGERS[number % len(INTEGERS)],
            "timestamp": TIMES[number % len(TIMES)],
            "level": (None, -128, 127, 9)[number % 4],
            "features": JSON_TEXTS[number % len(JSON_TEXTS)],
            "message": TEXTS[number % len(TEXTS)],
            "score": FLOATS[number % len(FLOATS)],
            "tags": JSON_TEXTS[(number + 3) % len(JSON_TEXTS)],
            "extra": JSON_TEXTS[(number * 7) % len(JSON_TEXTS)],
        }
        for number in range(len(TEXTS) * len(FLOATS))
    ]


def batch_of(rows: list[dict[str, Any]], schema: pa.Schema = SCHEMA) -> pa.RecordBatch:
    """Return one batch with exactly `schema`."""
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def sliced(batch: pa.RecordBatch, size: int) -> list[pa.RecordBatch]:
    """Cut a batch into slices that share its buffers."""
    return [batch.slice(start, size) for start in range(0, batch.num_rows, size)]


def variants() -> list[WriteOptions]:
    """Return every format with every compression that it has; CSV without its escape."""
    return [
        WriteOptions(format, compression, csv_escape_formulas=False)
        for format, compression in product(all_formats(), Compression)
        if (format, compression) != ("arrow", Compression.GZIP)
    ]


def variant_name(options: WriteOptions) -> str:
    """Name a case for pytest."""
    return f"{options.format}-{options.compression}"


def write_shard(
    folder: Path, batches: Iterable[pa.RecordBatch], options: WriteOptions, schema: pa.Schema = SCHEMA
) -> tuple[Path, WrittenFile]:
    """Write a whole shard under a new name and return its path and its totals."""
    path = folder / f"shard-{len(list(folder.iterdir()))}{extension(options.format, options.compression)}"
    writer = open_shard(path, schema, options)
    try:
        for batch in batches:
            writer.write(batch)
        return path, writer.close()
    except BaseException:
        writer.abort()
        raise


def plain_bytes(path: Path) -> bytes:
    """Return a text shard's content, decompressed by a library that did not write it."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def time_text(value: dt.datetime) -> str:
    """Return the text of a time, put together by hand."""
    return f"{value.year:04}-{value:%m-%dT%H:%M:%S}.{value.microsecond:06}Z"


def frame_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as Polars sees them."""
    frame = pl.from_arrow(batch_of(rows))
    assert isinstance(frame, pl.DataFrame)
    return frame
