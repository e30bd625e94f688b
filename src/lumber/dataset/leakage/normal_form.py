"""The normal form of a text: near copies, which differ in their numbers and names only, have the same.

Lower case; every value that is one by its form becomes `#` (UUIDs, hardware and IPv6 addresses, clock times,
hexadecimal words with a digit, numbers with their dots, and digits within a word); space of any length
becomes one blank, and none at the ends.
"""

from __future__ import annotations

import polars as pl

_VALUE = (
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?-u:\b)[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}"
    r"|(?-u:\b)0x[0-9a-f]+(?-u:\b)"
    r"|(?-u:\b)[0-9a-f]*[0-9][0-9a-f.]*(?-u:\b)"
    r"|[0-9]+"
)
_MARK = "#"
# What the space of most texts is free of; looking for it is cheaper than folding.
_ODD_SPACE = ["  ", "\t", "\n", "\r", "\v", "\f"]


def normal_form(texts: pl.Series) -> pl.Series:
    """Return the normal form of every text, in the same order."""
    text = pl.col("text")
    # The streaming engine works on several parts of the texts at once.
    masked = (
        texts.alias("text")
        .to_frame()
        .lazy()
        .select(text.str.to_lowercase().str.replace_all(_VALUE, _MARK).str.strip_chars())
        .collect(engine="streaming")["text"]
    )
    is_odd = masked.str.contains_any(_ODD_SPACE)
    if not is_odd.any():
        return masked
    folded = masked.filter(is_odd).str.replace_all(r"\s+", " ")
    return masked.scatter(is_odd.arg_true(), folded)
