"""A mapping: which table of a source has the rows of a kind, and how each column is made. Read from TOML.

The kind is a built-in one, also with further columns, or one's own: see `declaring`. An error names the line
of the file, the field, its value and what is allowed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from lumber.catalog.declared import (
    EXTRA,
    ID,
    TIME,
    Declaration,
    DeclaredField,
    FieldType,
    extended,
    is_kind_name,
    own_kind,
)
from lumber.catalog.kind import Column, Kind, Storage
from lumber.catalog.registry import built_in_kinds
from lumber.errors import ConfigError, FieldProblem
from lumber.sources.declaring import (
    KIND_FIELDS,
    OPTIONS,
    column_of,
    declaration_of,
    declared_fields,
    fitting_problems,
    place_of,
    role_problems,
    typed,
)
from lumber.sources.guarantee import Guarantee
from lumber.sources.lines import Lines, nearest

MOST_BYTES = 64_000
UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FIELDS = ("kind", "table", "select", "key", "time", "filter", "guarantee")
# What else a mapping may have: of a built-in kind, and of one's own.
_BUILT_IN_FIELDS = ("columns", "extra")
_OWN_FIELDS = ("fields", *KIND_FIELDS)
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
_ZONES = ("UTC", "names such as Europe/Berlin", "offsets such as +02:00")
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
    """A mapping, checked as far as its words go. `columns` are those of the kind's table.

    `declaration` is that of a kind of one's own, or of columns that a built-in kind doesn't have. The columns
    in `untyped` get their types from the table: see `column_types`.
    """

    text: str
    kind_name: str
    table: str | None
    select: str | None
    columns: Mapping[str, Made]
    filter: str | None
    guarantee: Guarantee
    declaration: Declaration | None = None
    untyped: frozenset[str] = frozenset()

    @property
    def kind(self) -> Kind:
        """The kind that it maps."""
        if self.declaration is None:
            return built_in_kinds()[self.kind_name]
        if self.declaration.is_extension:
            return extended(built_in_kinds()[self.kind_name], self.declaration)
        return own_kind(self.declaration)

    def with_types(self, types: Mapping[str, FieldType]) -> TableMapping:
        """Return it with the types of its untyped columns. Raises ConfigError if a rule doesn't fit one."""
        if self.declaration is None:
            return self
        declaration = typed(self.declaration, types)
        fields = [each for each in declaration.fields if each.name in types]
        problems = [problem for each in fields for problem in fitting_problems(each, self.lines)]
        if not declaration.is_extension and not problems:
            problems += role_problems(declaration, self.lines)
        if problems:
            raise ConfigError(problems)
        return replace(self, declaration=declaration, untyped=self.untyped - set(types))

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
            *(() if self.declaration is None else (json.dumps(self.declaration.as_json()),)),
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
        if name == self.kind.time_column:
            return "time"
        if self.declaration is not None and any(each.name == name for each in self.declaration.fields):
            return place_of(name)
        return f"columns.{name}"


def parse_mapping(text: str) -> TableMapping:
    """Read a mapping. Raises ConfigError with every problem."""
    if len(text.encode()) > MOST_BYTES:
        raise ConfigError([FieldProblem("mapping", None, f"has more than {MOST_BYTES:,} bytes")])
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([FieldProblem("mapping", None, f"is not TOML: {error}")]) from None
    lines, problems = Lines(text), list[FieldProblem]()
    kind = _kind(values, lines, problems)
    _check_names(kind, values, lines, problems)
    texts = {
        name: _text(name, values, lines, problems)
        for name in (
            "table",
            "select",
            "filter",
            "guarantee",
            *(KIND_FIELDS if isinstance(kind, str) else ()),
        )
    }
    if (texts["table"] is None) == (texts["select"] is None):
        problems.append(lines.problem("table", texts["table"], "give either table or select"))
    guarantee = texts["guarantee"] or Guarantee.SNAPSHOT.value
    if guarantee not in tuple(Guarantee):
        message = f"{guarantee!r} is not a guarantee"
        problems.append(lines.problem("guarantee", guarantee, message, tuple(Guarantee)))
    if kind is None:
        raise ConfigError(problems)
    made = _Made(values, lines, problems)
    columns = dict(made.of_built_in(kind) if isinstance(kind, Kind) else made.of_own())
    declaration = made.declaration(kind)
    if declaration is not None and not declaration.is_extension and not made.untyped and not problems:
        problems += role_problems(declaration, lines)
    if problems:
        raise ConfigError(problems)
    select = texts["select"]
    return TableMapping(
        text,
        kind if isinstance(kind, str) else kind.name,
        texts["table"],
        None if select is None else select.strip().rstrip(";"),
        columns,
        texts["filter"],
        Guarantee(guarantee),
        declaration,
        frozenset(made.untyped),
    )


