"""A mapping: which table of a source has the rows of a kind, and how each column is made. Read from TOML.

An error names the line of the file, the field, its value and what is allowed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from lumber.catalog.kind import Column, Kind, Storage
from lumber.catalog.registry import all_kinds, get_kind
from lumber.errors import ConfigError, FieldProblem
from lumber.sources.guarantee import Guarantee

MOST_BYTES = 64_000
UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FIELDS = ("kind", "table", "select", "key", "time", "filter", "guarantee", "columns")
_FORMS = (
    '"a column"',
    '{ constant = "a value" }',
    '{ column = "payload", path = "a.b" }',
    '{ column = "ts", unit = "s" }',
    '{ column = "ts", zone = "UTC" }',
    '{ join = ["first", "second"], separator = " " }',
    '{ column = "prio", map = { 3 = "error" } }',
)
_OPTIONS = ("column", "constant", "path", "unit", "zone", "join", "separator", "map")
_OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Made:
    """How a column is made. Either `column`, `join` or `constant` is given."""

    column: str | None = None
    join: tuple[str, ...] = ()
    separator: str = " "
    constant: str | int | float | bool | None = None
    path: tuple[str, ...] = ()
    unit: str | None = None
    zone: str | None = None
    map: tuple[tuple[str, str], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that it reads."""
        return self.join if self.column is None else (self.column,)


@dataclass(frozen=True)
class TableMapping:
    """A mapping, checked as far as its words go. `columns` are those of the kind's table."""

    text: str
    kind_name: str
    table: str | None
    select: str | None
    columns: Mapping[str, Made]
    filter: str | None
    guarantee: Guarantee

    @property
    def kind(self) -> Kind:
        """The kind that it maps."""
        return get_kind(self.kind_name)

    @property
    def place(self) -> str:
        """What it reads, in words."""
        return self.table if self.table is not None else "its SELECT"

    @property
    def sha256(self) -> str:
        """The hash of what it says. Comments and the order of lines don't matter."""
        parts = (
            self.kind_name,
            self.table,
            self.select,
            sorted((name, repr(made)) for name, made in self.columns.items()),
            self.filter,
            self.guarantee.value,
        )
        return sha256(repr(parts).encode()).hexdigest()

    @cached_property
    def lines(self) -> Lines:
        """Finds the line of a field in the text."""
        return Lines(self.text)

    def problem(self, name: str, value: Any, message: str, allowed: tuple[str, ...] = ()) -> FieldProblem:
        """Return a problem of a column of the kind: its field, with its line."""
        return self.lines.problem(self.field(name), value, message, allowed)

    def field(self, name: str) -> str:
        """Return the name of the field that says how a column of the kind is made."""
        if name == self.kind.id_column:
            return "key"
        return "time" if name == self.kind.time_column else f"columns.{name}"


class Lines:
    """Finds the line of each field of a TOML text, which its parser doesn't tell."""

    def __init__(self, text: str) -> None:
        self._numbers: dict[str, int] = {}
        section = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if found := re.match(r"\s*\[([^\[\]]+)\]\s*(#.*)?$", line):
                section = f"{found[1].strip()}."
                self._numbers.setdefault(found[1].strip(), number)
            elif found := re.match(r"""\s*["']?([A-Za-z0-9_.-]+)["']?\s*=""", line):
                self._numbers.setdefault(section + found[1], number)

    def problem(self, field: str, value: Any, message: str, allowed: tuple[str, ...] = ()) -> FieldProblem:
        """Return a problem whose message begins with the line of its field."""
        number = self._numbers.get(field) or self._numbers.get(field.split(".", 1)[0])
        return FieldProblem(field, value, message if number is None else f"line {number}: {message}", allowed)


def parse_mapping(text: str) -> TableMapping:
    """Read a mapping. Raises ConfigError with every problem."""
    if len(text.encode()) > MOST_BYTES:
        raise ConfigError([FieldProblem("mapping", None, f"has more than {MOST_BYTES:,} bytes")])
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([FieldProblem("mapping", None, f"is not TOML: {error}")]) from None
    lines = Lines(text)
    problems = [
        lines.problem(name, None, f"{name!r} is not a field of a mapping{nearest(name, _FIELDS)}", _FIELDS)
        for name in values
        if name not in _FIELDS
    ]
    kind = _kind(values, lines, problems)
    texts = {
        name: _text(name, values, lines, problems) for name in ("table", "select", "filter", "guarantee")
    }
    if (texts["table"] is None) == (texts["select"] is None):
        problems.append(lines.problem("table", texts["table"], "give either table or select"))
    guarantee = texts["guarantee"] or Guarantee.SNAPSHOT.value
    if guarantee not in tuple(Guarantee):
        message = f"{guarantee!r} is not a guarantee"
        problems.append(lines.problem("guarantee", guarantee, message, tuple(Guarantee)))
    columns = {} if kind is None else dict(_columns(kind, values, lines, problems))
    if kind is None or problems:
        raise ConfigError(problems)
    select = texts["select"]
    return TableMapping(
        text,
        kind.name,
        texts["table"],
        None if select is None else select.strip().rstrip(";"),
        columns,
        texts["filter"],
        Guarantee(guarantee),
    )


def required_columns(kind: Kind) -> tuple[str, ...]:
    """Return the columns of the kind's table that its records can't be without."""
    names = {field.name for field in kind.schema if not field.nullable}
    return tuple(column.name for column in kind.columns if column.name in names)


def _kind(values: Mapping[str, Any], lines: Lines, problems: list[FieldProblem]) -> Kind | None:
    name = values.get("kind")
    allowed = tuple(all_kinds())
    if not isinstance(name, str) or name not in allowed:
        message = "is missing" if name is None else f"{name!r} is not a data type"
        problems.append(lines.problem("kind", name, message, allowed))
        return None
    return get_kind(name)


