"""What a mapping declares: columns that a built-in kind doesn't have, and kinds of one's own, with rules.

It reads the options of a column, such as `type` and `min`. How the column is made is read by `mapping`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lumber.catalog.declared import (
    EXTRA,
    HELD,
    MOST_FIELDS,
    STORAGE,
    Declaration,
    DeclaredField,
    FieldType,
    is_field_name,
)
from lumber.catalog.kind import Column, Holds, Kind, Level
from lumber.errors import FieldProblem
from lumber.sources.lines import Lines, nearest

OPTIONS = ("type", "required", "min", "max", "one_of", "pattern", "level", "holds", "description")
# What a mapping of a kind of one's own says about the kind.
KIND_FIELDS = ("title", "description", "message", "device")
_NAME_RULE = "1 to 63 lower-case letters, digits and '_', the first of them a letter"
_LEVELS = (Level.BASIC.value, Level.STRICT.value)
_LONGEST = 1_000


def declared_fields(
    section: str, values: Mapping[str, Any], lines: Lines, problems: list[FieldProblem]
) -> Iterator[tuple[DeclaredField, bool, Any]]:
    """Yield each column of a section: what is declared, whether its type is known, and how it is made.

    `section` is `extra` or `fields`. A column without a known type has a placeholder.
    """
    given = values.get(section, {})
    if not isinstance(given, Mapping):
        problems.append(lines.problem(section, given, f"must be a table: [{section}]"))
        return
    if len(given) > MOST_FIELDS:
        message = f"has {len(given):,} columns, and at most {MOST_FIELDS:,} are possible"
        problems.append(lines.problem(section, len(given), message))
        return
    for name, value in given.items():
        place = f"{section}.{name}"
        if not is_field_name(name):
            is_taken = name.isidentifier() and name == name.lower() and len(name) <= 63
            reason = "is the name of a column that Lumber makes" if is_taken else "can't name a column"
            problems.append(lines.problem(place, name, f"{name[:80]!r} {reason}", (_NAME_RULE,)))
            continue
        options = {each: value[each] for each in OPTIONS if each in value} if _is_table(value) else {}
        rest = {each: value[each] for each in value if each not in OPTIONS} if _is_table(value) else value
        before = len(problems)
        problems += [lines.problem(place, *each) for each in _wrong(options)]
        if len(problems) > before:
            continue
        known = options.get("type") or _type_by_form(rest)
        field = _field(f"{EXTRA}{name}" if section == "extra" else name, known, options)
        if known is not None:
            problems += fitting_problems(field, lines)
        yield field, known is not None, rest


def declaration_of(
    kind: str, fields: Sequence[DeclaredField], values: Mapping[str, Any], *, is_extension: bool
) -> Declaration:
    """Return the declaration of a kind from the texts of its mapping."""
    texts = {name: values.get(name) for name in KIND_FIELDS}
    return Declaration(
        kind,
        tuple(fields),
        is_extension,
        title=texts["title"] or "",
        description=texts["description"] or "",
        message=texts["message"],
        device=texts["device"],
    )


def typed(declaration: Declaration, types: Mapping[str, FieldType]) -> Declaration:
    """Return a declaration with the types of these columns."""
    fields = [replace(each, type=types.get(each.name, each.type)) for each in declaration.fields]
    return replace(declaration, fields=tuple(fields))


def fitting_problems(field: DeclaredField, lines: Lines) -> list[FieldProblem]:
    """Return what is wrong with the rules of a column whose type is known."""
    place = place_of(field.name)
    given = {"min": field.minimum, "max": field.maximum, "pattern": field.pattern, "holds": field.holds}
    return [
        lines.problem(f"{place}.{option}", given.get(option), f"{option} {message}", allowed)
        for option, message, allowed in field.problems()
    ]


def role_problems(declaration: Declaration, lines: Lines) -> Iterator[FieldProblem]:
    """Yield what is wrong with the columns that a kind of one's own names as its message and device."""
    texts = {each.name: each for each in declaration.fields if each.type is FieldType.TEXT}
    for role in ("message", "device"):
        name = getattr(declaration, role)
        if name is None:
            continue
        if name not in texts:
            message = f"{name!r} is not a text column of {declaration.name}{nearest(name, tuple(texts))}"
            yield lines.problem(role, name, message, tuple(texts))
        elif role == "message" and not texts[name].is_required:
            yield lines.problem(
                role, name, f"a message is in every row: set required = true in fields.{name}"
            )


def place_of(name: str) -> str:
    """Return the field of a mapping that declares a column."""
    return name if name.startswith(EXTRA) else f"fields.{name}"


def column_of(field: DeclaredField) -> Column:
    """Return the column, for what a mapping can make of it."""
    return Column(field.name, STORAGE[field.type])


def is_own(kind: Kind, field: str) -> bool:
    """Say whether a column of a kind is declared by a mapping."""
    return any(column.name == field and column.is_quoted for column in kind.columns)


def _field(name: str, type_: str | None, options: Mapping[str, Any]) -> DeclaredField:
    return DeclaredField(
        name,
        FieldType(type_ or FieldType.TEXT),
        is_required=options.get("required", False),
        minimum=options.get("min"),
        maximum=options.get("max"),
        one_of=tuple(options.get("one_of", ())),
        pattern=options.get("pattern"),
        level=Level(options.get("level", Level.BASIC)),
        holds=None if "holds" not in options else Holds(options["holds"]),
        description=options.get("description", ""),
    )


def _type_by_form(made: Any) -> str | None:
    """Return the type that a form makes, if it isn't that of a column of the table."""
    if not _is_table(made):
        return None
    if "unit" in made or "zone" in made:
        return FieldType.TIME
    constant = made.get("constant")
    if constant is not None:
        kinds = {bool: FieldType.BOOLEAN, int: FieldType.INTEGER, float: FieldType.FLOAT}
        return kinds.get(type(constant), FieldType.TEXT)
    return FieldType.TEXT if any(each in made for each in ("join", "path", "map")) else None


def _wrong(options: Mapping[str, Any]) -> Iterator[tuple[Any, str, tuple[str, ...]]]:
    """Yield the options that have no sense whatever the type: the value, a message, and what is allowed."""
    for name, allowed in (("type", tuple(FieldType)), ("level", _LEVELS), ("holds", tuple(HELD))):
        value = options.get(name)
        if value is not None and value not in allowed:
            hint = nearest(value, allowed) if isinstance(value, str) else ""
            yield value, f"{name} {value!r} is not one of {', '.join(allowed)}{hint}", tuple(allowed)
    if not isinstance(options.get("required", False), bool):
        yield options["required"], "required is true or false", ()
    for name in ("min", "max"):
        value = options.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            yield value, f"{name} must be a number", ()
    one_of = options.get("one_of")
    if one_of is not None and not (
        isinstance(one_of, list) and 0 < len(one_of) <= _LONGEST and all(map(_is_value, one_of))
    ):
        yield one_of, "one_of must be a list of texts or of whole numbers", ()
    for name in ("pattern", "description"):
        value = options.get(name)
        if value is not None and (not isinstance(value, str) or "\x00" in value):
            yield value, f"{name} must be a text", ()


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_value(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
