"""Words with one IPv4 or hardware address, many at once: those that differ in it only are alike.

A mask is a word with a mark for its address and for its digits. One word tells whether its mask tells the
shape of all words with it, and then a column of words gets its shapes, and its pseudonyms, together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from lumber.privacy.addresses import special_ipv4
from lumber.privacy.identifiers import NOBODYS_MACS
from lumber.privacy.shapes import ANY_DIGIT, ODD_DOTS

# Signs that no text with a shape has.
_IPV4, _MAC = "\x01", "\x03"
# What is in a shape for each of them.
_CLASSES = {_IPV4: "\x01a", _MAC: "\x01m"}
_HAS_IPV4 = r"(?s)^(.*?)([0-9]{1,3}(?:\.[0-9]{1,3}){3})(.*)$"
_HAS_MAC = r"(?s)^(.*?)([0-9a-f]{2}(?::[0-9a-f]{2}){5})(.*)$"
# Larger numbers, and octets behind a zero, are no address, or in another notation.
_ODD_IPV4 = r"(?:^|\.)(?:0[0-9]|[3-9][0-9]{2}|2[6-9][0-9]|25[6-9])"
_MAX_KNOWN = 50_000


class Masked(NamedTuple):
    """Words of which a mask tells the shape, by their places among the words that were asked for.

    `texts` are their addresses, between `before` and `after`.
    """

    places: npt.NDArray[np.int64]
    before: pl.Series
    texts: pl.Series
    after: pl.Series
    shapes: pl.Series


class Masks:
    """Knows which masks tell the shape of their words. `shape_of` returns the shape of one word."""

    def __init__(self, shape_of: Callable[[str], str]) -> None:
        self._shape_of = shape_of
        self._shapes: dict[str, str | None] = {}

    def ipv4(self, words: pl.Series) -> Masked:
        """Return the words with an IPv4 address that somebody may have."""
        table = _groups(words, _HAS_IPV4).filter(~pl.col("text").str.contains(_ODD_IPV4))
        is_special = special_ipv4(ipv4_numbers(table["text"]))
        return self._masked(words, table.filter(pl.Series(~is_special)), _IPV4)

    def macs(self, words: pl.Series) -> Masked:
        """Return the words with a hardware address that somebody may have."""
        table = _groups(words, _HAS_MAC)
        return self._masked(words, table.filter(~pl.col("text").is_in(NOBODYS_MACS)), _MAC)

    def _masked(self, words: pl.Series, table: pl.DataFrame, mark: str) -> Masked:
        if len(self._shapes) > _MAX_KNOWN:
            self._shapes.clear()
        masks = table.select(
            mask=pl.concat_str("before", pl.lit(mark), "after").str.replace_all("[0-9]", ANY_DIGIT)
        )
        masks = masks.with_columns(place=table["place"])
        for mask, place in masks.group_by("mask").first().iter_rows():
            if mask not in self._shapes:
                shape = mask.replace(mark, _CLASSES[mark])
                self._shapes[mask] = shape if self._shape_of(words[place]) == shape else None
        shapes = [self._shapes[mask] for mask in masks["mask"].to_list()]
        told = table.with_columns(shape=pl.Series(shapes, dtype=pl.String)).drop_nulls("shape")
        places = told["place"].to_numpy().astype(np.int64)
        return Masked(places, told["before"], told["text"], told["after"], told["shape"])


def ipv4_numbers(texts: pl.Series) -> npt.NDArray[np.uint32]:
    """Return IPv4 addresses in their usual notation as numbers."""
    octets = texts.str.splitn(".", 4).struct.unnest().cast(pl.UInt32)
    shifts = [24, 16, 8, 0]
    result = np.zeros(len(texts), np.uint32)
    for name, shift in zip(octets.columns, shifts, strict=True):
        result |= octets[name].to_numpy() << np.uint32(shift)
    return result


def _groups(words: pl.Series, pattern: str) -> pl.DataFrame:
    """Return the words that match a pattern: their places, and its three groups."""
    groups = pl.col("word").str.extract_groups(pattern).struct.rename_fields(["before", "text", "after"])
    return (
        words.alias("word")
        .to_frame()
        .with_row_index("place")
        .filter(pl.col("word").str.contains(pattern) & ~pl.col("word").str.contains_any(list(ODD_DOTS)))
        .select("place", groups.alias("groups"))
        .unnest("groups")
    )
