"""Finds the kinds: our own modules in `lumber.catalog.kinds`, and those that other packages offer.

A module only has to define `KIND`. Another package offers one by an entry point in the group
`lumber.kinds` that names a `Kind` object.

Mappings of sources declare further kinds, as data (`lumber.catalog.declared`). They are known while something
is done with their source, and only to who does it: two sources may give one name to different kinds.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from lumber.catalog import kinds as kinds_package
from lumber.catalog.declared import Declaration, extended, own_kind
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


@dataclass(frozen=True, slots=True)
class Declared:
    """What the mappings of a source declare: plain data, which another process can be given."""

    source: str
    declarations: tuple[Declaration, ...] = ()


# Each task and thread has its own: what one export declares, no other one sees. With all kinds then known.
_declared: ContextVar[tuple[Declared, Mapping[str, Kind]] | None] = ContextVar("declared", default=None)


def declared_now() -> Declared | None:
    """Return what is declared for this task, to declare it in another process; None: nothing is."""
    known = _declared.get()
    return None if known is None else known[0]


@contextmanager
def declaring(source: str, declarations: Sequence[Declaration]) -> Iterator[None]:
    """Let the kinds that mappings of a source declare be known for the block, to this task only.

    Raises ValueError as `require_declarable` does.
    """
    token = _declared.set(_with(source, declarations))
    try:
        yield
    finally:
        _declared.reset(token)


def require_declarable(declarations: Sequence[Declaration]) -> None:
    """Raise ValueError if a declaration names a kind that it can't extend, or one that is there already."""
    for each in declarations:
        if each.is_extension != (each.name in built_in_kinds()):
            raise ValueError(f"{each.name!r} is {'not a' if each.is_extension else 'a'} built-in data type")


def declare(source: str, declarations: Sequence[Declaration]) -> None:
    """Let such kinds be known for as long as this process lives: for a worker of one export."""
    _declared.set(_with(source, declarations))


def _with(source: str, declarations: Sequence[Declaration]) -> tuple[Declared, Mapping[str, Kind]]:
    require_declarable(declarations)
    found = dict(built_in_kinds())
    for each in declarations:
        found[each.name] = extended(found[each.name], each) if each.is_extension else own_kind(each)
    return Declared(source, tuple(declarations)), MappingProxyType(found)


def all_kinds() -> Mapping[str, Kind]:
    """Return every kind by name, the built-in ones first, with those that are declared for this task.

    Raises ValueError if a kind is wrong.
    """
    known = _declared.get()
    return built_in_kinds() if known is None else known[1]


@cache
def built_in_kinds() -> MappingProxyType[str, Kind]:
    """Return every kind that is code, ours and those of packages. Raises ValueError if one is wrong."""
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
