"""Kinds that a mapping of a source declares: one of one's own, or a built-in one with further columns.

A declaration is plain data, without code: it is in plans and manifests, and worker processes get it. So a
process that has never seen the mapping knows the kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog import rules
from lumber.catalog.kind import (
    ADDRESS,
    OPAQUE,
    ORDERED,
    TEXTUAL,
    TIMESTAMP,
    Column,
    Filtering,
    Holds,
    Kind,
    Level,
    Rule,
    Storage,
    Transformed,
    json_field,
    optional,
    required,
)

ID, TIME, LABEL = "id", "timestamp", "label"
# Columns of a built-in kind that it doesn't have itself are under this name.
EXTRA = "extra."
MOST_FIELDS = 500
LONGEST_PATTERN = 4_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Names of columns that Lumber adds to rows, of parts of a config, and of folders of a dataset.
_TAKEN_FIELDS = (
    *(ID, TIME, "split", "anomaly_types", "anomaly_score", "label_source", "template_id", "template_params"),
    *("repeat_count", "first_timestamp", "last_timestamp", "lumber_raw_time"),
)
_TAKEN_KINDS = ("extra", "rejects", "templates", "sequences", "splits", "mapped")


class FieldType(StrEnum):
    """The type of a declared column."""

    INTEGER = "integer"
    FLOAT = "float"
    TEXT = "text"
    BOOLEAN = "boolean"
    TIME = "time"
    JSON = "json"


STORAGE = {
    FieldType.INTEGER: Storage.INTEGER,
    FieldType.FLOAT: Storage.REAL,
    FieldType.TEXT: Storage.TEXT,
    FieldType.BOOLEAN: Storage.BOOLEAN,
    FieldType.TIME: Storage.TIME,
    FieldType.JSON: Storage.JSON,
}
_ARROW: dict[FieldType, pa.DataType] = {
    FieldType.INTEGER: pa.int64(),
    FieldType.FLOAT: pa.float64(),
    FieldType.TEXT: pa.string(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.TIME: TIMESTAMP,
}
_NUMBERS = (FieldType.INTEGER, FieldType.FLOAT)
HELD = (Holds.ADDRESS, Holds.HOST, Holds.TEXT)
Value = str | int | float


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """A column: its type and its rules. A value that is null breaks no rule except `is_required`.

    `level` is that of the other rules. `pattern` is for the whole text.
    """

    name: str
    type: FieldType
    is_required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    one_of: tuple[Value, ...] = ()
    pattern: str | None = None
    level: Level = Level.BASIC
    holds: Holds | None = None
    description: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values, without what isn't set."""
        values = {
            "name": self.name,
            "type": self.type.value,
            "required": self.is_required,
            "min": self.minimum,
            "max": self.maximum,
            "one_of": list(self.one_of),
            "pattern": self.pattern,
            "level": None if self.level is Level.BASIC else self.level.value,
            "holds": None if self.holds is None else self.holds.value,
            "description": self.description,
        }
        return {name: value for name, value in values.items() if value or (value == 0 and value is not False)}

    def problems(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield what is wrong with its rules: the option, a message, and what is allowed."""
        if self.type not in _NUMBERS:
            for option, bound in (("min", self.minimum), ("max", self.maximum)):
                if bound is not None:
                    yield option, f"is for numbers, and the type is {self.type}", _NUMBERS
        elif self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            yield (
                "min",
                f"is {self.minimum:g}, which is above max, {self.maximum:g}",
                (f"at most {self.maximum:g}",),
            )
        if self.one_of and self.type not in (FieldType.TEXT, FieldType.INTEGER):
            yield "one_of", f"is for texts and integers, and the type is {self.type}", ("text", "integer")
        elif any(isinstance(each, str) is not (self.type is FieldType.TEXT) for each in self.one_of):
            yield "one_of", f"has a value that isn't of the type {self.type}", ()
        if self.name == LABEL and self.type is not FieldType.INTEGER:
            yield "type", f"is {self.type}, and a label is an integer, 0 or 1", ("integer",)
        if self.type is not FieldType.TEXT:
            for option, value in (("pattern", self.pattern), ("holds", self.holds)):
                if value is not None:
                    yield option, f"is for texts, and the type is {self.type}", ("text",)
        elif self.pattern is not None and (wrong := wrong_pattern(self.pattern)) is not None:
            yield "pattern", wrong, ()


def wrong_pattern(pattern: str) -> str | None:
    """Return what is wrong with a pattern; None if the engine takes it, which matches in linear time."""
    if len(pattern) > LONGEST_PATTERN:
        return f"has more than {LONGEST_PATTERN:,} characters"
    try:
        pl.Series([""]).str.contains(_whole(pattern))
    except pl.exceptions.ComputeError as error:
        said = str(error).strip().splitlines()
        reason = next((line[7:] for line in said if line.startswith("error: ")), said[-1])
        return f"is not a pattern that can be matched in linear time: {reason}"
    return None


@dataclass(frozen=True, slots=True)
class Declaration:
    """A kind of one's own, or (`is_extension`) what is added to the built-in kind of this name.

    `message` and `device` name the fields with the text of a row and the device that it is about.
    """

    name: str
    fields: tuple[DeclaredField, ...]
    is_extension: bool = False
    title: str = ""
    description: str = ""
    message: str | None = None
    device: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values, without what isn't set."""
        values = {
            "extends": self.is_extension,
            "title": self.title,
            "description": self.description,
            "message": self.message,
            "device": self.device,
        }
        fields = [each.as_json() for each in self.fields]
        return {"name": self.name, **{name: each for name, each in values.items() if each}, "fields": fields}

    @classmethod
    def of_json(cls, value: Any) -> Declaration:
        """Return what `as_json` made. Raises ValueError for anything else: a manifest may be anybody's."""
        try:
            fields = tuple(_field_of(each) for each in value["fields"])
            found = cls(
                _text(value["name"]),
                fields,
                bool(value.get("extends", False)),
                _text(value.get("title", "")),
                _text(value.get("description", "")),
                *(None if value.get(each) is None else _text(value[each]) for each in ("message", "device")),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"is not a declaration of a data type ({error})") from None
        prefix = EXTRA if found.is_extension else ""
        names = [each.name for each in fields]
        if not 0 < len(names) <= MOST_FIELDS or len(set(names)) < len(names):
            raise ValueError("declares no column, too many, or one twice")
        if not all(each.startswith(prefix) and is_field_name(each[len(prefix) :]) for each in names):
            raise ValueError("declares a column whose name is not allowed")
        if any(True for each in fields for _ in each.problems()):
            raise ValueError("declares a column with rules that don't fit its type")
        if not found.is_extension and not is_kind_name(found.name):
            raise ValueError("has a name that no data type of one's own can have")
        if not {found.message, found.device} - {None} <= {n.name for n in fields if n.type is FieldType.TEXT}:
            raise ValueError("names a column that it doesn't declare")
        return found


def is_kind_name(name: str) -> bool:
    """Say whether a kind of one's own can have this name. Names of built-in kinds aren't known here."""
    return _NAME.fullmatch(name) is not None and name not in _TAKEN_KINDS


def is_field_name(name: str) -> bool:
    """Say whether a declared column can have this name."""
    return _NAME.fullmatch(name) is not None and name not in _TAKEN_FIELDS


@cache  # Statements name the tables of a kind, which are the same objects for the same kind.
def own_kind(declaration: Declaration) -> Kind:
    """Return a kind of one's own, the same object each time."""
    fields = declaration.fields
    names = [each.name for each in fields]
    return Kind(
        name=declaration.name,
        title=declaration.title or declaration.name.replace("_", " ").capitalize(),
        description=declaration.description,
        table=f"own_{declaration.name}",
        schema=pa.schema([required(ID, pa.int64()), required(TIME, TIMESTAMP), *map(_arrow, fields)]),
        columns=(
            Column(ID, Storage.INTEGER, ORDERED),
            Column(TIME, Storage.TIME, ORDERED),
            *map(_column, fields),
        ),
        time_column=TIME,
        rules=(*(rule for each in fields for rule in _rules(each)), rules.not_future(TIME)),
        transform=_unchanged,
        message_column=declaration.message,
        device_column=declaration.device,
        label_column=LABEL if LABEL in names else None,
        content_columns=() if declaration.message is None else (declaration.message,),
        # All workers see the same rows of a source, whatever its guarantee.
        is_append_only=True,
        descriptions={
            ID: "Number of the row.",
            TIME: "When it happened, UTC.",
            **{each.name: each.description for each in fields},
        },
    )


def extended(kind: Kind, declaration: Declaration) -> Kind:
    """Return a built-in kind with the columns of a declaration."""
    fields = declaration.fields
    return replace(
        kind,
        schema=pa.schema([*kind.schema, *map(_arrow, fields)]),
        columns=(*kind.columns, *map(_column, fields)),
        rules=(*kind.rules, *(rule for each in fields for rule in _rules(each))),
        descriptions={**kind.descriptions, **{each.name: each.description for each in fields}},
    )


def _unchanged(_frame: pl.DataFrame) -> Transformed:
    return Transformed({})


def _arrow(field: DeclaredField) -> pa.Field[Any]:
    if field.type is FieldType.JSON:
        return json_field(field.name).with_nullable(not field.is_required)
    type_ = pa.int8() if field.name == LABEL else _ARROW[field.type]
    return (required if field.is_required else optional)(field.name, type_)


def _column(field: DeclaredField) -> Column:
    filtering = Filtering(ORDERED)
    if field.type is FieldType.TEXT:
        filtering = ADDRESS if field.holds is Holds.ADDRESS else TEXTUAL
    elif field.type is FieldType.JSON:
        filtering = OPAQUE
    is_category = field.type is FieldType.TEXT and bool(field.one_of)
    return Column(
        field.name,
        STORAGE[field.type],
        filtering,
        is_category=is_category,
        holds=field.holds,
        is_quoted=True,
    )


def _rules(field: DeclaredField) -> Iterator[Rule]:
    name, value = field.name, pl.col(field.name)
    if field.type is FieldType.TEXT:
        if field.is_required:
            yield rules.not_blank(name)
        yield from rules.no_nul(name)
    if field.minimum is not None:
        reason = f"is less than {field.minimum:g}"
        yield rules.expression_rule("min", name, field.level, reason, value < field.minimum)
    if field.maximum is not None:
        reason = f"is more than {field.maximum:g}"
        yield rules.expression_rule("max", name, field.level, reason, value > field.maximum)
    if field.one_of:
        reason = f"is not one of {', '.join(map(str, field.one_of))}"
        breaks = value.is_not_null() & ~value.is_in(list(field.one_of))
        yield rules.expression_rule("one_of", name, field.level, reason, breaks)
    if name == LABEL:
        # At every level: the record has no place for other values.
        breaks = value.is_not_null() & ~value.is_in([0, 1])
        yield rules.expression_rule("label", name, Level.NONE, "is not 0 or 1", breaks)
    if field.pattern is not None:
        reason = f"does not match {field.pattern}"
        breaks = value.is_not_null() & ~value.str.contains(_whole(field.pattern))
        yield rules.expression_rule("pattern", name, field.level, reason, breaks)
    if field.holds is Holds.ADDRESS:
        yield rules.is_address(name, Level.STRICT)


def _whole(pattern: str) -> str:
    # The line break ends a comment of (?x), which would hide the bracket; without it, it would be matched.
    if re.search(r"\(\?[a-zA-Z]*x", pattern):
        pattern += "\n"
    return rf"\A(?:{pattern})\z"


def _field_of(value: Mapping[str, Any]) -> DeclaredField:
    one_of = tuple(value.get("one_of", ()))
    if not all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in one_of):
        raise ValueError("has a value that is neither a text nor a number")
    return DeclaredField(
        _text(value["name"]),
        FieldType(value["type"]),
        is_required=bool(value.get("required", False)),
        minimum=_number(value.get("min")),
        maximum=_number(value.get("max")),
        one_of=one_of,
        pattern=None if value.get("pattern") is None else _text(value["pattern"]),
        level=Level(value.get("level", Level.BASIC)),
        holds=None if value.get("holds") is None else Holds(value["holds"]),
        description=_text(value.get("description", "")),
    )


def _number(value: Any) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError("has a bound that is not a number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value
