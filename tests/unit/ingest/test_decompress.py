"""Compressed sources are read in bounded pieces, member by member, and damage is an error."""

import bz2
import gzip
import io
import lzma
import zlib

import pytest
import zstandard

from lumber.errors import IngestError
from lumber.files.expansion import RATIO_FREE_BYTES
from lumber.ingest.decompress import Decompressed, is_compressed
from lumber.ingest.limits import Limits, is_too_deep

MIB = 1024**2
TEXT = b"".join(b"line %d of a log\n" % number for number in range(20_000))
CODECS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data),
}


class Pieces(io.BytesIO):
    """A stream that gives at most so many bytes at a time, as a pipe does."""

    most = 2**30

    def read(self, size: int = -1, /) -> bytes:
        return super().read(min(size, self.most))


def content(data: bytes, *, size: int = MIB, most: int = 2**30, limits: Limits = Limits()) -> bytes:  # noqa: B008
    stream = Pieces(data)
    stream.most = most
    source = Decompressed("a file", stream, limits)
    pieces = []
    while piece := source.read(size):
        assert len(piece) <= size
        pieces.append(piece)
    assert source.read(size) == b""
    return b"".join(pieces)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(("size", "most"), [(MIB, 2**30), (1000, 7), (1, 100_000)])
def test_the_content_is_the_same_however_it_is_read(codec: str, size: int, most: int) -> None:
    data = TEXT[:50_000]
    assert content(CODECS[codec](data), size=size, most=most) == data


@pytest.mark.parametrize("codec", CODECS)
def test_members_follow_each_other(codec: str) -> None:
    compress = CODECS[codec]
    members = [TEXT, b"", b"a\n", b"", TEXT[:3]]
    assert content(b"".join(map(compress, members))) == b"".join(members)


@pytest.mark.parametrize("codec", CODECS)
def test_many_tiny_members_take_time_in_proportion(codec: str) -> None:
    # Copying what follows each member would be 100 GB here.
    assert content(CODECS[codec](b"") * 50_000 + CODECS[codec](b"x")) == b"x"


def test_gzip_may_be_padded_with_zeros() -> None:
    member = gzip.compress(b"a", mtime=0)
    assert content(member + b"\0" * 300_000 + member + b"\0" * 5) == b"aa"


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("missing", [1, 4, 9, 1000])
def test_incomplete_data_is_an_error(codec: str, missing: int) -> None:
    with pytest.raises(IngestError, match=r"The compressed data of a file is damaged: .*Lines before that"):
        content(CODECS[codec](TEXT)[:-missing])


@pytest.mark.parametrize("codec", CODECS)
def test_changed_data_is_an_error(codec: str) -> None:
    data = bytearray(CODECS[codec](TEXT))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(IngestError, match="damaged"):
        content(bytes(data))


def test_a_huge_window_is_an_error_that_says_what_to_do() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=28, write_content_size=False)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(IngestError, match="window is larger than 128 MiB; compress it again without --long"):
        content(compressor.compress(TEXT) + compressor.flush())


def test_a_huge_dictionary_of_xz_is_an_error_that_says_what_to_do() -> None:
    # Only the header names 1.5 GiB: a compressor would take ten times as much.
    data = bytearray(lzma.compress(TEXT, check=lzma.CHECK_NONE))
    assert data[12:17] == b"\x02\x00\x21\x01\x16"
    data[16] = 37
    data[20:24] = zlib.crc32(data[12:20]).to_bytes(4, "little")
    with pytest.raises(IngestError, match="dictionary is larger than 128 MiB; compress it again with -9"):
        content(bytes(data))


def test_a_line_that_begins_like_bzip2_is_text() -> None:
    assert is_compressed(bz2.compress(b""))
    assert not is_compressed(b"BZh1 is a name")


def test_an_error_of_the_stream_stays_what_it_is() -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            if size > 4:
                raise IngestError("the sender is gone")
            return b"\x28\xb5\x2f\xfd"[:size]

    with pytest.raises(IngestError, match="the sender is gone"):
        Decompressed("a file", Broken(), Limits()).read(10)


def test_very_repetitive_logs_are_not_refused() -> None:
    data = b"<34>Oct 11 22:14:15 web1 su: the same line again\n" * 200_000
    compressed = CODECS["zstd"](data)
    assert len(data) > 3 * Limits().compression_ratio * len(compressed)
    assert content(compressed) == data


@pytest.mark.parametrize(
    ("codec", "ratio"), [("gzip", 900.0), ("zstd", 1_000.0), ("bz2", 1_000.0), ("xz", 1_000.0)]
)
def test_a_bomb_is_refused_once_it_is_large(codec: str, ratio: float) -> None:
    data = CODECS[codec](bytes(16 * MIB)) * 40
    source = Decompressed("a file", io.BytesIO(data), Limits(compression_ratio=ratio))
    left = RATIO_FREE_BYTES
    while left:
        left -= len(source.read(min(MIB, left)))
    with pytest.raises(IngestError, match=f"more than {ratio:,g} times its compressed size"):
        source.read(MIB)


@pytest.mark.parametrize(
    ("text", "is_deep"),
    [
        ("[" * 3 + "]" * 3, False),
        ("[" * 4 + "]" * 4, True),
        ("[[[]], [[]], [[]]]", False),
        ('["[[[[[[\\"[[[[", "\\\\"]', False),
        ('{"a": {"b": {"c": {}}}}', True),
        ("]]]][[[", False),
    ],
)
def test_depth_counts_open_brackets_outside_strings(text: str, is_deep: bool) -> None:
    assert is_too_deep(text, 3) == is_deep
