"""JSON from elsewhere: a short text can hold values that take twenty times its memory, or nest very deep."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

# For documents that are parsed whole: the manifest, the quality report.
DOCUMENT_BYTES = 64 * 1024 * 1024
# The manifest of a dataset with 150,000 files has so many.
_DOCUMENT_VALUES = 2_000_000
_DEPTH = 100
_SHORT = 4 * 1024 * 1024


def load_document(content: bytes, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Return the value of a JSON document. Raises ValueError for a large, deep or damaged one."""
    require_document(content)
    try:
        value = json.loads(content, parse_constant=parse_constant)
    except RecursionError:
        raise ValueError(f"it nests deeper than {_DEPTH} levels") from None
    _require_shallow(value)
    return value


def require_document(content: bytes) -> None:
    """Raise ValueError for a JSON document that `load_document` would refuse by its size."""
    if len(content) > DOCUMENT_BYTES:
        raise ValueError(f"it is larger than {DOCUMENT_BYTES:,} bytes")
    require_few_values(content, _DOCUMENT_VALUES)


def require_few_values(text: bytes | str, most: int) -> None:
    """Raise ValueError if a long JSON text may hold so many values that they don't fit in memory."""
    if len(text) <= _SHORT:
        return
    marks: tuple[Any, ...] = (",", "[", "{") if isinstance(text, str) else (b",", b"[", b"{")
    if sum(map(text.count, marks)) > most:
        raise ValueError(f"it has more than {most:,} values")


def _require_shallow(value: Any) -> None:
    """Raise ValueError for a value that code which calls itself, level by level, may not survive."""
    level: list[Any] = [[value]]
    for _ in range(_DEPTH):
        members = (one for each in level for one in (each.values() if isinstance(each, dict) else each))
        level = [one for one in members if isinstance(one, dict | list)]
        if not level:
            return
    raise ValueError(f"it nests deeper than {_DEPTH} levels")
