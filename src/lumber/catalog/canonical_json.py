"""Canonical JSON text: sorted keys, no spaces, UTF-8. Every unique value is looked at once.

Numbers keep their value: an integer of any size stays that integer; a number beyond the range of a
double, NaN, a lone surrogate and nesting past the parser's depth are not valid JSON here, because no
common reader could load them.
"""

from __future__ import annotations

import json
import re
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
    canonical = _canonical_all(unique, originals)
    if canonical == originals:
        return values, nothing
    table = pl.DataFrame({"value": unique, "text": pl.Series(canonical, dtype=pl.String)})
    joined = values.alias("value").to_frame().join(table, on="value", how="left", maintain_order="left")
    return joined["text"], joined.select(pl.col("value").is_not_null() & pl.col("text").is_null()).to_series()


def _canonical_all(values: pl.Series, texts: list[str]) -> list[str | None]:
    """Return the canonical form of each text, which is the same as each of `values`."""
    if values.str.contains(_LONG_NUMBER.pattern.decode()).any():
        return [canonical_json(text) for text in texts]
    found: list[str | None] = []
    for text in texts:  # `canonical_json` without its search for long numbers: half of the time
        try:
            found.append(orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS).decode())
        except (ValueError, RecursionError, TypeError):
            found.append(None)
    return found
