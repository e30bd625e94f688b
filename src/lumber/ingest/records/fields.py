"""Which column each field of a record is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from lumber.ingest.targets import TARGETS


@cache
def known_names(kind: str) -> Mapping[str, tuple[str, int]]:
    """Return for each name of a field its column and its rank, 0 for the best."""
    columns = TARGETS[kind].fields.items()
    return MappingProxyType(
        {name: (column, rank) for column, names in columns for rank, name in enumerate(names)}
    )


@cache
def nested_names(kind: str) -> frozenset[str]:
    """Return the names of objects whose fields may be columns, such as `log` for `log.level`."""
    return frozenset(name.split(".", 1)[0] for name in known_names(kind) if "." in name)


def plan_fields(kind: str, names: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return (column -> field name, names of the other fields) for a record's fields.

    If several fields mean one column, the one with the best name is the column and the rest are other fields.
    """
    known = known_names(kind)
    best: dict[str, tuple[int, str]] = {}
    for name in names:
        found = known.get(name.lower())
        if found is not None and (found[0] not in best or found[1] < best[found[0]][0]):
            best[found[0]] = (found[1], name)
    fields = {column: name for column, (_, name) in best.items()}
    used = set(fields.values())
    return fields, tuple(name for name in names if name not in used)


def lift_nested(kind: str, record: dict[str, object]) -> dict[str, object]:
    """Return the record with the known fields of nested objects moved up, under dotted names."""
    names = nested_names(kind)
    found = [name for name in record if name.lower() in names and isinstance(record[name], dict)]
    if not found:
        return record
    known = known_names(kind)
    lifted = dict(record)
    for name in found:
        inner = dict(record[name])  # type: ignore[call-overload]
        for key in list(inner):
            dotted = f"{name}.{key}"
            if dotted.lower() in known and dotted not in record:
                lifted[dotted] = inner.pop(key)
        if inner:
            # The rest of the object can't be a column: columns hold no objects.
            lifted[f"{name}.*"] = inner
        del lifted[name]
    return lifted
