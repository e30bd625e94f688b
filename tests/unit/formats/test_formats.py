"""Which compression goes with which format, and what the files are called."""

from __future__ import annotations

import pickle

import pytest

from lumber.formats import Compression, WriteOptions, extension, resolve_compression


@pytest.mark.parametrize(
    ("format", "expected"),
    [("json", "gzip"), ("jsonl", "gzip"), ("csv", "gzip"), ("parquet", "zstd"), ("arrow", "zstd")],
)
def test_true_is_what_the_readers_open_by_themselves(format: str, expected: str) -> None:
    assert resolve_compression(format, True) is Compression(expected)
    assert resolve_compression(format, False) is Compression.NONE
    assert resolve_compression(format, "zstd") is Compression.ZSTD


def test_a_compression_that_the_format_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"arrow cannot be compressed with 'gzip'; it has: none, zstd"):
        resolve_compression("arrow", "gzip")
    with pytest.raises(ValueError, match=r"csv cannot be compressed with 'bzip2'; it has: none, gzip, zstd"):
        resolve_compression("csv", "bzip2")


@pytest.mark.parametrize(
    ("format", "compression", "expected"),
    [
        ("parquet", "zstd", ".parquet"),
        ("arrow", "zstd", ".arrow"),
        ("json", "none", ".json"),
        ("jsonl", "gzip", ".jsonl.gz"),
        ("csv", "zstd", ".csv.zst"),
    ],
)
def test_only_text_shows_its_compression_in_the_name(format: str, compression: str, expected: str) -> None:
    assert extension(format, Compression(compression)) == expected


def test_options_travel_to_another_process() -> None:
    options = WriteOptions("json", Compression.GZIP, metadata={"a": 1})
    assert pickle.loads(pickle.dumps(options)) == options
