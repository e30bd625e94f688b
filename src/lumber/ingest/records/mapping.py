"""A user's own mapping: which fields of a record make each column.

`timestamp=Date+Time` joins two fields with a space. `message=event.body` takes a field of a nested object,
and `device_ip=host.ip.0` the first item of a list. A backslash makes `+`, `.` or a backslash part of a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lumber.errors import ConfigError, FieldProblem, IngestError
from lumber.ingest.targets import TARGETS
from lumber.text import counted

# A mapped value has the key of its column between two of these. No field of a CSV file has such a name.
MARK = "\x00"
_MOST_SHOWN = 20
_FORM = "COLUMN=FIELD, for example message=Content or timestamp=Date+Time"


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column and the fields that make it. `text` is the fields as the user wrote them."""

    column: str
    text: str
    paths: tuple[tuple[str, ...], ...]

    @property
    def key(self) -> str:
        """The name of the value in a mapped record."""
        return f"{MARK}{self.column}{MARK}{self.text}"

    @property
    def names(self) -> tuple[str, ...]:
        """The fields, as they stand in a header: a dot is part of a name there."""
        return tuple(".".join(path) for path in self.paths)


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """The columns that a user mapped; the others have the fields that are usual for them."""

    columns: tuple[MappedColumn, ...] = ()

    def __bool__(self) -> bool:
        """Say whether any column is mapped."""
        return bool(self.columns)

    @classmethod
    def parse(cls, kind: str, texts: Mapping[str, str]) -> FieldMapping:
        """Return the mapping of column -> fields. Raises ConfigError with every column that is wrong."""
        problems: list[FieldProblem] = []
        found: dict[str, MappedColumn] = {}
        for name, text in texts.items():
            column = _column(kind, name)
            paths = tuple(_parts(part) for part in _split(text, "+"))
            if column is None:
                message = f"{name!r} is not a column of {kind}"
                problems.append(FieldProblem("map", name, message, tuple(TARGETS[kind].fields)))
            elif not text.strip() or not all(all(path) for path in paths):
                message = f"{name} needs the name of a field, not {text!r}"
                problems.append(FieldProblem("map", text, message, (_FORM,)))
            elif column in found:
                message = f"{name!r} and another name both mean the column {column}"
                problems.append(FieldProblem("map", name, message))
            else:
                found[column] = MappedColumn(column, text, paths)
        if problems:
            raise ConfigError(problems)
        return cls(tuple(found.values()))

    def field_names(self) -> frozenset[str]:
        """Return the names of all mapped fields in lower case, as they may stand in a header."""
        return frozenset(name.lower() for column in self.columns for name in column.names)

    def field_of(self, column: str | None) -> str | None:
        """Return the only field that makes a column, in lower case; None if there are several or none."""
        for mapped in self.columns:
            if mapped.column == column and len(mapped.paths) == 1:
                return mapped.names[0].lower()
        return None

    def require(self, source: str, names: Iterable[str]) -> None:
        """Raise IngestError if a table with these columns lacks a mapped field."""
        present = list(names)
        known = {name.lower() for name in present}
        for mapped in self.columns:
            for name, path in zip(mapped.names, mapped.paths, strict=True):
                if name.lower() not in known and path[0].lower() not in known:
                    raise IngestError(
                        f"{source} has no field {name}, which --map names for {mapped.column}. "
                        f"It has {_listed(present)}."
                    )

    def applied(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the record with each mapped value under the key of its column, and without its fields.

        A column of which a field is missing is null: a date without its time of day would be a wrong time.
        """
        lowered = {name.lower(): name for name in fields}
        rest: dict[str, Any] = dict(fields)
        values: dict[str, Any] = {}
        for mapped in self.columns:
            found = [value for path in mapped.paths if (value := _value(fields, lowered, path)) is not None]
            values[mapped.key] = None
            if len(found) == len(mapped.paths):
                values[mapped.key] = found[0] if len(found) == 1 else " ".join(map(_shown, found))
        for mapped in self.columns:
            if values[mapped.key] is not None:  # otherwise its fields stay in the record: nothing is lost
                for path in mapped.paths:
                    _remove(rest, lowered, path)
        return values | rest


def pairs_of(texts: Iterable[str]) -> dict[str, str]:
    """Return the columns and fields of texts `COLUMN=FIELD`. Raises ConfigError."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, is_pair, field = text.partition("=")
        if not is_pair or not name.strip() or name.strip() in pairs:
            message = f"{text!r} is not a mapping" if not is_pair else f"{text!r} maps a column again"
            raise ConfigError([FieldProblem("map", text, message, (_FORM,))])
        pairs[name.strip()] = field.strip()
    return pairs


def column_of(key: str) -> str | None:
    """Return the column of a mapped value; None for any other field."""
    return key.split(MARK, 2)[1] if key.startswith(MARK) and key.count(MARK) == 2 else None


def source_of(key: str) -> str:
    """Return the name of a field as it is in the source."""
    return key.rsplit(MARK, 1)[-1]


def _column(kind: str, name: str) -> str | None:
    """Return the column that a name means: its own, or one that is usual for it."""
    fields = TARGETS[kind].fields
    if name in fields:
        return name
    return next((column for column, names in fields.items() if name.lower() in names), None)


def _split(text: str, separator: str) -> list[str]:
    """Cut a text at separators that no backslash precedes; backslashes stay."""
    parts, start, index = [], 0, 0
    while index < len(text):
        if text[index] == "\\":
            index += 1
        elif text[index] == separator:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    return [*parts, text[start:]]


def _parts(text: str) -> tuple[str, ...]:
    return tuple(_unescaped(part) for part in _split(text.strip(), "."))


def _unescaped(text: str) -> str:
    plain, index = "", 0
    while index < len(text):
        index += text[index] == "\\" and index + 1 < len(text)
        plain += text[index]
        index += 1
    return plain


def _value(fields: dict[str, Any], lowered: dict[str, str], path: tuple[str, ...]) -> Any:
    """Return the value at a path, or of the field whose name has dots; None if there is none."""
    whole = lowered.get(".".join(path).lower())
    if whole is not None:
        return fields[whole]
    first = lowered.get(path[0].lower())
    value: Any = fields[first] if first is not None else None
    for part in path[1:]:
        value = _item(value, part)
    return value


def _item(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
        return value[int(part)]
    return None


def _remove(rest: dict[str, Any], lowered: dict[str, str], path: tuple[str, ...]) -> None:
    """Remove what a path leads to. Objects on the way are copied; an item of a list stays."""
    whole = lowered.get(".".join(path).lower())
    if whole is not None:
        rest.pop(whole, None)
        return
    at = rest
    for name in (lowered.get(path[0].lower(), path[0]), *path[1:-1]):
        if not isinstance(at.get(name), dict):
            return
        at[name] = dict(at[name])
        at = at[name]
    at.pop(path[-1], None)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_SHOWN:,} more" if len(names) > _MOST_SHOWN else ""
    return f"{counted(len(names), 'field')}: {', '.join(names[:_MOST_SHOWN])}{more}"