def required_columns(kind: Kind) -> tuple[str, ...]:
    """Return the columns of the kind's table that its records can't be without."""
    names = {field.name for field in kind.schema if not field.nullable}
    return tuple(column.name for column in kind.columns if column.name in names)


def _kind(values: Mapping[str, Any], lines: Lines, problems: list[FieldProblem]) -> Kind | str | None:
    """Return a built-in kind, or the name of one's own; None if it is neither."""
    name = values.get("kind")
    known = built_in_kinds()
    if isinstance(name, str) and name in known:
        return known[name]
    if isinstance(name, str) and "fields" in values and is_kind_name(name):
        return name
    allowed = (*known, "a name of your own, with [fields.NAME]")
    if name is None:
        problems.append(lines.problem("kind", None, "is missing", allowed))
    elif isinstance(name, str) and "fields" in values:
        message = f"{name[:80]!r} can't name a data type of your own"
        rule = "1 to 63 lower-case letters, digits and '_', the first of them a letter"
        problems.append(lines.problem("kind", name, message, (rule,)))
    else:
        hint = nearest(name, tuple(known)) if isinstance(name, str) else ""
        problems.append(lines.problem("kind", name, f"{name!r} is not a data type{hint}", allowed))
    return None


def _check_names(
    kind: Kind | str | None, values: Mapping[str, Any], lines: Lines, problems: list[FieldProblem]
) -> None:
    others = {Kind: _BUILT_IN_FIELDS, str: _OWN_FIELDS}.get(type(kind), (*_BUILT_IN_FIELDS, *_OWN_FIELDS))
    allowed = (*_FIELDS, *others)
    for name in values:
        if name in allowed:
            continue
        if isinstance(kind, Kind) and name in _OWN_FIELDS:
            message = f"is for data types of your own. {kind.name} is built in: it has [columns] and [extra]"
        elif isinstance(kind, str) and name in _BUILT_IN_FIELDS:
            message = f"is for data types that are built in. {kind} is your own: it has [fields.NAME]"
        else:
            message = f"{name!r} is not a field of a mapping{nearest(name, allowed)}"
        problems.append(lines.problem(name, values[name], message, allowed))


def _text(name: str, values: Mapping[str, Any], lines: Lines, problems: list[FieldProblem]) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        problems.append(lines.problem(name, value, "must be a text that isn't empty"))
        return None
    return value


