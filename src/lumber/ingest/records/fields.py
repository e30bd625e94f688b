"""Which column each field of a record is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from lumber.catalog.kind import Storage
from lumber.catalog.registry import get_kind
from lumber.ingest.records.mapping import column_of
from lumber.ingest.targets import TARGETS

# Before every usual name.
_MAPPED_RANK = -1


@cache
def known_names(kind: str) -> Mapping[str, tuple[str, int]]:
    """Return for each name of a field its column and its rank, 0 for the best."""
    columns = TARGETS[kind].fields.items()
    return MappingProxyType(
        {name: (column, rank) for column, names in columns for rank, name in enumerate(names)}
    )


def plan_fields(kind: str, names: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return (column -> field name, names of the other fields) for a record's fields.

    If several fields mean one column, the one with the best name is the column and the rest are other fields.
    """
    known = known_names(kind)
    best: dict[str, tuple[int, str]] = {}
    for name in names:
        mapped = column_of(name)
        found = (mapped, _MAPPED_RANK) if mapped is not None else known.get(name.lower())
        if found is not None and (found[0] not in best or found[1] < best[found[0]][0]):
            best[found[0]] = (found[1], name)
    fields = {column: name for column, (_, name) in best.items()}
    used = set(fields.values())
    return fields, tuple(name for name in names if name not in used)


def flattened(kind: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with nothing in an optional text field that is no text.

    The known fields of nested objects move up, under dotted names. Of a list of addresses the first is the
    value. Names that end with `.*` are never columns: they keep the rest of objects, and whole lists.
    """
    nested = [name for name, value in record.items() if type(value) is dict or type(value) is list]
    if not nested:
        return record
    flat = dict(record)
    for name in nested:
        value = record[name]
        if type(value) is dict:
            rest = _lifted(kind, name, value, flat)
            if rest is value and not _is_optional_text(kind, name):
                continue
            del flat[name]
            if rest or rest is value:
                flat[f"{name}.*"] = rest
        elif _is_optional_text(kind, name):
            del flat[name]
            flat |= _listed(kind, name, value)
    return flat


def _lifted(kind: str, name: str, value: dict[str, Any], flat: dict[str, Any]) -> dict[str, Any]:
    """Move the known fields of an object up into `flat`; return the rest of the object."""
    known = known_names(kind)
    rest = value
    for key, item in value.items():
        dotted = f"{name}.{key}"
        if dotted.lower() not in known or dotted in flat or type(item) is dict:
            continue
        moved = _listed(kind, dotted, item) if type(item) is list else {dotted: item}
        if dotted not in moved:
            continue
        flat[dotted] = moved.pop(dotted)
        if not moved:
            rest = {other: kept for other, kept in rest.items() if other != key}
    return rest


def _listed(kind: str, name: str, value: list[Any]) -> dict[str, Any]:
    """Return the fields that a list becomes: its first item if the column takes it, and the whole list."""
    column, _ = known_names(kind)[name.lower()]
    whole = {f"{name}.*": value}
    if column not in TARGETS[kind].first_of_list or not value or not isinstance(value[0], str):
        return whole
    return {name: value[0], **(whole if len(value) > 1 else {})}


def _is_optional_text(kind: str, name: str) -> bool:
    found = known_names(kind).get(name.lower())
    if found is None or found[0] in TARGETS[kind].required:
        return False
    return get_kind(kind).column(found[0]).storage is Storage.TEXT
