"""Reads the export format of the systemd journal: `journalctl -o export`.

Source: "Journal Export Formats" of systemd. A field is `NAME=value` on a line; a value with line
breaks has its name on a line, then its size in 8 bytes, then its bytes. A blank line ends an entry.
"""

from __future__ import annotations

import re

import orjson
import polars as pl

from lumber.ingest.blocks import too_long
from lumber.ingest.frame_reader import FrameReader
from lumber.ingest.rejects import Reject

_HEAD = re.compile(rb"(?:[A-Z_][A-Z0-9_]{0,63}=[^\n]*\n){1,50}?__REALTIME_TIMESTAMP=[0-9]+\n")
_NAME = re.compile(rb"[A-Z_][A-Z0-9_]{0,63}")
_SIZE_BYTES = 8
_NO_FIELD = "is not an entry of the journal's export format: a line is no field"
_CUT = "is an entry of the journal's export format without its end"
# As LUMBER_MAX_COLUMNS has it by default.
_MOST_FIELDS = 10_000

Found = list[tuple[bytes, str | None]]


def is_journal_export(head: bytes) -> bool:
    """Say whether a source begins with an entry of the journal."""
    return head.startswith(b"__CURSOR=") and _HEAD.match(head) is not None


def _end_of(text: bytes, at: int) -> tuple[int | None, str | None]:
    """Return where the entry at a place ends, and why it is broken; no place if its end is not there."""
    while True:
        end = text.find(b"\n", at)
        if end < 0:
            return None, None
        line = text[at:end]
        if not line:
            return end + 1, None
        at = end + 1
        if b"=" in line:
            continue
        if _NAME.fullmatch(line) is None:
            blank = text.find(b"\n\n", end)
            return (None if blank < 0 else blank + 2), _NO_FIELD
        size = int.from_bytes(text[at : at + _SIZE_BYTES], "little")
        at += _SIZE_BYTES + size + 1
        if at > len(text):
            return None, None


def fields_of(entry: bytes) -> dict[str, str | list[str]]:
    """Return the fields of an entry; one that occurs several times is a list."""
    found: dict[str, list[str]] = {}
    at = count = 0
    while at < len(entry) and count < _MOST_FIELDS:
        end = entry.find(b"\n", at)
        end = len(entry) if end < 0 else end
        name, has_value, value = entry[at:end].partition(b"=")
        at = end + 1
        if not has_value:
            size = int.from_bytes(entry[at : at + _SIZE_BYTES], "little")
            value = entry[at + _SIZE_BYTES : at + _SIZE_BYTES + size]
            at += _SIZE_BYTES + size + 1
        if name:
            count += 1
            texts = found.setdefault(name.decode(errors="backslashreplace"), [])
            texts.append(value.decode(errors="backslashreplace"))
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in found.items()}


class JournalExportReader(FrameReader):
    """Turns a stream of entries into chunks, each with the row that its JSON form gives.

    `lines` counts entries, and rejects have their numbers.
    """

    def _cut(self, text: bytes, is_over: bool, *, is_first: bool) -> tuple[int, Found]:
        """Return how many bytes are whole entries, and these as JSON, each with the reason to reject it."""
        limit = self._options.limits.line_bytes
        found: Found = []
        at = 0
        while at < len(text):
            end, reason = _end_of(text, at)
            if end is None and not is_over and len(text) - at <= limit:
                break
            if end is None:
                is_whole = text.endswith(b"\n") and _end_of(text + b"\n", at)[0] == len(text) + 1
                end = len(text)
                reason = too_long(limit) if end - at > limit else None if is_whole else reason or _CUT
            if text[at:end].strip():
                found.append((orjson.dumps(fields_of(text[at:end])), reason))
            at = end
        return at, found

    def _parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        return self._json.parse(frame)
