r"""logfmt: a line of pairs, `time=2024-03-01T10:00:00Z level=info msg="it \"works\"" took=7`.

The libraries of Go write it (logrus, slog, go-kit), Prometheus, Loki and Grafana do, and Heroku.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import polars as pl

from lumber.catalog.severity import LEVEL_BY_SPELLING, TEXT_BY_CODE
from lumber.ingest.limits import Limits
from lumber.ingest.records.build import Record, RecordBuilder
from lumber.ingest.records.fields import plan_fields
from lumber.ingest.records.mapping import FieldMapping
from lumber.ingest.rejects import Reject
from lumber.text import counted

# Perhaps PRI, and the first pair.
START = r'^(?:<[0-9]{1,3}>)?[A-Za-z_@][\w.@/-]*=(?:"(?:[^"\\]|\\.)*"|[^\s"=][^\s"]*)(?:\s|$)'
_PAIR = re.compile(r'([^\s="]+)(?:=(?:"([^"\\]*(?:\\.[^"\\]*)*)"|((?:[^\s"]\S*)?)))?(?:\s+|\Z)', re.DOTALL)
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
# A time of day, which has its date in another pair.
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(?::|$)")
# Names that only logfmt has: log15 and Grafana write `t` and `lvl`, Heroku `at`.
_ALIASES = {"t": "timestamp", "lvl": "severity_text", "at": "severity_text"}
_KIND = "logs"
# Where the code is, and whom a service talks to; in other records, a message and the device that wrote it.
_NEVER = frozenset({"line", "ip"})
# The router of Heroku writes whom a client asked for, and how long that took.
_OF_ROUTER = frozenset({"host", "service"})
_FIRST_OF_TYPED = frozenset("-0123456789tfn")
# What is remembered of lines whose pairs are never the same.
_MOST_SHAPED_NAMES = 200_000


class Pair(NamedTuple):
    """One pair of a line, from `start` to `end`. `value` is None for a word without `=`."""

    name: str
    value: str | None
    is_quoted: bool
    start: int
    end: int


class Shape(NamedTuple):
    """What the pairs of a line become, each in its place.

    outs        the names by which the builder knows them; with `.*` at its end, one is never a column
    are_texts   whether each keeps its text: columns and mapped fields do
    columns     column -> name of its field
    """

    outs: tuple[str, ...]
    are_texts: tuple[bool, ...]
    columns: dict[str, str]


class LogfmtParser:
    """Parses lines of pairs into rows of logs."""

    def __init__(self, builder: RecordBuilder, mapping: FieldMapping, limits: Limits) -> None:
        self._builder = builder
        self._limits = limits
        self._mapped = mapping.field_names()
        self._has_message = all(column.column != "message" for column in mapping.columns)
        self._shapes: dict[tuple[str | None, ...], Shape] = {}
        self._shaped_names = 0

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
        pairs = _pairs(text, self._limits.columns)
        has_words = any(pair.value is None for pair in pairs)
        if has_words:
            # The value before a word may be the beginning of a text without quotes.
            pairs = pairs[: max(0, [pair.value for pair in pairs].index(None) - 1)]
        shape = self._shape(pairs)
        fields = _values(pairs, shape)
        columns = shape.columns
        if has_words and "timestamp" not in columns:
            raise ValueError("has words that are not pairs; a value with spaces needs quotes")
        if self._has_message and (has_words or "message" not in columns):
            if (name := columns.get("message")) is not None:
                fields[f"{name}.*"] = fields.pop(name)
            fields["message"] = text if has_words else _rest(text, pairs, shape)
        if pri and "severity_text" not in columns:
            fields["severity_text"] = TEXT_BY_CODE[int(pri[1]) % 8]
        fields.setdefault("raw_message", line)
        return fields

    def _shape(self, pairs: list[Pair]) -> Shape:
        names = tuple(pair.name for pair in pairs)
        # Only the value of `at` decides what it is.
        at = next((pair.value for pair in pairs if pair.name == "at"), None) if "at" in names else None
        key = (*names, at if at and at.lower() in LEVEL_BY_SPELLING else None)
        shape = self._shapes.get(key)
        if shape is None:
            self._shaped_names += len(key)
            if self._shaped_names > _MOST_SHAPED_NAMES:
                self._shapes.clear()
                self._shaped_names = len(key)
            shape = self._shapes[key] = self._planned(names, key[-1] is not None)
        return shape

    def _planned(self, names: tuple[str, ...], is_at_level: bool) -> Shape:
        usual = plan_fields(_KIND, names)[0]
        own = {name: self._name(name, names, usual, is_at_level) for name in names}
        columns = plan_fields(_KIND, tuple(own.values()))[0]
        used = {*columns.values(), *(name for name in names if name.lower() in self._mapped)}
        outs, are_texts, seen = [], [], set()
        for name in names:
            out = own[name]
            is_text = out in used and out not in seen
            seen.add(out)
            # A column that comes again is data.
            outs.append(out if is_text or out not in used else f"{out}.*")
            are_texts.append(is_text)
        return Shape(tuple(outs), tuple(are_texts), columns)

    def _name(self, name: str, names: tuple[str, ...], columns: dict[str, str], is_at_level: bool) -> str:
        lowered = name.lower()
        if lowered in self._mapped:
            return name
        if lowered in _NEVER or (lowered in _OF_ROUTER and "dyno" in names):
            return f"{name}.*"
        column = _ALIASES.get(lowered)
        if column is None or column in columns or (lowered == "at" and not is_at_level):
            return name
        return column


def _values(pairs: list[Pair], shape: Shape) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for pair, out, is_text in zip(pairs, shape.outs, shape.are_texts, strict=True):
        value = pair.value if is_text or pair.is_quoted else _typed(pair.value)
        if out in fields:
            before = fields[out]
            value = [*before, value] if type(before) is list else [before, value]
        fields[out] = value
    level = shape.columns.get("severity_text")
    if level is not None and (found := _BETWEEN.fullmatch(fields[level] or "")):
        fields[f"{level}.*"], fields[level] = fields[level], found[1]
    is_split = shape.columns.get("timestamp") == "time" and type(fields.get("date")) is str
    if is_split and _CLOCK.match(fields["time"] or ""):
        fields["time"] = f"{fields.pop('date')} {fields['time']}"
    return fields


def _rest(text: str, pairs: list[Pair], shape: Shape) -> str | None:
    """Return the pairs that are neither time nor level, as they are written; None if there are none."""
    told = {shape.columns.get("timestamp"), shape.columns.get("severity_text")}
    kept = (pair for pair, out in zip(pairs, shape.outs, strict=True) if out not in told)
    return " ".join(text[pair.start : pair.end].rstrip() for pair in kept) or None


def _pairs(line: str, limit: int) -> list[Pair]:
    """Return the pairs of a line. Raises ValueError for a quote without an end, and for too many pairs."""
    pairs: list[Pair] = []
    place, length = len(line) - len(line.lstrip()), len(line)
    while place < length:
        found = _PAIR.match(line, place)
        if found is None:
            start = line[place:].strip()[:40]
            raise ValueError(f"'{start}' is not a pair: a quote is missing, or stands inside of a value")
        name, quoted, plain = found.groups()
        end = found.end()
        if quoted is None:
            pairs.append(Pair(name, plain, False, place, end))
        else:
            pairs.append(Pair(name, _unescaped(quoted) if "\\" in quoted else quoted, True, place, end))
        place = end
    if len(pairs) > limit:
        raise ValueError(f"has {counted(len(pairs), 'pair')}, and LUMBER_MAX_COLUMNS allows {limit:,}")
    return pairs


def _typed(value: str | None) -> Any:
    """Return the number, bool or null that a value without quotes is; else its text."""
    if not value or value[0] not in _FIRST_OF_TYPED:
        return value
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if _INTEGER.fullmatch(value) and value != "-0":
        return int(value)
    if _REAL.fullmatch(value) and repr(float(value)) == value:
        return float(value)
    return value


def _unescaped(text: str) -> str:
    return _ESCAPES.sub(_character, text)


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
