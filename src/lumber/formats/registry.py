"""Finds the output formats: the built-in ones, and those that other packages offer by entry points.

A built-in format is a module `lumber/formats/<name>.py` with a `FORMAT`. Another package adds one with an
entry point in the group `lumber.formats` that names its `Format` object. Nothing else is touched.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from lumber.formats.format import Format

# In the order in which people read them.
_BUILT_IN = ("json", "jsonl", "csv", "parquet", "arrow")


@cache
def all_formats() -> MappingProxyType[str, Format]:
    """Return every format by name, the built-in ones first.

    Raises ValueError if two have one name or one suffix: files of one would be read as the other.
    """
    found = {format.name: format for format in built_in_formats()}
    suffixes = {format.suffix for format in found.values()}
    for entry_point in sorted(entry_points(group="lumber.formats"), key=lambda point: point.name):
        format: Format = entry_point.load()
        if format.name in found or format.suffix in suffixes:
            same = f"named {format.name!r}" if format.name in found else f"of the suffix {format.suffix!r}"
            raise ValueError(f"two formats are {same}: rename the one of {entry_point.value!r}")
        found[format.name] = format
        suffixes.add(format.suffix)
    return MappingProxyType(found)


def get_format(name: str) -> Format:
    """Return the format `name`. Raises ValueError with the names that exist."""
    # To look for entry points reads a file of every installed package: built-in formats do without.
    if name in _BUILT_IN:
        return _built_in(name)
    formats = all_formats()
    if name not in formats:
        raise ValueError(f"{name!r} is not a format; there are: {', '.join(formats)}")
    return formats[name]


def built_in_formats() -> tuple[Format, ...]:
    """Return the formats that need no other package."""
    return tuple(map(_built_in, _BUILT_IN))


@cache
def _built_in(name: str) -> Format:
    format: Format = importlib.import_module(f"lumber.formats.{name}").FORMAT
    return format
