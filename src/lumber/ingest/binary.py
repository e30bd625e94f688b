"""Recognises files that hold no text, to refuse each with one sentence."""

from __future__ import annotations

import re

from lumber.errors import IngestError

_UNPACK = "Unpack it and load the files in it."
_EXPORT = "Export it as text first."
_KNOWN: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"LPKSHHRH", "a journal of systemd", "Load what `journalctl --file FILE -o json --all` prints."),
    (b"ElfFile\x00", "a Windows event log (EVTX)", "Export it as XML or CSV first."),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"\xd4\xc3\xb2\xa1", "a network capture", _EXPORT),
    (b"\xa1\xb2\xc3\xd4", "a network capture", _EXPORT),
    (b"\x0a\x0d\x0d\x0a", "a network capture", _EXPORT),
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"\x89PNG\r\n", "a picture", "Choose a file of text."),
    (b"\x7fELF", "a program", "Choose a file of text."),
    (b"ARROW1", "an Arrow file", "Write it as Parquet, CSV or JSON Lines."),
    (b"Obj\x01", "an Avro file", "Write it as Parquet, CSV or JSON Lines."),
    (b"\xff\xfe\x00\x00", "UTF-32", "Convert it to UTF-8, for example with iconv."),
    (b"\x00\x00\xfe\xff", "UTF-32", "Convert it to UTF-8, for example with iconv."),
    (b"\x04\x22\x4d\x18", "compressed with LZ4", "Decompress it first."),
)
_TAR_MARK, _TAR_AT = b"ustar", 257
# Text has none of these, except where a log is damaged. NUL is left out: a crash leaves runs of it.
_CONTROL = re.compile(rb"[\x01-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MIN_BYTES = 512
_MOST_CONTROL = 0.05
_MOST_NUL_PAIRS, _MOST_OTHERS = 0.7, 0.05


def require_text(name: str, head: bytes) -> None:
    """Raise IngestError if the first bytes of the source `name` are not text."""
    for magic, what, advice in _KNOWN:
        if head.startswith(magic):
            raise IngestError(f"{name} is {what}, which Lumber doesn't read. {advice}")
    if head[_TAR_AT:].startswith(_TAR_MARK):
        raise IngestError(f"{name} is a tar archive, which Lumber doesn't read. {_UNPACK}")
    if _is_utf16(head):
        raise IngestError(
            f"{name} looks like UTF-16 without a byte order mark. Convert it to UTF-8, such as with iconv."
        )
    if len(head) >= _MIN_BYTES and len(_CONTROL.findall(head)) > _MOST_CONTROL * len(head):
        raise IngestError(f"{name} is a binary file, not text. Choose a file of text, CSV or Parquet.")


def _is_utf16(head: bytes) -> bool:
    """Say whether every second byte is NUL, as in ASCII characters of two bytes."""
    even, odd = head[::2], head[1::2]
    return any(
        len(zeros) > 4
        and zeros.count(0) > _MOST_NUL_PAIRS * len(zeros)
        and others.count(0) < _MOST_OTHERS * len(others)
        for zeros, others in ((even, odd), (odd, even))
    )
