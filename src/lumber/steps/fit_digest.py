"""The digest of what first passes found: the same for the same rows, whatever the batches and partitions."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
from collections.abc import Mapping, Sequence
from typing import Any

from lumber.steps.step import Step

_DIGITS = 32


def fit_digest(steps: Sequence[Step]) -> str:
    """Return the digest of fitted steps, as 32 hexadecimal digits."""
    return hashlib.sha256(_text([_plain(step) for step in steps]).encode()).hexdigest()[:_DIGITS]


def _plain(value: Any) -> Any:
    """Return a value as plain JSON values."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *_fields(value)]
    if isinstance(value, Mapping):
        return sorted(([_plain(key), _plain(each)] for key, each in value.items()), key=_text)
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=_text)
    if isinstance(value, list | tuple):
        return list(map(_plain, value))
    # Steps can be pickled. If equal values are pickled differently, an export begins anew: it mixes nothing.
    return pickle.dumps(value).hex()


def _fields(value: Any) -> list[list[Any]]:
    """Return the fields of a dataclass, without those that have their default.

    A field that a later version adds changes no digest until an export uses it.
    """
    found = [(field, _plain(getattr(value, field.name))) for field in dataclasses.fields(value)]
    return [[field.name, plain] for field, plain in found if [plain] != _default(field)]


def _default(field: dataclasses.Field[Any]) -> list[Any]:
    """Return the default of a field, as the one value of a list; without a default the list is empty."""
    if field.default is not dataclasses.MISSING:
        return [_plain(field.default)]
    if field.default_factory is not dataclasses.MISSING:
        return [_plain(field.default_factory())]
    return []


def _text(plain: Any) -> str:
    return json.dumps(plain, separators=(",", ":"))
