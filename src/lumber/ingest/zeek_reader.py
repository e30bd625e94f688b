"""Reads Zeek's logs of tab-separated values, with the types that their headers declare.

Source of the format: Zeek's ASCII writer, "Log Files" in its manual. A file may have several headers.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from lumber.ingest.ledger import Entry
from lumber.ingest.line_reader import LineReader
from lumber.ingest.options import IngestOptions
from lumber.ingest.records import zeek
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.rejects import Reject
from lumber.ingest.syslog.dispatch import BLANK
from lumber.text import counted

_ESCAPES = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+|\\\\")
_LIST = re.compile(r"(?:set|vector|table)\[(\w+)\]")
_WHOLE = ("count", "counter", "int", "port")
_REAL = ("double", "interval", "time")
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,2})?")
_INTEGERS = range(-(2**63), 2**64)
_WITHOUT = "has no #fields line of Zeek before it"


@dataclass(frozen=True, slots=True)
class Header:
    """The last header lines of a file."""

    separator: str = "\t"
    set_separator: str = ","
    empty: str = "(empty)"
    unset: str = "-"
    path: str = ""
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def after(self, line: str) -> Header:
        """Return the header after another line of it. `#open` and `#close` change nothing."""
        if line.startswith(zeek.START):
            return Header(separator=_unescaped(line.removeprefix(zeek.START).strip()) or "\t")
        name, _, value = line[1:].partition(self.separator)
        if name in ("fields", "types"):
            parts = tuple(value.split(self.separator))
            return replace(self, names=parts, types=()) if name == "fields" else replace(self, types=parts)
        known = {
            "path": "path",
            "set_separator": "set_separator",
            "empty_field": "empty",
            "unset_field": "unset",
        }
        if name not in known:
            return self
        changed: dict[str, Any] = {known[name]: _unescaped(value)}
        return replace(self, **changed)

    def values(self, line: str) -> dict[str, Any]:
        """Return the values of a line that are set, by their types. Raises ValueError with the reason."""
        if not self.names:
            raise ValueError(_WITHOUT)
        parts = line.split(self.separator)
        if len(parts) != len(self.names):
            raise ValueError(
                f"has {counted(len(parts), 'field')}, and the line #fields has {len(self.names):,}"
            )
        types = self.types if len(self.types) == len(self.names) else ("string",) * len(self.names)
        return {
            name: self._value(text, type_)
            for name, type_, text in zip(self.names, types, parts, strict=True)
            if text != self.unset
        }

    def _value(self, text: str, type_: str) -> Any:
        found = _LIST.fullmatch(type_)
        if found is None:
            return "" if text == self.empty else _typed(text, type_)
        if text == self.empty:
            return []
        items = text.split(self.set_separator)
        return [
            None if item == self.unset else "" if item == self.empty else _typed(item, found[1])
            for item in items
        ]


def _too_many(names: int, limit: int) -> str:
    return f"the line #fields has {counted(names, 'field')}, and LUMBER_MAX_COLUMNS allows {limit:,}"


def _typed(text: str, type_: str) -> Any:
    """Return a value of a type of Zeek. A text that is not of its type stays text."""
    if type_ in _WHOLE and _INTEGER.fullmatch(text) and (whole := int(text)) in _INTEGERS:
        return whole
    if type_ in _REAL and _NUMBER.fullmatch(text):
        return float(text)
    if type_ == "bool" and text in ("T", "F"):
        return text == "T"
    return _unescaped(text)


def _unescaped(text: str) -> str:
    r"""Return text without Zeek's escapes: `\x0a` is a byte, `\\` a backslash. Broken UTF-8 keeps them."""
    return _ESCAPES.sub(_plain, text) if "\\" in text else text


def _plain(found: re.Match[str]) -> str:
    if found[0] == "\\\\":
        return "\\"
    return bytes.fromhex(found[0].replace("\\x", "")).decode(errors="backslashreplace")


class ZeekReader(LineReader):
    """Turns a stream of Zeek's lines into chunks. The ledger keeps the header for a resumed load."""

    def __init__(self, options: IngestOptions, entry: Entry, written_at: datetime) -> None:
        super().__init__(options, entry, written_at)
        stored: dict[str, Any] = entry.state.get("zeek", {})
        lists: dict[str, Any] = {name: tuple(stored[name]) for name in ("names", "types") if name in stored}
        self._header = Header(**{**stored, **lists})
        self._has_message = any(mapped.column == "message" for mapped in options.mapping.columns)
        self._joiner = None  # a record is never continued
        self._builder = RecordBuilder.of(options, self._years)
        self.ignored_fields = self._builder.ignored_fields

    def _parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        records: list[Record] = []
        rejects: list[Reject] = []
        for number, line in frame.select("number", "line").iter_rows():
            if line.startswith("#"):
                self._header = self._header.after(line)
                continue
            try:
                if len(self._header.names) > self._options.limits.columns:
                    raise ValueError(_too_many(len(self._header.names), self._options.limits.columns))
                if not line.strip():
                    raise ValueError(BLANK)
                records.append(Record(number, self._fields(line), line))
            except ValueError as error:
                rejects.append(Reject(number, str(error), line))
        rows, refused = self._builder.build(records)
        return rows, [*rejects, *refused]

    def _fields(self, line: str) -> dict[str, Any]:
        """Return the fields of a line as those of the same record in Zeek's JSON."""
        values = self._header.values(line)
        fields = {**values, zeek.PATH: self._header.path, "raw_message": line}
        if not self._has_message and not any(name in values for name in ("message", "msg")):
            fields["message"] = orjson.dumps(values).decode()
        return fields

    def _state(self) -> dict[str, Any]:
        return {**super()._state(), "zeek": asdict(self._header)}
