"""Splicer: replaces the addresses in words by their pseudonyms, by the classes of a shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl

from lumber.privacy.addresses import parse
from lumber.privacy.found import ADDRESS, HOST, MAC, Found
from lumber.privacy.masks import Addresses, Masked, Masks, ipv4_numbers
from lumber.privacy.pseudonyms import Pseudonyms
from lumber.privacy.shapes import ADDRESSES, VALUE, class_of, cut_port

_MAX_KNOWN, _LONGEST_KNOWN = 50_000, 120


class _Known(dict[str, str]):
    """Remembers what a function returns for words."""

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, word: str) -> str:
        result = self._function(word)
        if len(word) <= _LONGEST_KNOWN:
            if len(self) >= _MAX_KNOWN:
                self.clear()
            self[word] = result
        return result


class Splicer:
    """Replaces the addresses and hardware addresses in words, and nothing else."""

    def __init__(self, pseudonyms: Pseudonyms, masks: Masks) -> None:
        self._of, self._of_ipv4 = pseudonyms.of, pseudonyms.of_ipv4
        self.masks = masks
        self.replaced: Callable[[str], str] = _Known(self._replaced).__getitem__
        # Of devices, which come again.
        self._macs: dict[str, str | None] = {}

    def host(self, name: str) -> str | None:
        """Return what replaces the name of a host of its row; None if it stays."""
        return self._of(Found(0, len(name), HOST, name.lower()), name)

    def pairs(self, part: str) -> list[tuple[str, str]] | None:
        """Return the addresses in a part of a text and their replacements.

        None if the shape of the part leaves out anything else, too.
        """
        pairs = []
        for match in VALUE.finditer(part):
            if match.lastgroup not in ADDRESSES:
                if class_of(match) != match[0]:
                    return None
                continue
            new = self._pseudonym_of(match)
            if new is not None:
                pairs.append((match[0], new))
        return pairs

    def is_unsure(self, part: str) -> bool:
        """Return whether the pseudonym of an address is the address itself, as that of a truncated one is.

        Then the rewrite doesn't show whether the address was replaced.
        """
        return any(
            match.lastgroup in ADDRESSES and self._pseudonym_of(match) == match[0]
            for match in VALUE.finditer(part)
        )

    def all_replaced(self, words: pl.Series, addresses: Addresses) -> pl.Series:
        """Return many words with their addresses replaced. `addresses` are what masks tell of the words."""
        columns: list[pl.Series] = []
        places = np.full(len(words), -1)
        size = 0
        for masked, new in self._masked(addresses):
            spliced = pl.concat_str(masked.before, pl.coalesce(new, masked.texts), masked.after)
            columns.append(pl.select(text=spliced).to_series())
            places[masked.places] = size + np.arange(len(masked.places))
            size += len(masked.places)
        left = np.flatnonzero(places < 0)
        places[left] = size + np.arange(len(left))
        columns.append(pl.Series("text", [*map(self.replaced, words.gather(left).to_list())], pl.String))
        return pl.concat(columns).gather(places)

    def all_news(self, words: pl.Series, addresses: Addresses) -> list[Sequence[str]]:
        """Return what replaces the addresses in many words, without the words around them."""
        results: list[Sequence[str] | None] = [None] * len(words)
        for masked, new in self._masked(addresses):
            # Other digits may belong to an address, as its port does.
            has_digits = (masked.before + masked.after).str.contains("[0-9]").to_list()
            for place, one, is_more in zip(masked.places.tolist(), new, has_digits, strict=True):
                if one is not None and not is_more:
                    results[place] = (one,)
        return [
            [new for _, new in self.pairs(word) or ()] if news is None else news
            for word, news in zip(words.to_list(), results, strict=True)
        ]

    def _masked(self, addresses: Addresses) -> Iterator[tuple[Masked, pl.Series]]:
        """Yield the words with addresses, and the replacement of each; null for an address that stays."""
        for masked, news in ((addresses.ipv4, self._new_ipv4), (addresses.macs, self._new_macs)):
            if len(masked.places):
                yield masked, news(masked)

    def _new_ipv4(self, masked: Masked) -> pl.Series:
        """Return the replacements of IPv4 addresses; null for one that stays."""
        numbers, inverse = np.unique(ipv4_numbers(masked.texts), return_inverse=True)
        news = [None if new is None else new.decode() for new in self._of_ipv4(numbers)]
        return pl.Series(news, dtype=pl.String).gather(inverse)

    def _new_macs(self, masked: Masked) -> pl.Series:
        """Return the replacements of hardware addresses; null for one that stays."""
        table = masked.texts.unique()
        news = [*map(self._new_mac, table.to_list())]
        return masked.texts.replace_strict(table, pl.Series(news, dtype=pl.String), return_dtype=pl.String)

    def _new_mac(self, text: str) -> str | None:
        if text not in self._macs:
            if len(self._macs) >= _MAX_KNOWN:
                self._macs.clear()
            self._macs[text] = self._of(Found(0, len(text), MAC, text), text)
        return self._macs[text]

    def _replaced(self, word: str) -> str:
        return VALUE.sub(lambda match: self._pseudonym_of(match) or match[0], word)

    def _pseudonym_of(self, match: re.Match[str]) -> str | None:
        """Return the replacement of an address; None if it, or anything else, stays."""
        text, port = match[0], ""
        if match.lastgroup not in ADDRESSES or not class_of(match).startswith("\x01"):
            return None
        if match.lastgroup == "mac":
            found = Found(0, len(text), MAC, text)
        else:
            text, port = cut_port(text) if match.lastgroup == "v4" else (text, "")
            found = Found(0, len(text), ADDRESS, str(parse(text)))
        new = self._of(found, text)
        return None if new is None else new + port
