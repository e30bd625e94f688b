"""Finds the kinds: every module in `lumber.catalog.kinds`, and the entry points of other packages.

A built-in kind is a module `lumber/catalog/kinds/<name>.py` with a `KIND`. Another package adds one with
an entry point in the group `lumber.kinds` that names its `Kind` object. Nothing else is touched.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from lumber.catalog import kinds as kinds_package
from lumber.catalog.kind import Kind
from lumber.errors import ConfigError, FieldProblem

# The order in which people read them; other kinds follow by name.
_FIRST = ("logs", "anomalies", "ips")


@cache
def all_kinds() -> MappingProxyType[str, Kind]:
    """Return every kind by name, the built-in ones first."""
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(kinds_package.__path__, kinds_package.__name__ + "."):
        kind = importlib.import_module(module.name).KIND
        found[kind.name] = kind
    for entry_point in entry_points(group="lumber.kinds"):
        kind = entry_point.load()
        if kind.name in found:
            raise ValueError(f"two kinds are named {kind.name!r}: rename the one of {entry_point.value!r}")
        found[kind.name] = kind
    ordered = sorted(found, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return MappingProxyType({name: found[name] for name in ordered})


def get_kind(name: str) -> Kind:
    """Return the kind `name`. Raises ConfigError with the names that exist."""
    kinds = all_kinds()
    if name not in kinds:
        message = f"{name!r} is not a kind of data"
        raise ConfigError([FieldProblem("data_types", name, message, tuple(kinds))])
    return kinds[name]
