"""Finds the kinds: our own modules in `lumber.catalog.kinds`, and those that other packages offer.

A module only has to define `KIND`. Another package offers one by an entry point in the group
`lumber.kinds` that names a `Kind` object.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from lumber.catalog import kinds as kinds_package
from lumber.catalog.kind import Kind
from lumber.errors import ConfigError, FieldProblem

# The order in which people read them; other kinds follow by name.
_FIRST = ("logs", "anomalies", "ips")
# The fields of a kind that name one column of its table.
_COLUMN_FIELDS = (
    "id_column",
    "time_column",
    "overlap_column",
    "late_column",
    "message_column",
    "device_column",
    "process_column",
    "level_column",
)


@cache
def all_kinds() -> MappingProxyType[str, Kind]:
    """Return every kind by name, the built-in ones first. Raises ValueError if a declaration is wrong."""
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(kinds_package.__path__, kinds_package.__name__ + "."):
        kind = importlib.import_module(module.name).KIND
        found[kind.name] = kind
    for entry_point in entry_points(group="lumber.kinds"):
        kind = entry_point.load()
        if kind.name in found:
            raise ValueError(f"two kinds are named {kind.name!r}: rename the one of {entry_point.value!r}")
        found[kind.name] = kind
    check_kinds(found)
    ordered = sorted(found, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return MappingProxyType({name: found[name] for name in ordered})


def get_kind(name: str) -> Kind:
    """Return the kind `name`. Raises ConfigError with the names that exist."""
    kinds = all_kinds()
    if name not in kinds:
        message = f"{name!r} is not a kind of data"
        raise ConfigError([FieldProblem("data_types", name, message, tuple(kinds))])
    return kinds[name]


def timing_kind(names: Collection[str]) -> str:
    """Return which of these kinds turns the shares of a split into moments: the first with a message.

    The first of all if none has a message. A name that isn't a kind here has none.
    """
    kinds = all_kinds()
    with_message = (name for name in names if name in kinds and kinds[name].message_column is not None)
    return next(with_message, next(iter(names)))


def check_kinds(kinds: Mapping[str, Kind]) -> None:
    """Raise ValueError if a kind names a column or another kind that doesn't exist."""
    for kind in kinds.values():
        for field, column, owner in _named_columns(kind, kinds):
            if column not in {each.name for each in owner.columns}:
                raise ValueError(
                    f"kind {kind.name!r}: {field} names {column!r}, not a column of {owner.name}"
                )
        for field in ("message_column", "device_column"):
            column = getattr(kind, field)
            if column is not None and column not in kind.schema.names:
                raise ValueError(f"kind {kind.name!r}: {field} names {column!r}, which its schema lacks")


def _named_columns(kind: Kind, kinds: Mapping[str, Kind]) -> Iterator[tuple[str, str, Kind]]:
    """Yield each table column that a kind names, between the field that names it and the kind that has it."""
    for field in _COLUMN_FIELDS:
        if (column := getattr(kind, field)) is not None:
            yield field, column, kind
    if kind.leader is not None:
        _known("leader", kind.leader.kind, kind, kinds)
        yield "leader", kind.leader.column, kind
    if kind.labels_from is not None:
        source = _known("labels_from", kind.labels_from.kind, kind, kinds)
        for column in kind.labels_from.columns:
            yield "labels_from", column, source


def _known(field: str, name: str, kind: Kind, kinds: Mapping[str, Kind]) -> Kind:
    if name not in kinds:
        raise ValueError(f"kind {kind.name!r}: {field} names {name!r}, which is not a kind")
    return kinds[name]
