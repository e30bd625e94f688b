"""The first bytes of a file, which end anywhere, and what a dry run shows of them."""

import bz2
import gzip
import io
import lzma
import random

import pytest
import zstandard

from lumber.errors import IngestError
from lumber.ingest.dry_run import dry_run
from lumber.ingest.first_bytes import whole_lines
from lumber.ingest.limits import Limits
from lumber.ingest.options import IngestOptions
from lumber.ingest.sources import Source

CHANCE = random.Random(7)
LINES = "".join(f"2026-01-02T03:04:05Z h app[7]: hello {CHANCE.randbytes(150).hex()}\n" for _ in range(900))
CODECS = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": lambda data: bz2.compress(data, 1),
    "xz": lzma.compress,
    "zstd": zstandard.compress,
}


def shown(data: bytes) -> tuple[int, int]:
    content = whole_lines("a.log", data, Limits())
    found = dry_run(Source("a.log", None, io.BytesIO(content)), IngestOptions("logs"), "sqlite", is_cut=True)
    return found.report.loaded, found.report.rejected


@pytest.mark.parametrize("codec", CODECS)
def test_a_file_that_is_cut_shows_its_whole_lines(codec) -> None:
    data = CODECS[codec](LINES.encode())
    loaded, rejected = shown(data[: len(data) * 4 // 5])
    assert loaded >= 100
    assert rejected == 0


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_may_be_cut_in_a_character(encoding) -> None:
    data = ("\ufeff" + LINES).encode(encoding)
    for end in range(3000, 3005):
        assert shown(data[:end])[1] == 0


def test_a_document_that_is_cut_shows_its_first_records() -> None:
    record = '{"timestamp": "2026-01-02T03:04:05Z", "message": "' + "x" * 500 + '"}'
    data = ("[" + ",\n".join([record] * 400) + "]").encode()
    loaded, rejected = shown(data[:-1000])
    assert loaded >= 100
    assert rejected == 0


def test_a_line_longer_than_the_content_is_shown_as_far_as_it_is_known() -> None:
    assert whole_lines("a.log", b"no end", Limits()) == b"no end"


@pytest.mark.parametrize(
    ("data", "part"),
    [(b"PAR1xxxx", "Parquet"), (gzip.compress(b"x" * 100, mtime=0)[:15] + b"\xff" * 50, "is damaged")],
    ids=["parquet", "gzip"],
)
def test_what_can_not_be_shown_says_why(data, part) -> None:
    with pytest.raises(IngestError, match=part):
        whole_lines("a.log", data, Limits())
