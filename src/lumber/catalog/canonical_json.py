"""Canonical JSON text: sorted keys, no spaces, UTF-8. Every unique value is looked at once.

Numbers keep their value: an integer of any size stays that integer; a number beyond the range of a
double, NaN, a lone surrogate and nesting past the parser's depth are not valid JSON here, because no
common reader could load them.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

import orjson
import polars as pl

# An integer this long may not fit 64 bits; orjson would turn it into a float.
_LONG_NUMBER = re.compile(rb"[0-9]{18}")


def canonical_json(text: str) -> str | None:
    """Return the canonical form of one JSON text; None when it is not valid JSON."""
    try:
        raw = text.encode()
        if _LONG_NUMBER.search(raw):
            return _canonical_slow(text)
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS).decode()
    except (ValueError, RecursionError, TypeError):
        return None


def _canonical_slow(text: str) -> str:
    """Do the same with the standard library, which keeps integers of any size."""
    value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    result = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    result.encode()  # a lone surrogate cannot be written
    return result


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is beyond the range of a double")
    return value


def canonical_series(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return (canonical text, is invalid) for a column of JSON text; null stays null and is valid."""
    nothing = pl.repeat(False, len(values), dtype=pl.Boolean, eager=True)
    if values.null_count() == len(values):
        return values, nothing
    unique = values.unique().drop_nulls()
    originals = unique.to_list()
    if _are_all_canonical(originals):
        return values, nothing
    canonical = [canonical_json(value) for value in originals]
    table = pl.DataFrame({"value": unique, "text": pl.Series(canonical, dtype=pl.String)})
    joined = values.alias("value").to_frame().join(table, on="value", how="left", maintain_order="left")
    return joined["text"], joined.select(pl.col("value").is_not_null() & pl.col("text").is_null()).to_series()


def _are_all_canonical(texts: list[str]) -> bool:
    """Say whether every text is canonical already, by parsing and writing all of them at once.

    They are joined to one array with a secret text between each two, so that no text can reach over
    its end into the next one: it would swallow the secret, and the array would have another length.
    """
    secret = secrets.token_hex(16)
    joined = f"[{f',{chr(34)}{secret}{chr(34)},'.join(texts)}]".encode()
    if _LONG_NUMBER.search(joined):
        return False
    try:
        values = orjson.loads(joined)
    except ValueError:
        return False
    if len(values) != 2 * len(texts) - 1 or any(value != secret for value in values[1::2]):
        return False
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS) == joined
