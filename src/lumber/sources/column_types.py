"""Types of the columns that a mapping declares without one: those of the columns of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lumber.catalog.declared import FieldType
from lumber.errors import ConfigError
from lumber.sources import collected, postgresql, sqlite
from lumber.sources.mapping import TableMapping
from lumber.sources.tables import Words

_TYPE_OF: dict[Words, Callable[[str], FieldType | None]] = {
    "postgresql": postgresql.field_type,
    "sqlite": sqlite.field_type,
    "collected": collected.field_type,
}


def field_type(type_: str, words: Words) -> FieldType | None:
    """Return the type of a declared column for one of a table; None: it has to be said."""
    return _TYPE_OF[words](type_)


def with_types(mapping: TableMapping, types: Mapping[str, str], words: Words) -> TableMapping:
    """Return a mapping with all types, given those of the table's columns in the words of the database.

    A column that the table doesn't have stays untyped. Raises ConfigError for a type that has to be said.
    """
    by_name = {name.lower(): type_ for name, type_ in types.items()}
    found, problems = dict[str, FieldType](), []
    for name in mapping.untyped:
        column = mapping.columns[name].column or ""
        type_ = types.get(column, by_name.get(column.lower()))
        if type_ is None:
            continue
        known = field_type(type_, words)
        if known is None:
            shown = f"has the type {type_}" if type_ else "has no type"
            message = f"column {column} {shown} in the table: say which type it is to have"
            problems.append(
                mapping.problem(name, column, message, tuple(f'type = "{each}"' for each in FieldType))
            )
        else:
            found[name] = known
    if problems:
        raise ConfigError(problems)
    return mapping.with_types(found)
