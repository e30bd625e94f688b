"""JsonShapes: what readers of JSON must know about the values in columns of JSON before they can open them.

`datasets` opens a JSON document through pandas and Arrow: all values of a column must have one type, such as
one struct. A column whose values vary is written as JSON text instead. JSON Lines may vary from row to row.
But readers fail on integers of more than 64 bits, and turn the text "5" into a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl
import pyarrow as pa

# Shorter integers fit a double exactly.
_LONG_NUMBER = "[0-9]{16}"
_EXACT = 2**53
_INT64 = range(-(2**63), 2**63)
_INTEGERS = range(-(2**63), 2**64)
# A column with more members and lists than this has no useful type.
_MOST_NODES = 1_000
_MOST_KNOWN = 10_000
# What a reader may take for JSON if it is the value of a text.
_LIKE_JSON = re.compile(r'["\[{\-0-9]|(true|false|null|nan|infinity|inf)$', re.IGNORECASE)

# The type of values: {} for null, otherwise {"type": ...} with the types of "members" or "items".
Tree = dict[str, Any]


@dataclass(slots=True)
class JsonShape:
    """What is known about a column of JSON. Shapes of partitions merge.

    tree           the type of all values, if it was asked for
    is_varied      the values have no common type
    is_over_int64  there are integers that a signed integer of 64 bits can't hold
    is_over_64     there are integers that no integer of 64 bits can hold
    has_like_json  there are texts that look like JSON, such as "5"
    """

    tree: Tree = field(default_factory=dict)
    is_varied: bool = False
    is_over_int64: bool = False
    is_over_64: bool = False
    has_like_json: bool = False

    def merge(self, other: JsonShape) -> None:
        """Add the values of another partition."""
        self.is_varied |= other.is_varied
        self.is_over_int64 |= other.is_over_int64
        self.is_over_64 |= other.is_over_64
        self.has_like_json |= other.has_like_json
        self.add_type(other.tree)

    def add_value(self, value: Any) -> None:
        """Add the type of a parsed value."""
        try:
            self.add_type(_tree(value))
        except _Varied:
            self.is_varied, self.tree = True, {}

    def add_type(self, tree: Tree) -> None:
        """Add values of this type."""
        if self.is_varied:
            self.tree = {}
            return
        try:
            self.tree = _merged(self.tree, tree)
            self.is_varied = _nodes(self.tree) > _MOST_NODES
        except _Varied:
            self.is_varied = True
        if self.is_varied:
            self.tree = {}


class JsonShapes:
    """Looks at the values of columns of JSON, batch by batch. `has_types`: also at their types."""

    def __init__(self, columns: Sequence[str], *, has_types: bool) -> None:
        self.shapes = {name: JsonShape() for name in columns}
        self._has_types = has_types
        self._known: dict[str, set[Any]] = {name: set() for name in columns}

    def add(self, batch: pa.RecordBatch) -> None:
        """Look at a batch. Columns of JSON hold valid JSON text."""
        for name, shape in self.shapes.items():
            values = pl.Series(pl.from_arrow(batch.column(name))).drop_nulls()
            if not values.is_empty():
                self._look(values, shape, self._known[name])

    def _look(self, values: pl.Series, shape: JsonShape, known: set[Any]) -> None:
        is_long = values.str.contains(_LONG_NUMBER)
        has_types = self._has_types and not shape.is_varied
        if is_long.any():
            for text in values.filter(is_long).unique():
                value = json.loads(text)
                _add_integers(value, shape)
                if has_types:
                    shape.add_value(value)
            values = values.filter(~is_long)
        texts = values.filter(values.str.starts_with('"'))
        if not shape.has_like_json and not texts.is_empty():
            shape.has_like_json = any(_LIKE_JSON.match(json.loads(text).strip()) for text in texts.unique())
        if has_types:
            _add_types(orjson.loads(f"[{','.join(values.unique().to_list())}]"), shape, known)


def merged_shapes(parts: Iterable[Mapping[str, JsonShape]]) -> dict[str, JsonShape]:
    """Merge the shapes of partitions, by column."""
    found: dict[str, JsonShape] = {}
    for part in parts:
        for name, shape in part.items():
            found.setdefault(name, JsonShape()).merge(shape)
    return found


class _Varied(Exception):
    """Two types have none in common."""


def _add_types(values: Sequence[Any], shape: JsonShape, known: set[Any]) -> None:
    """Add the types of values without long integers. Types that came before cost little."""
    for value in values:
        signature = _signature(value)
        if signature not in known:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known.add(signature)
            shape.add_value(value)


def _signature(value: Any) -> Any:
    """Return something that is equal for values of equal types."""
    if type(value) is dict:
        return (*value, *map(_signature, value.values()))
    if type(value) is list:
        return (list, *{_signature(item) for item in value})
    return type(value)


def _tree(value: Any) -> Tree:
    if value is None:
        return {}
    if isinstance(value, dict):
        return {"type": "object", "members": {name: _tree(item) for name, item in value.items()}}
    if isinstance(value, list):
        items: Tree = {}
        for item in value:
            items = _merged(items, _tree(item))
        return {"type": "list", "items": items}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return {"type": "long"}
    return {"type": type(value).__name__}


def _merged(a: Tree, b: Tree) -> Tree:
    """Return the type of values of both types. Raises _Varied if there is none."""
    if not a or not b or a == b:
        return a or b
    types = {a["type"], b["type"]}
    if types == {"object"}:
        members = dict(a["members"])
        for name, tree in b["members"].items():
            members[name] = _merged(members.get(name, {}), tree)
        return {"type": "object", "members": members}
    if types == {"list"}:
        return {"type": "list", "items": _merged(a["items"], b["items"])}
    for numbers, common in (({"int", "float"}, "float"), ({"int", "long"}, "long")):
        if types == numbers:
            return {"type": common}
    raise _Varied


def _nodes(tree: Tree) -> int:
    inner = [*tree.get("members", {}).values(), *([tree["items"]] if "items" in tree else [])]
    return 1 + sum(map(_nodes, inner))


def _add_integers(value: Any, shape: JsonShape) -> None:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _add_integers(item, shape)
    elif isinstance(value, int):
        shape.is_over_int64 |= value not in _INT64
        shape.is_over_64 |= value not in _INTEGERS
