"""Reads Windows events as XML: what Event Viewer saves, and what `wevtutil /f:XML` prints.

A source is cut into its elements `Event`, and each is parsed on its own. So memory is bounded by the longest
event, one broken event is one reject, and no document type is ever read.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import polars as pl

from lumber.errors import IngestError
from lumber.ingest.blocks import BOM, too_long
from lumber.ingest.frame_reader import FrameReader
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.records import windows_xml
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.rejects import Reject

_MARK = re.compile(rb"<!\[CDATA\[|<!--|</Event\s*>|<Event(?=[\s/>])")
_CLOSINGS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_BEGIN = re.compile(rb"<!--|<Event(?=[\s/>])")
_END = re.compile(rb"</Event\s*>")
_BETWEEN = re.compile(rb"(?:\s+|<\?xml[^<>]*\?>|</?Events(?:\s[^<>]*)?>|<!--.*?-->)*+", re.DOTALL)
_DOCUMENT_TYPE = b"<!DOCTYPE"
# Longer than a mark, which may continue in the next piece.
_MARK_BYTES = 16
NO_END = "is a Windows event without its end"
_NO_EVENT = "is not a Windows event"

Found = list[tuple[bytes, str | None]]


class WindowsReader(FrameReader):
    """Turns a stream of events into chunks. `lines` counts events, and rejects have their numbers."""

    def __init__(self, options: IngestOptions, entry: Entry, written_at: datetime) -> None:
        super().__init__(options, entry, written_at)
        self._joiner = None  # a record is never continued
        self._builder = RecordBuilder.of(options, self._years)
        self.ignored_fields = self._builder.ignored_fields
        self._name = entry.name
        # The rest of an event that was too long isn't read again.
        self._is_skipping = bool(entry.state.get("long_event"))
        # How much of the event that isn't complete yet was searched for its end.
        self._searched = 0

    def _cut(self, text: bytes, is_over: bool, *, is_first: bool) -> tuple[int, Found]:
        """Return how many bytes are whole events, and these, each with the reason to reject it."""
        at = len(BOM) if is_first and text.startswith(BOM) else 0
        found: Found = []
        if self._is_skipping:
            end = _END.search(text, at)
            if end is None:
                return (len(text) if is_over else max(at, len(text) - _MARK_BYTES)), found
            at, self._is_skipping = end.end(), False
        while at < len(text):
            begin = self._begin(text, at)
            gap = text[at : begin if begin is not None else len(text)]
            if begin is None and not is_over and len(gap) <= self._options.limits.line_bytes:
                if _DOCUMENT_TYPE in gap:
                    self._refuse()
                break
            self._read_gap(gap, found)
            if begin is None:
                return len(text), found
            end_at = self._end(text, begin)
            if end_at is None and not is_over:
                at = begin
                if len(text) - begin > self._options.limits.line_bytes + _MARK_BYTES:
                    at = len(text) - _MARK_BYTES
                    found.append((text[begin:at], too_long(self._options.limits.line_bytes)))
                    self._is_skipping, self._searched = True, 0
                break
            found.append(self._event(text[begin : end_at or len(text)]))
            at = end_at or len(text)
        return at, found

    def _begin(self, text: bytes, at: int) -> int | None:
        """Return where the next event begins. None: not in this text."""
        while (mark := _BEGIN.search(text, at)) is not None and mark[0] in _CLOSINGS:
            at = text.find(_CLOSINGS[mark[0]], mark.end())
            if at < 0:
                return None
        return None if mark is None else mark.start()

    def _end(self, text: bytes, begin: int) -> int | None:
        """Return where an event ends: after its last tag, or where another begins. None: not in this text."""
        at = begin + max(self._searched, 1)
        while (mark := _MARK.search(text, at)) is not None:
            closing = _CLOSINGS.get(mark[0])
            if closing is None:
                self._searched = 0
                return mark.start() if mark[0] == b"<Event" else mark.end()
            closed = text.find(closing, mark.end())
            if closed < 0:
                self._searched = mark.start() - begin
                return None
            at = closed + len(closing)
        self._searched = max(at, len(text) - _MARK_BYTES) - begin
        return None

    def _event(self, raw: bytes) -> tuple[bytes, str | None]:
        self._searched = 0
        if len(raw) > self._options.limits.line_bytes:
            return raw, too_long(self._options.limits.line_bytes)
        return raw.strip(), None if _END.search(raw, len(raw) - _MARK_BYTES) else NO_END

    def _read_gap(self, gap: bytes, found: Found) -> None:
        """Reject what is between events and is no XML declaration and no root element."""
        if _DOCUMENT_TYPE in gap:
            self._refuse()
        rest = gap.removeprefix(BOM)
        rest = rest[_BETWEEN.match(rest).end() :]  # type: ignore[union-attr] # it also matches nothing
        if rest.strip():
            found.append((rest.strip(), _NO_EVENT))

    def _refuse(self) -> None:
        raise IngestError(
            f"{self._name} has a document type declaration (DTD), which Lumber doesn't read. Windows writes "
            "none: export the events again, or remove it."
        )

    def _parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        records: list[Record] = []
        rejects: list[Reject] = []
        for number, line in frame.select("number", "line").iter_rows():
            try:
                fields = windows_xml.fields_of(line, self._options.limits.columns)
            except ValueError as error:
                rejects.append(Reject(number, str(error), line))
            else:
                records.append(Record(number, {**fields, "raw_message": line}, line))
        rows, refused = self._builder.build(records)
        return rows, [*rejects, *refused]

    def _state(self) -> dict[str, Any]:
        return {**super()._state(), **({"long_event": True} if self._is_skipping else {})}
