"""Reads logs whose records are a line with the time, and lines of text below it: Erlang and Oracle.

Sources of the forms: Erlang/OTP, "Logging" (reports of SASL, as RabbitMQ before 3.7 has them); Oracle
Database, "alert log", whose times are ISO 8601 since version 12.2.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import Any

import polars as pl

from lumber.ingest.blocks import BOM, too_long
from lumber.ingest.calendar import MONTH_NUMBERS
from lumber.ingest.frame_reader import FrameReader
from lumber.ingest.ledger import Entry
from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.rejects import Reject

_CLOCK = rb"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_BEGINS = {
    Format.ERLANG: re.compile(
        rb"^=(?P<type>[A-Z]{1,20}) REPORT==== (?P<stamp>[0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}::"
        + _CLOCK
        + rb"(?:\.[0-9]{1,9})?) ===[ \t\r]*\n",
        re.MULTILINE,
    ),
    Format.ORACLE_ALERT: re.compile(
        rb"^(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2}T"
        + _CLOCK
        + rb"\.[0-9]{6}[+-][0-9]{2}:[0-9]{2}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 0-9][0-9] "
        + _CLOCK
        + rb" [0-9]{4})[ \t\r]*\n",
        re.MULTILINE,
    ),
}
_LEVELS = {"INFO": "INFO", "PROGRESS": "INFO", "WARNING": "WARNING", "ERROR": "ERROR", "CRASH": "ERROR"}
_ERLANG_TIME = re.compile(r"([0-9]{1,2})-([A-Z][a-z]{2})-([0-9]{4})::(.*)")
_NO_RECORD = "is no record: there is no line with a time before it"

Found = list[tuple[bytes, str | None]]


def report_format(head: bytes) -> Format | None:
    """Return the format of a source that begins with such a line; None for any other."""
    text = head.removeprefix(BOM).lstrip(b"\r\n")
    return next((format_ for format_, begin in _BEGINS.items() if begin.match(text)), None)


class ReportReader(FrameReader):
    """Turns a stream of records into chunks. `lines` counts records, and rejects have their numbers."""

    def __init__(self, options: IngestOptions, entry: Entry, written_at: datetime, format_: Format) -> None:
        super().__init__(options, entry, written_at)
        self._begin = _BEGINS[format_]
        self._builder = RecordBuilder.of(options, self._years)
        self.ignored_fields = self._builder.ignored_fields

    def _cut(self, text: bytes, is_over: bool, *, is_first: bool) -> tuple[int, Found]:
        """Return how many bytes are whole records, and these, each with the reason to reject it."""
        limit = self._options.limits.line_bytes
        at = len(BOM) if is_first and text.startswith(BOM) else 0
        places = [begin.start() for begin in self._begin.finditer(text, at)]
        found: Found = []
        if not places and not is_over and len(text) <= limit:
            return 0, found
        first = places[0] if places else len(text)
        if before := text[at:first].strip():
            found.append((before, _NO_RECORD))
        for begin, end in pairwise([*places, len(text)]):
            if end == len(text) and not is_over and end - begin <= limit:
                return begin, found
            found.append((text[begin:end].strip(), too_long(limit) if end - begin > limit else None))
        return len(text), found

    def _parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        records = [
            Record(number, {**self._fields(text), "raw_message": text}, text)
            for number, text in frame.select("number", "line").iter_rows()
        ]
        return self._builder.build(records)

    def _fields(self, text: str) -> dict[str, Any]:
        head, _, rest = text.partition("\n")
        found = self._begin.match(f"{head}\n".encode())
        if found is None:  # only a record that was cut
            return {}
        groups = {name: value.decode() for name, value in found.groupdict().items()}
        fields: dict[str, Any] = {"timestamp": _iso(groups["stamp"]), "message": rest.strip()}
        if (type_ := groups.get("type")) is not None:
            fields |= {"severity_text": _LEVELS.get(type_), "report": type_}
        return fields


def _iso(stamp: str) -> str:
    """Return the time of Erlang in ISO 8601, and any other as it is."""
    found = _ERLANG_TIME.fullmatch(stamp)
    if found is None or found[2] not in MONTH_NUMBERS:
        return stamp
    return f"{found[3]}-{MONTH_NUMBERS[found[2]]:02}-{int(found[1]):02}T{found[4]}"
