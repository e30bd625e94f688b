"""Turns UTF-16 with a byte order mark into UTF-8, in bounded reads."""

from __future__ import annotations

import codecs

from lumber.ingest.decompress import Readable

BOM_BYTES = 4
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_READ_BYTES = 256 * 1024
_BROKEN = b"\xff"


def encoding_of(head: bytes) -> str | None:
    """Return the encoding whose byte order mark the first `BOM_BYTES` begin with; None for all others."""
    if head.startswith(codecs.BOM_UTF32_LE):
        return None  # it begins with the mark of UTF-16
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


class Transcoded:
    """Text in UTF-16 as UTF-8, without its byte order mark.

    Half a character becomes bytes that are not UTF-8, so its line becomes a reject.
    """

    def __init__(self, stream: Readable, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._ready = memoryview(b"")
        self._is_start = True
        self._is_over = False

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        while not self._ready and not self._is_over:
            self._ready = memoryview(self._next())
        data, self._ready = bytes(self._ready[:size]), self._ready[size:]
        return data

    def _next(self) -> bytes:
        data = self._stream.read(_READ_BYTES)
        if not data:
            self._is_over = True
            return _BROKEN if self._decoder.getstate()[0] else b""
        text = self._decoder.decode(data)
        if self._is_start and text:
            self._is_start = False
            text = text.removeprefix("\ufeff")
        return text.encode(errors="surrogatepass")