def _text(name: str, values: Mapping[str, Any], lines: Lines, problems: list[FieldProblem]) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        problems.append(lines.problem(name, value, "must be a text that isn't empty"))
        return None
    return value


def _columns(
    kind: Kind, values: Mapping[str, Any], lines: Lines, problems: list[FieldProblem]
) -> Iterator[tuple[str, Made]]:
    given = values.get("columns", {})
    if not isinstance(given, Mapping):
        problems.append(lines.problem("columns", given, "must be a table: [columns]"))
        given = {}
    own = {kind.id_column: "key", kind.time_column: "time"}
    names = tuple(column.name for column in kind.columns if column.name not in own)
    for name in given:
        if name in own:
            message = f"{name!r} is given by the field {own[name]!r} at the top of the file"
            problems.append(lines.problem(f"columns.{name}", given[name], message))
        elif name not in names:
            message = f"{name!r} is not a column of {kind.name}{nearest(name, names)}"
            problems.append(lines.problem(f"columns.{name}", None, message, names))
    asked = {**{column: values.get(field) for column, field in own.items()}, **given}
    for column in kind.columns:
        field = own.get(column.name, f"columns.{column.name}")
        value = asked.get(column.name)
        if value is None:
            if column.name in required_columns(kind):
                problems.append(lines.problem(field, None, "is missing", _FORMS if field == "time" else ()))
            continue
        made = _made(field, value, column, lines, problems)
        if made is not None and field == "key" and made != Made(column=made.column):
            problems.append(lines.problem(field, value, "must be the name of an integer column"))
        elif made is not None:
            yield column.name, made


def _made(field: str, value: Any, column: Column, lines: Lines, problems: list[FieldProblem]) -> Made | None:
    if isinstance(value, str):
        value = {"column": value}
    if not isinstance(value, Mapping):
        problems.append(
            lines.problem(field, value, "must be the name of a column or one of the forms", _FORMS)
        )
        return None
    wrong = [
        *(f"{name!r} is not one of {', '.join(_OPTIONS)}" for name in value if name not in _OPTIONS),
        *_wrong_sources(value),
        *_wrong_options(value, column),
    ]
    if wrong:
        problems.extend(lines.problem(field, dict(value), each, _FORMS) for each in wrong)
        return None
    return Made(
        column=value.get("column"),
        join=tuple(value.get("join", ())),
        separator=value.get("separator", " "),
        constant=value.get("constant"),
        path=tuple(value["path"].split(".")) if "path" in value else (),
        unit=value.get("unit"),
        zone=value.get("zone"),
        map=tuple((str(key), str(to)) for key, to in value.get("map", {}).items()),
    )


def _wrong_sources(value: Mapping[str, Any]) -> Iterator[str]:
    if sum(name in value for name in ("column", "constant", "join")) != 1:
        yield "needs exactly one of column, constant and join"
    if "column" in value and not _is_name(value["column"]):
        yield "column must be the name of a column"
    join = value.get("join")
    if join is not None and not (isinstance(join, list) and len(join) > 1 and all(map(_is_name, join))):
        yield "join must be a list of at least two columns"
    if "separator" in value and ("join" not in value or not isinstance(value["separator"], str)):
        yield "separator is a text, and needs join"
    if "constant" in value and not isinstance(value["constant"], str | int | float | bool):
        yield "constant must be a text, a number, true or false"


def _wrong_options(value: Mapping[str, Any], column: Column) -> Iterator[str]:
    for name in ("path", "unit", "zone"):
        if name in value and ("column" not in value or not isinstance(value[name], str)):
            yield f"{name} is a text, and needs column"
            return
    if "path" in value and not all(value["path"].split(".")):
        yield "path is the way into the JSON, such as a.b"
    for name in ("unit", "zone"):
        if name in value and column.storage is not Storage.TIME:
            yield f"{name} is for times, and {column.name} is none"
    if "unit" in value and value["unit"] not in UNITS:
        yield f"unit {value['unit']!r} is not one of {', '.join(UNITS)}"
    if "unit" in value and "zone" in value:
        yield "unit and zone exclude each other: an epoch counts in UTC"
    if "zone" in value and not is_zone(value["zone"]):
        yield f"zone {value['zone'][:64]!r} is not a time zone, such as UTC, Europe/Berlin or +02:00"
    if "constant" in value and column.storage is Storage.TIME:
        yield "a time can't be constant"
    mapped = value.get("map")
    if mapped is not None and not (
        isinstance(mapped, Mapping) and mapped and all(map(_is_plain, mapped.values()))
    ):
        yield "map must be an object of values and what they become"
    if mapped is not None and ("column" not in value or column.storage is Storage.TIME):
        yield "map needs column, and isn't for times"


def is_zone(name: str) -> bool:
    """Say whether this is a time zone or an offset from UTC."""
    return bool(_OFFSET.fullmatch(name)) or name in available_timezones()


def offset_minutes(name: str) -> int | None:
    """Return the minutes that a zone is always east of UTC; None if that changes during a year."""
    if name in ("UTC", "Etc/UTC", "Z"):
        return 0
    if _OFFSET.fullmatch(name):
        minutes = int(name[1:3]) * 60 + int(name[4:6])
        return -minutes if name[0] == "-" else minutes
    return None


def zone_of(name: str) -> ZoneInfo | None:
    """Return a named time zone; None for an offset."""
    return None if offset_minutes(name) is not None else ZoneInfo(name)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\x00" not in value


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and "\x00" not in str(value)


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Return a hint at the known name that is most like this one; empty without any."""
    lowered = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), lowered, 1, 0.6)
    return f": do you mean {lowered[found[0]]!r}?" if found else ""
