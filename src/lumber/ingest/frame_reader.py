"""Reads syslog whose messages are counted in bytes (RFC 6587, 3.4.1): `50 <34>1 ...`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from lumber.ingest.blocks import BOM, NOT_UTF8, too_long
from lumber.ingest.chunks import Chunk
from lumber.ingest.decompress import Readable
from lumber.ingest.line_reader import LineReader
from lumber.ingest.rejects import Reject
from lumber.ingest.resume import Position

_READ_BYTES = 256 * 1024
_COUNT = re.compile(rb"\s*([1-9][0-9]{0,8}) (?=<)")
_FIRST = re.compile(rb"([1-9][0-9]{0,8}) <[0-9]{1,3}>")
_NEXT = re.compile(rb"\s*(?:[1-9][0-9]{0,8} ?(?:<|$)|[0-9]*$)")
UNCOUNTED = "is not a syslog message with its number of bytes before it (RFC 6587)"
_INCOMPLETE = "has fewer bytes than the number before it says (RFC 6587)"
# A number, and the space and the PRI that follow it.
_HEADER_BYTES = 16


def is_counted(head: bytes) -> bool:
    """Say whether the first bytes of a source are a counted message that another one or the end follows."""
    text = head.removeprefix(BOM)
    found = _FIRST.match(text)
    if found is None:
        return False
    end = found.end(1) + 1 + int(found.group(1))
    return end > len(text) or _NEXT.match(text, end) is not None


class FrameReader(LineReader):
    """Turns a stream of counted messages into chunks. A message may have several lines.

    `lines` of a chunk counts messages, and rejects have the number of the message.
    """

    def chunks(self, stream: Readable, position: Position) -> Iterator[Chunk]:
        """Yield chunks from `position`, which is also that of `stream`."""
        text = b""
        is_over = False
        while not is_over:
            data = stream.read(min(_READ_BYTES, self._options.chunk_bytes))
            is_over = not data
            is_end = is_over and not self._options.is_growing
            text += data
            if is_over or len(text) >= self._options.chunk_bytes:
                taken, found = self._cut(text, is_end, is_first=position.bytes_done == 0)
                if taken:
                    position.advance(text[:taken])
                    self._bytes_read = position.bytes_done
                    text = text[taken:]
                    yield self._counted(found, position)

    def _cut(
        self, text: bytes, is_over: bool, *, is_first: bool
    ) -> tuple[int, list[tuple[bytes, str | None]]]:
        """Return how many bytes are whole messages, and these, each with the reason to reject it."""
        limit = self._options.limits.line_bytes
        at = len(BOM) if is_first and text.startswith(BOM) else 0
        found: list[tuple[bytes, str | None]] = []
        while at < len(text):
            count = _COUNT.match(text, at)
            size = int(count.group(1)) if count is not None else 0
            if count is None or size > limit:
                end = text.find(b"\n", at) + 1
                if not end:
                    if not is_over and len(text) - at <= limit + _HEADER_BYTES:
                        break
                    end = len(text)
                if raw := text[at:end].strip(b"\r\n"):
                    found.append((raw, UNCOUNTED if count is None else too_long(limit)))
                at = end
                continue
            end = count.end() + size
            if end > len(text) and not is_over:
                break
            reason = _INCOMPLETE if end > len(text) else None
            found.append((text[count.end() : end].rstrip(b"\r\n\x00"), reason))
            at = min(end, len(text))
        return at, found

    def _counted(self, found: list[tuple[bytes, str | None]], position: Position) -> Chunk:
        numbers: list[int] = []
        lines: list[str] = []
        rejects: list[Reject] = []
        for number, (raw, reason) in enumerate(found, self._line_number):
            try:
                line = raw.decode()
            except UnicodeDecodeError:
                line, reason = raw.decode(errors="backslashreplace"), reason or NOT_UTF8
            if reason is not None:
                rejects.append(Reject(number, reason, line))
            else:
                numbers.append(number)
                lines.append(line)
        rows = pl.DataFrame()
        if lines:
            frame = pl.DataFrame({"number": numbers, "line": lines}, {"number": pl.Int64, "line": pl.String})
            rows, refused = self._parse(frame)
            rejects += refused
        self._line_number += len(found)
        return Chunk(
            rows=rows,
            rejects=sorted(rejects, key=lambda reject: reject.line),
            lines=len(found),
            bytes_done=position.bytes_done,
            content_sha256=position.hasher.hexdigest(),
            state=self._state(),
            are_years_guessed=self._years.has_guessed,
        )
