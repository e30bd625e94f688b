r"""logfmt: a line of pairs, `time=2024-03-01T10:00:00Z level=info msg="it \"works\"" took=7`.

The libraries of Go write it (logrus, slog, go-kit), Prometheus, Loki and Grafana do, and Heroku.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl

from lumber.catalog.severity import LEVEL_BY_SPELLING, TEXT_BY_CODE
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.records.fields import plan_fields
from lumber.ingest.records.mapping import FieldMapping
from lumber.ingest.rejects import Reject

# Perhaps PRI, and the first pair.
START = r'^(?:<[0-9]{1,3}>)?[A-Za-z_@][\w.@/-]*=(?:"(?:[^"\\]|\\.)*"|[^\s"=][^\s"]*)(?:\s|$)'
_PAIR = re.compile(r'\s*([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"]\S*)|(?=\s|$)))?', re.DOTALL)
_PRI = re.compile(r"<([0-9]{1,2}|1[0-8][0-9]|19[01])>")
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\x[0-7][0-9a-fA-F]|\\U[0-9a-fA-F]{8}|\\.", re.DOTALL)
_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_CHARACTERS |= {mark: mark for mark in "\"'\\/"}
# Only numbers that JSON writes with the same digits: 007 and 1.10 may be anything.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_REAL = re.compile(r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,17}")
_CONSTANTS = {"true": True, "false": False, "null": None}
# The levels of slog between the usual ones.
_BETWEEN = re.compile(r"([A-Za-z]+)[+-][0-9]{1,4}")
# Names that only logfmt has: log15 and Grafana write `t` and `lvl`, Heroku `at`.
_ALIASES = {"t": "timestamp", "lvl": "severity_text", "at": "severity_text"}
_KIND = "logs"
# Where the code is; a message in other records.
_NEVER = frozenset({"line"})
# The router of Heroku writes whom a client asked for, and how long that took.
_OF_ROUTER = frozenset({"host", "service"})


class Pair(NamedTuple):
    """One pair of a line. `value` is None for a word without `=`."""

    name: str
    value: str | None
    is_quoted: bool
    text: str


class LogfmtParser:
    """Parses lines of pairs into rows of logs."""

    def __init__(self, builder: RecordBuilder, mapping: FieldMapping) -> None:
        self._builder = builder
        self._mapped = mapping.field_names()
        self._has_message = all(column.column != "message" for column in mapping.columns)

    def parse(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        """Return the rows of logs with their line number, and the rejects, of rows of number and line."""
        records: list[Record] = []
        rejects: list[Reject] = []
        for number, line in frame.select("number", "line").iter_rows():
            try:
                records.append(Record(number, self._fields(line), line))
            except ValueError as error:
                rejects.append(Reject(number, f"logfmt: {error}", line))
        rows, refused = self._builder.build(records)
        return rows, [*rejects, *refused]

    def _fields(self, line: str) -> dict[str, Any]:
        """Return the fields of a line. Raises ValueError with the reason why it has none."""
        pri = _PRI.match(line)
        text = line[pri.end() :] if pri else line
        pairs = _pairs(text)
        words = next((place for place, pair in enumerate(pairs) if pair.value is None), None)
        if words is not None:
            # The value before a word may be the beginning of a text without quotes.
            pairs = pairs[: max(0, words - 1)]
        grouped: dict[str, list[Pair]] = {}
        for pair in pairs:
            grouped.setdefault(pair.name, []).append(pair)
        named = {self._name(name, grouped): group for name, group in grouped.items()}
        columns = _columns(tuple(named))
        fields = self._values(named, columns)
        if words is not None and "timestamp" not in columns:
            raise ValueError("has words that are not pairs; a value with spaces needs quotes")
        if self._has_message and (words is not None or "message" not in columns):
            _without_message(fields, columns)
            fields["message"] = text if words is not None else _rest(named, columns)
        if pri and "severity_text" not in columns:
            fields["severity_text"] = TEXT_BY_CODE[int(pri[1]) % 8]
        fields.setdefault("raw_message", line)
        return fields

    def _name(self, name: str, grouped: dict[str, list[Pair]]) -> str:
        """Return the name by which the builder knows a field. With `.*` at its end, it is never a column."""
        lowered = name.lower()
        if lowered in self._mapped:
            return name
        if lowered in _NEVER or (lowered in _OF_ROUTER and "dyno" in grouped):
            return f"{name}.*"
        column = _ALIASES.get(lowered)
        if column is None or column in _columns(tuple(grouped)):
            return name
        is_level = (grouped[name][0].value or "").lower() in LEVEL_BY_SPELLING
        return column if column == "timestamp" or is_level else name

    def _values(self, named: dict[str, list[Pair]], columns: dict[str, str]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        used = {name: column for column, name in columns.items()}
        for name, group in named.items():
            if name in used or name.lower() in self._mapped:
                fields[name] = group[0].value
                group = group[1:]
                if used.get(name) == "severity_text" and (found := _BETWEEN.fullmatch(fields[name] or "")):
                    fields[f"{name}.*"], fields[name] = fields[name], found[1]
                name = f"{name}.*"
            if group:
                values = [_typed(pair) for pair in group]
                fields[name] = values[0] if len(values) == 1 else values
        return fields


@lru_cache(1024)
def _columns(names: tuple[str, ...]) -> dict[str, str]:
    """Return column -> name of the field."""
    return plan_fields(_KIND, names)[0]


def _without_message(fields: dict[str, Any], columns: dict[str, str]) -> None:
    """Keep a field that would be the message as data."""
    if (name := columns.get("message")) is not None:
        fields[f"{name}.*"] = fields.pop(name)


def _rest(named: dict[str, list[Pair]], columns: dict[str, str]) -> str | None:
    """Return the pairs that are neither time nor level, as they are written; None if there are none."""
    told = {columns.get("timestamp"), columns.get("severity_text")}
    return " ".join(pair.text for name, group in named.items() for pair in group if name not in told) or None


def _pairs(line: str) -> list[Pair]:
    """Return the pairs of a line. Raises ValueError for a quote without an end."""
    pairs: list[Pair] = []
    line = line.rstrip()
    place = 0
    while place < len(line):
        found = _PAIR.match(line, place)
        if found is None or (found.end() < len(line) and not line[found.end()].isspace()):
            start = line[place:].strip()[:40]
            raise ValueError(f"'{start}' is not a pair: a quote is missing, or stands inside of a value")
        name, quoted, plain = found.groups()
        text = found[0].lstrip()
        if quoted is not None:
            pairs.append(Pair(name, _unescaped(quoted), True, text))
        else:
            pairs.append(Pair(name, plain or ("" if "=" in text else None), False, text))
        place = found.end()
    return pairs


def _typed(pair: Pair) -> Any:
    """Return a number, a bool or null if the pair has it without quotes; else text."""
    value = pair.value
    if pair.is_quoted or not value:
        return value
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if _INTEGER.fullmatch(value) and value != "-0":
        return int(value)
    if _REAL.fullmatch(value) and repr(float(value)) == value:
        return float(value)
    return value


def _unescaped(text: str) -> str:
    return _ESCAPES.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    """Return the character of an escape; one that Go and JSON don't have stays as it is."""
    escape = found[0]
    if escape[1] == "u":
        units = bytes.fromhex(escape.replace("\\u", ""))
    elif escape[1] == "U":
        units = int(escape[2:], 16).to_bytes(4, "big")
    elif escape[1] == "x" and len(escape) == 4:
        return chr(int(escape[2:], 16))
    else:
        return _CHARACTERS.get(escape[1:], escape)
    try:
        return units.decode("utf-16-be" if escape[1] == "u" else "utf-32-be")
    except UnicodeDecodeError:  # half of a pair
        return escape
