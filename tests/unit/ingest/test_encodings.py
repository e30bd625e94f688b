"""UTF-16 becomes UTF-8, and what is no text is refused with a sentence."""

import io
import random
import tarfile
import zipfile

import pytest

from lumber.errors import IngestError
from lumber.ingest.binary import require_text
from lumber.ingest.encodings import Transcoded, encoding_of
from tests.unit.ingest.test_decompress import Pieces

TEXT = "Mar  1 10:00:00 h app[1]: h\u00e9 \U0001f600 \u0a0d\n" * 50


def transcoded(data: bytes, *, most: int = 2**30, size: int = 1000) -> bytes:
    encoding = encoding_of(data[:4])
    assert encoding is not None
    stream = Pieces(data)
    stream.most = most
    source = Transcoded(stream, encoding)
    pieces = []
    while piece := source.read(size):
        assert len(piece) <= size
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("most", [1, 3, 2**30])
def test_utf16_with_a_mark_is_text(encoding: str, most: int) -> None:
    assert transcoded(("\ufeff" + TEXT).encode(encoding), most=most) == TEXT.encode()


def test_half_a_character_is_not_utf8() -> None:
    lone = "\ufeffa\n\ud800b\nc\n".encode("utf-16-le", "surrogatepass") + b"x"
    lines = transcoded(lone).split(b"\n")
    assert (lines[0], lines[2]) == (b"a", b"c")
    for broken in (lines[1], lines[3]):
        with pytest.raises(UnicodeDecodeError):
            broken.decode()


@pytest.mark.parametrize("head", [b"", b"\xff", b"\xef\xbb\xbfa", b"Mar ", b"\xff\xfe\0\0"], ids=repr)
def test_other_text_has_no_mark_of_utf16(head: bytes) -> None:
    assert encoding_of(head) is None


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.log", TEXT)
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.log"), io.BytesIO())
    return file.getvalue()


BINARY = {
    "ZIP archive": _zip(),
    "tar archive": _tar(),
    "journal of systemd": b"LPKSHHRH" + bytes(100),
    "Windows event log": b"ElfFile\0" + bytes(100),
    "without a byte order mark": TEXT.encode("utf-16-le"),
    "UTF-32": TEXT.encode("utf-32"),
    "a binary file": random.Random(1).randbytes(4096),
}


@pytest.mark.parametrize("what", BINARY)
def test_what_is_no_text_is_named_with_advice(what: str) -> None:
    with pytest.raises(IngestError, match=rf"^f\.bin (is|looks) .*{what}.*\. [A-Z].*\.$"):
        require_text("f.bin", BINARY[what])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        TEXT.encode(),
        TEXT.encode("latin-1", "replace"),
        bytes(60_000) + TEXT.encode(),
        b"\x1b[31mred\x1b[0m\n" * 100,
        b"\x01\x02",
    ],
    ids=["empty", "utf8", "latin1", "nul", "colours", "short"],
)
def test_text_and_damaged_text_is_read(head: bytes) -> None:
    require_text("f.log", head)
