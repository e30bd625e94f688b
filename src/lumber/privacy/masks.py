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
from lumber.privacy.arrow_texts import Ints, encoded, with_any_digit
from lumber.privacy.identifiers import NOBODYS_MACS
from lumber.privacy.shapes import ODD_DOTS

# Signs that no text with a shape has.
_IPV4, _MAC = "\x01", "\x03"
# What is in a shape for each of them.
_CLASSES = {_IPV4: "\x01a", _MAC: "\x01m"}
_HAS_IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_HAS_MAC = r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}"
# Larger numbers, and octets behind a zero, are no address, or in another notation.
_ODD_IPV4 = r"(?:^|\.)(?:0[0-9]|[3-9][0-9]{2}|2[6-9][0-9]|25[6-9])"
_MAX_KNOWN = 50_000


class Masked(NamedTuple):
    """Words of which a mask tells the shape, by their places among the words that were asked for.

    `texts` are their addresses, between `before` and `after`. The shape of word `i` is `shapes[kinds[i]]`.
    The places ascend.
    """

    places: Ints
    before: pl.Series
    texts: pl.Series
    after: pl.Series
    shapes: list[str]
    kinds: Ints

    def of(self, words: Ints) -> Masked:
        """Return what is known of these words, by their places among them."""
        if not len(self.places):
            return self
        rows = np.minimum(np.searchsorted(self.places, words), len(self.places) - 1)
        found = np.flatnonzero(self.places[rows] == words)
        rows = rows[found]
        before, texts, after = (each.gather(rows) for each in (self.before, self.texts, self.after))
        return Masked(found, before, texts, after, self.shapes, self.kinds[rows])

    def among(self, places: Ints) -> Masked:
        """Return the same by places in something larger: those of the words that were asked for."""
        return self._replace(places=places[self.places])


class Addresses(NamedTuple):
    """The words of which a mask with an IPv4 address, or with a hardware address, tells the shape."""

    ipv4: Masked
    macs: Masked

    def of(self, words: Ints) -> Addresses:
        """Return what is known of these words, by their places among them."""
        return Addresses(self.ipv4.of(words), self.macs.of(words))

    def among(self, places: Ints) -> Addresses:
        """Return the same by places in something larger: those of the words that were asked for."""
        return Addresses(self.ipv4.among(places), self.macs.among(places))


class Masks:
    """Knows which masks tell the shape of their words. `shape_of` returns the shape of one word."""

    def __init__(self, shape_of: Callable[[str], str]) -> None:
        self._shape_of = shape_of
        self._shapes: dict[str, str | None] = {}

    def of(self, words: pl.Series) -> Addresses:
        """Return the words with one address that somebody may have."""
        return Addresses(self.ipv4(words), self.macs(words))

    def ipv4(self, words: pl.Series) -> Masked:
        """Return the words with an IPv4 address that somebody may have."""
        table = _cut_out(words, _HAS_IPV4, _IPV4)
        table = table.filter(~pl.col("text").str.contains(_ODD_IPV4))
        is_special = special_ipv4(ipv4_numbers(table["text"]))
        return self._masked(words, table.filter(pl.Series(~is_special)), _IPV4)

    def macs(self, words: pl.Series) -> Masked:
        """Return the words with a hardware address that somebody may have."""
        table = _cut_out(words, _HAS_MAC, _MAC)
        return self._masked(words, table.filter(~pl.col("text").is_in(NOBODYS_MACS)), _MAC)

    def _masked(self, words: pl.Series, table: pl.DataFrame, mark: str) -> Masked:
        if len(self._shapes) > _MAX_KNOWN:
            self._shapes.clear()
        masks, kinds = encoded(with_any_digit(table["rest"]))
        shapes: list[str] = []
        # Of each mask, the place of its shape.
        kind_of = np.full(len(masks), -1)
        for number, mask in enumerate(masks.to_list()):
            if mask not in self._shapes:
                shape = mask.replace(mark, _CLASSES[mark])
                first = table["place"][int(np.argmax(kinds == number))]
                self._shapes[mask] = shape if self._shape_of(words[first]) == shape else None
            known = self._shapes[mask]
            if known is not None:
                kind_of[number] = len(shapes)
                shapes.append(known)
        kinds = kind_of[kinds]
        told = table.filter(pl.Series(kinds >= 0))
        places = told["place"].to_numpy().astype(np.int64)
        return Masked(places, told["before"], told["text"], told["after"], shapes, kinds[kinds >= 0])


def ipv4_numbers(texts: pl.Series) -> npt.NDArray[np.uint32]:
    """Return IPv4 addresses in their usual notation as numbers."""
    octets = texts.str.splitn(".", 4).struct.unnest().cast(pl.UInt32)
    shifts = [24, 16, 8, 0]
    result = np.zeros(len(texts), np.uint32)
    for name, shift in zip(octets.columns, shifts, strict=True):
        result |= octets[name].to_numpy() << np.uint32(shift)
    return result


def _cut_out(words: pl.Series, pattern: str, mark: str) -> pl.DataFrame:
    """Return the words that match a pattern: their places, and what is matched and what is around it.

    `rest` is the word with a mark for the match. Only words in ASCII have a mask.
    """
    word, at = pl.col("word"), pl.col("at")
    size = word.str.len_bytes() - pl.col("rest").str.len_bytes() + len(mark)
    return (
        words.alias("word")
        .to_frame()
        .with_row_index("place")
        # With something before it, the search is far quicker.
        .filter(word.str.contains(rf"(?s)^.*?{pattern}") & ~word.str.contains_any(list(ODD_DOTS)))
        .filter(word.str.len_bytes() == word.str.len_chars())
        .with_columns(at=word.str.find(pattern), rest=word.str.replace(pattern, mark))
        .select(
            "place",
            "rest",
            before=word.str.slice(0, at),
            text=word.str.slice(at, size),
            after=word.str.slice(at + size),
        )
    )
