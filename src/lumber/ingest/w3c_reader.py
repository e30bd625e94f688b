"""Reads the extended log format of the W3C: IIS, CloudFront, the firewall of Windows, and Exchange.

Sources: "Extended Log File Format", W3C Working Draft WD-logfile-960323, in which times are GMT; Windows
Firewall, whose times are local.
"""

from __future__ import annotations

import csv
import re
from datetime import datetime
from typing import Any

import polars as pl

from lumber.ingest.blocks import BOM
from lumber.ingest.devices.body import typed
from lumber.ingest.ledger import Entry
from lumber.ingest.line_reader import LineReader
from lumber.ingest.options import IngestOptions
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.records.fields import known_names
from lumber.ingest.rejects import Reject
from lumber.ingest.syslog.dispatch import BLANK
from lumber.text import counted

_HEAD = re.compile(
    r"#(?:Software|Version|Fields|Date|Start-Date|Remark): ?[^\n]*\n(?:#[^\n]*\n|\r?\n)*?#Fields:\s"
)
_FIELDS = "#fields:"
_LOCAL = "#time format: local"
_NO_FIELDS = "has no line #Fields before it, which names its values"
_MOST_NAMES = 500
_UNSET = frozenset({"-", ""})
_COLUMNS = {"s-computername": "host_name", "s-ip": "device_ip", "s-sitename": "process_name"}
# Addresses are derived from messages. A record without these fields is its own message.
_MESSAGES = (("c-ip", "cs-method", "cs-uri-stem", "sc-status"), ("action", "protocol", "src-ip", "dst-ip"))
_KIND = "logs"


def is_w3c(head: bytes) -> bool:
    """Say whether the first bytes of a source are directives, with the names of the fields among them."""
    text = head.removeprefix(BOM).decode(errors="replace")
    return _HEAD.match(text) is not None or text.startswith("#Fields: ")


class W3cReader(LineReader):
    """Turns a stream of such records into chunks. The ledger keeps the header for a resumed load."""

    def __init__(self, options: IngestOptions, entry: Entry, written_at: datetime) -> None:
        super().__init__(options, entry, written_at)
        self._joiner = None  # a record is never continued
        state = entry.state.get("w3c", {})
        self._header: list[str] = list(state.get("header", ()))
        self._delimiter: str | None = state.get("delimiter")
        self._is_local = bool(state.get("is_local"))
        self._builder = RecordBuilder.of(options, self._years)
        self.ignored_fields = self._builder.ignored_fields

    def _parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        records: list[Record] = []
        rejects: list[Reject] = []
        for number, line in frame.select("number", "line").iter_rows():
            if line.startswith("#"):
                self._read_directive(line)
                continue
            words = self._cut(line)
            if self._header and len(words) == len(self._header):
                records.append(Record(number, self._fields(words, line), line))
            else:
                reason = f"has {counted(len(words), 'field')}, and the header has {len(self._header):,}"
                reason = reason if self._header else _NO_FIELDS
                rejects.append(Reject(number, reason if line.strip() else BLANK, line))
        rows, refused = self._builder.build(records)
        return rows, [*rejects, *refused]

    def _read_directive(self, line: str) -> None:
        lowered = line.lower().rstrip()
        if lowered == _LOCAL:
            self._is_local = True
        if lowered.startswith("#software:"):
            self._is_local = False
        if lowered.startswith(_FIELDS):
            text = line[len(_FIELDS) :].strip()
            self._header = text.split()
            self._delimiter = None
            if len(self._header) == 1 and "," in text:
                self._header, self._delimiter = text.split(","), ","
            self._header = self._header[:_MOST_NAMES]

    def _cut(self, line: str) -> list[str]:
        if self._delimiter is None:
            return line.split("\t") if "\t" in line else line.split()
        try:
            return next(csv.reader([line], delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            return []

    def _fields(self, words: list[str], line: str) -> dict[str, Any]:
        named = zip(self._header, words, strict=True)
        values = {name.lower(): word for name, word in named if word not in _UNSET}
        moment = values.pop("date-time", None)
        if moment is None and "date" in values and "time" in values:
            moment = f"{values.pop('date')} {values.pop('time')}{'' if self._is_local else 'Z'}"
        wanted = next((names for names in _MESSAGES if all(name in values for name in names)), None)
        message = line if wanted is None else " ".join(values[name] for name in wanted)
        fields: dict[str, Any] = {"timestamp": moment, "message": message, "raw_message": line}
        for name, word in values.items():
            if (column := _COLUMNS.get(name)) is not None:
                fields[column] = word
            else:
                # None of these is what its name means elsewhere.
                fields[f"{name}.*" if name in known_names(_KIND) else name] = typed(word)
        return fields

    def _state(self) -> dict[str, Any]:
        w3c = {"header": self._header, "delimiter": self._delimiter, "is_local": self._is_local}
        return {**super()._state(), "w3c": w3c}
