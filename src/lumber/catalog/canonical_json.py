"""Canonical JSON text: sorted keys, no spaces, UTF-8. Each distinct value is parsed once.

Numbers keep their value, and integers may have any size. A number beyond the range of a double, NaN, a lone
surrogate, and nesting beyond the parser's depth are not valid JSON here: no common reader could load them.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import polars as pl

# An integer this long may not fit 64 bits; orjson would turn it into a float.
_LONG_NUMBER = re.compile(rb"[0-9]{18}")
_SORTED = orjson.OPT_SORT_KEYS
# The integers that orjson accepts.
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
# Texts that are parsed together. If one is not canonical, the whole group is parsed again.
_GROUP = 128


def canonical_json(text: str) -> str | None:
    """Return the canonical form of one JSON text; None if it is not valid JSON."""
    if not _LONG_NUMBER.search(text.encode(errors="replace")):
        return _canonical_short(text)
    try:
        return _canonical_slow(text)
    except (ValueError, RecursionError, TypeError):
        return None


def _canonical_slow(text: str) -> str:
    """Do the same for integers of any size, which the standard library keeps."""
    value = json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_integer)
    # Written by orjson like all others: libraries differ in 5e-05 and 0.00005.
    return orjson.dumps(value, option=_SORTED).decode()


def _integer(text: str) -> int | orjson.Fragment:
    value = int(text)
    return value if _SMALLEST <= value <= _LARGEST else orjson.Fragment(str(value))


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is beyond the range of a double")
    return value


def canonical_series(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return (canonical text, is invalid) for a column of JSON text; null stays null and is valid."""
    unique = values.unique().drop_nulls()
    rewritten = _rewritten(unique)
    if not rewritten:
        return values, pl.repeat(False, len(values), dtype=pl.Boolean, eager=True)
    before = pl.Series(list(rewritten), dtype=pl.String)
    after = pl.Series(list(rewritten.values()), dtype=pl.String)
    is_invalid = values.is_in(before.filter(after.is_null()).implode()).fill_null(False)
    return values.replace(before, after), is_invalid


def _rewritten(unique: pl.Series) -> dict[str, str | None]:
    """Return the canonical form of every text that is not canonical already; None if it is invalid."""
    texts = unique.to_list()
    if unique.str.contains(_LONG_NUMBER.pattern.decode()).any():
        canonical: Iterator[str | None] = map(canonical_json, texts)
    else:
        separator = secrets.token_hex(16)
        groups = (texts[start : start + _GROUP] for start in range(0, len(texts), _GROUP))
        canonical = (text for group in groups for text in _canonical_group(group, separator))
    return {text: form for text, form in zip(texts, canonical, strict=True) if form != text}


def _canonical_group(texts: list[str], separator: str) -> Sequence[str | None]:
    """Return the canonical form of each text. If all are canonical already, two calls handle all of them.

    The texts are parsed as one array, with an element between any two that nobody can guess. If it is at
    every second place, each text is one whole value.
    """
    try:
        between = f',"{separator}",'
        values = orjson.loads(f"[{between.join(texts)}]")
        is_apart = len(values) == 2 * len(texts) - 1 and values[1::2].count(separator) == len(texts) - 1
        if is_apart and orjson.dumps(values[::2], option=_SORTED) == f"[{','.join(texts)}]".encode():
            return texts
    except (ValueError, RecursionError, TypeError):
        pass
    return [_canonical_short(text) for text in texts]


def _canonical_short(text: str) -> str | None:
    """Do the same as `canonical_json` for a text without long numbers."""
    try:
        return orjson.dumps(orjson.loads(text), option=_SORTED).decode()
    except (ValueError, RecursionError, TypeError):
        return None