class _Made:
    """Reads how the columns of a mapping are made, and what it declares."""

    def __init__(self, values: Mapping[str, Any], lines: Lines, problems: list[FieldProblem]) -> None:
        self._values, self._lines, self._problems = values, lines, problems
        self._declared: list[DeclaredField] = []
        self.untyped: list[str] = []

    def of_built_in(self, kind: Kind) -> Iterator[tuple[str, Made]]:
        """Yield the columns of a built-in kind, and then those that are declared."""
        own = {kind.id_column: "key", kind.time_column: "time"}
        given = self._given(kind, own)
        yield from self._ends(kind.column(kind.id_column), kind.column(kind.time_column))
        for column in kind.columns:
            if column.name in own:
                continue
            field, value = f"columns.{column.name}", given.get(column.name)
            if value is None:
                if column.name in required_columns(kind):
                    self._problems.append(self._lines.problem(field, None, _missing(field)))
                continue
            yield from self._one(field, value, column)
        yield from self._of_section("extra")

    def of_own(self) -> Iterator[tuple[str, Made]]:
        """Yield the columns of a kind of one's own."""
        yield from self._ends(Column(ID, Storage.INTEGER), Column(TIME, Storage.TIME))
        if not self._values["fields"]:
            message = "has no column: each is a section [fields.NAME]"
            self._problems.append(self._lines.problem("fields", None, message))
        yield from self._of_section("fields")

    def declaration(self, kind: Kind | str) -> Declaration | None:
        """Return what the mapping declares, once its columns were read; None: nothing."""
        if isinstance(kind, str):
            return declaration_of(kind, self._declared, self._values, is_extension=False)
        if not self._declared:
            return None
        return declaration_of(kind.name, self._declared, {}, is_extension=True)

    def _given(self, kind: Kind, own: Mapping[str, str]) -> Mapping[str, Any]:
        given = self._values.get("columns", {})
        if not isinstance(given, Mapping):
            self._problems.append(self._lines.problem("columns", given, "must be a table: [columns]"))
            return {}
        names = tuple(column.name for column in kind.columns if column.name not in own)
        for name in given:
            field = f"columns.{name}"
            if name in own:
                message = f"{name!r} is given by the field {own[name]!r} at the top of the file"
                self._problems.append(self._lines.problem(field, given[name], message))
            elif name not in names:
                hint = nearest(name, names) or f". To keep another column, write it into [extra] as {name}"
                message = f"{name!r} is not a column of {kind.name}{hint}"
                self._problems.append(self._lines.problem(field, given[name], message, names))
        return given

    def _ends(self, id_: Column, time: Column) -> Iterator[tuple[str, Made]]:
        """Yield the key and the time."""
        for column, field in ((id_, "key"), (time, "time")):
            value = self._values.get(field)
            if value is None:
                allowed = _FORMS if field == "time" else ()
                self._problems.append(self._lines.problem(field, None, _missing(field), allowed))
                continue
            for name, made in self._one(field, value, column):
                if field == "key" and made != Made(column=made.column):
                    message = "must be the name of an integer column"
                    self._problems.append(self._lines.problem(field, value, message))
                else:
                    yield name, made

    def _of_section(self, section: str) -> Iterator[tuple[str, Made]]:
        for field, is_typed, value in declared_fields(section, self._values, self._lines, self._problems):
            self._declared.append(field)
            if not is_typed:
                self.untyped.append(field.name)
            yield from self._one(place_of(field.name), value, column_of(field))

    def _one(self, field: str, value: Any, column: Column) -> Iterator[tuple[str, Made]]:
        made = _made(field, value, column, self._lines, self._problems)
        if made is not None:
            yield column.name, made


def _made(field: str, value: Any, column: Column, lines: Lines, problems: list[FieldProblem]) -> Made | None:
    if isinstance(value, str):
        value = {"column": value}
    if not isinstance(value, Mapping):
        problems.append(
            lines.problem(field, value, "must be the name of a column or one of the forms", _FORMS)
        )
        return None
    is_declared = field.startswith((EXTRA, "fields."))
    allowed = (*_OPTIONS, *OPTIONS) if is_declared else _OPTIONS
    unknown = [name for name in value if name not in allowed]
    problems.extend(
        lines.problem(field, name, f"{name!r} is not an option of a column{nearest(name, allowed)}", allowed)
        for name in unknown
    )
    if unknown:
        return None
    wrong = [
        *(lines.problem(field, dict(value), each, _FORMS) for each in _wrong_sources(value)),
        *(lines.problem(field, dict(value), each) for each in _wrong_options(value, column)),
        *(lines.problem(field, dict(value), each, known) for each, known in _unknown_times(value)),
    ]
    problems.extend(wrong)
    if wrong:
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


def _missing(field: str) -> str:
    """Return what to write for a field that has to be there."""
    name = field.rpartition(".")[2]
    example = {
        "key": 'key = "id": a column of whole numbers that are unique',
        "time": 'time = "created_at"',
    }.get(name, f'{name} = "a column"')
    return f"is missing: give the column of the table that has it, such as {example}"


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
            yield f"{name} is for times, and {column.name} isn't a time"
    if "unit" in value and "zone" in value:
        yield "unit and zone exclude each other: an epoch counts in UTC"
    if "constant" in value and column.storage is Storage.TIME:
        yield "a time can't be constant"
    mapped = value.get("map")
    if mapped is not None and not (
        isinstance(mapped, Mapping) and mapped and all(map(_is_plain, mapped.values()))
    ):
        yield "map must be an object of values and what they become"
    if mapped is not None and ("column" not in value or column.storage is Storage.TIME):
        yield "map needs column, and isn't for times"


def _unknown_times(value: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield units and zones that don't exist, and what is allowed."""
    unit, zone = value.get("unit"), value.get("zone")
    if isinstance(unit, str) and unit not in UNITS:
        yield f"unit {unit[:64]!r} is not one of {', '.join(UNITS)}", tuple(UNITS)
    if isinstance(zone, str) and not is_zone(zone):
        yield f"zone {zone[:64]!r} is not a time zone", _ZONES


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
