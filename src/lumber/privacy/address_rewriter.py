"""AddressRewriter: rewrite only the addresses in a column of texts, all texts at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from lumber.privacy.address_context import MAYBE_DOTTED, MAYBE_OTHER
from lumber.privacy.address_scan import Ints, Sightings, Texts, sight
from lumber.privacy.found import ADDRESS, Counts
from lumber.privacy.pseudonyms import Pseudonyms

# Rewrites a word or a JSON document and counts what it replaced.
Rewrite = Callable[[str, Counts], str]
_NONE: Ints = np.empty(0, np.int64)
_COLON = ord(":")


class AddressRewriter:
    """Rewrites columns. It calls `word`, `text` and `document` where the bytes alone are not enough.

    A text or document is rewritten whole where its words may tell about its numbers.
    """

    def __init__(self, pseudonyms: Pseudonyms, word: Rewrite, text: Rewrite, document: Rewrite) -> None:
        self._pseudonyms = pseudonyms
        self._word = word
        self._text = text
        self._document = document

    def apply(self, values: pa.Array[Any], counts: Counts, *, is_json: bool = False) -> pa.Array[Any]:
        """Return the column of strings with its addresses replaced. Null stays null.

        If `is_json` is true, the strings are canonical JSON, and so is the result.
        """
        texts = Texts.of(values)
        seen = sight(texts, is_quoted=is_json)
        whole = told_rows(values, texts, seen)
        if not seen and not len(whole):
            return values
        if is_json and seen:
            whole = np.union1d(whole, _not_as_they_stand(texts, seen))
        changes = _Changes(texts)
        starts, ends, values_seen = _outside(texts, whole, seen.starts, seen.ends, seen.values)
        self._addresses(changes, starts, ends, values_seen, counts)
        word_starts, word_ends = _outside(texts, whole, seen.word_starts, seen.word_ends)
        changes.add(word_starts, word_ends, lambda word: self._rewritten(word, counts, is_json=is_json))
        if len(whole):
            rewrite = self._document if is_json else self._text
            changes.add(texts.offsets[whole], texts.offsets[whole + 1], lambda text: rewrite(text, counts))
        if not changes.news:
            return values
        return _array(values, *texts.replaced(*changes.in_order()))

    def _rewritten(self, word: str, counts: Counts, *, is_json: bool) -> str:
        """Return the rewritten word. In JSON, decoded characters such as `%19` may need an escape."""
        new = self._word(word, counts)
        return new if new == word or not is_json else json.dumps(new, ensure_ascii=False)[1:-1]

    def _addresses(
        self, changes: _Changes, starts: Ints, ends: Ints, values: npt.NDArray[np.uint32], counts: Counts
    ) -> None:
        distinct, which = _distinct(values)
        news = self._pseudonyms.of_ipv4(distinct)
        is_changed = np.fromiter((new is not None for new in news), np.bool_, len(news))[which]
        counts[ADDRESS] += int(is_changed.sum())
        known = [new or b"" for new in news]
        changes.starts.append(starts[is_changed])
        changes.ends.append(ends[is_changed])
        changes.news += [known[index] for index in which[is_changed].tolist()]


class _Changes:
    """The byte ranges to replace, and their replacements."""

    def __init__(self, texts: Texts) -> None:
        self.starts: list[Ints] = []
        self.ends: list[Ints] = []
        self.news: list[bytes] = []
        self._texts = texts

    def add(self, starts: Ints, ends: Ints, rewrite: Callable[[str], str]) -> None:
        """Add the replacements of these texts."""
        chosen = []
        for index, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            text = self._texts.data[start:end].tobytes().decode()
            new = rewrite(text)
            if new != text:
                chosen.append(index)
                self.news.append(new.encode())
        self.starts.append(starts[chosen])
        self.ends.append(ends[chosen])

    def in_order(self) -> tuple[Ints, Ints, list[bytes]]:
        """Return starts, ends and replacements, sorted by start."""
        starts, ends = np.concatenate(self.starts), np.concatenate(self.ends)
        order = np.argsort(starts, kind="stable")
        return starts[order], ends[order], [self.news[index] for index in order.tolist()]


def _outside(texts: Texts, rows: Ints, starts: Ints, *others: npt.NDArray[Any]) -> tuple[Any, ...]:
    """Return the replacements outside these rows."""
    if not len(rows):
        return starts, *others
    kept = ~np.isin(texts.rows(starts), rows)
    return tuple(values[kept] for values in (starts, *others))


def told_rows(values: pa.Array[Any], texts: Texts, seen: Sightings) -> Ints:
    """Return the rows whose words may tell about their numbers."""
    rows = _matching(values, MAYBE_OTHER)
    dotted = np.unique(texts.rows(np.concatenate([seen.starts, seen.word_starts])))
    if len(dotted):
        rows = np.union1d(rows, dotted[_matching(_taken(values, dotted), MAYBE_DOTTED)])
    return rows


def _taken(values: pa.Array[Any], rows: Ints) -> pa.Array[Any]:
    """Return the values of these rows. Arrow would import pandas to read an array of NumPy."""
    indices = np.ascontiguousarray(rows, np.int64)
    return values.take(pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(indices.tobytes())]))


def _matching(values: pa.Array[Any], pattern: str) -> Ints:
    """Return the indices of the texts that match a pattern of RE2."""
    found: Any = pc.match_substring_regex(values, pattern)
    # `pa.scalar`, which filling nulls in Arrow needs, would import pandas.
    return pl.Series(pl.from_arrow(found)).fill_null(False).arg_true().to_numpy().astype(np.int64)


def escaped_rows(texts: Texts, seen: Sightings) -> Ints:
    """Return the JSON rows that contain both a candidate and a backslash."""
    slashes = np.flatnonzero(texts.data == ord("\\"))
    if not len(slashes):
        return _NONE
    rows = texts.rows(np.concatenate([seen.starts, seen.word_starts]))
    return np.intersect1d(rows, texts.rows(slashes))


def _not_as_they_stand(texts: Texts, seen: Sightings) -> Ints:
    """Return the JSON rows whose addresses are in field names or in strings with escapes."""
    data = texts.data
    quotes = np.append(np.flatnonzero(data == ord('"')), len(data))
    ends = np.concatenate([seen.ends, seen.word_ends])
    # A colon follows the quote that ends a field name.
    after = quotes[np.searchsorted(quotes, ends)] + 1
    is_name = after < len(data)
    is_name[is_name] = data[after[is_name]] == _COLON
    named = texts.rows(np.concatenate([seen.starts, seen.word_starts])[is_name])
    return np.union1d(named, escaped_rows(texts, seen))


def _distinct(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Ints]:
    """Return the distinct values, and for every value its index among them."""
    if not len(values):
        return values, np.empty(0, np.int64)
    encoded = pl.Series(values).to_arrow().dictionary_encode()
    distinct, indices = (pl.Series(pl.from_arrow(part)) for part in (encoded.dictionary, encoded.indices))
    return distinct.to_numpy(), indices.cast(pl.Int64).to_numpy()


def _array(before: pa.Array[Any], data: bytes, offsets: Ints) -> pa.Array[Any]:
    """Return an array of strings with the nulls of another array."""
    is_large = pa.types.is_large_string(before.type)
    ends = pa.py_buffer((offsets if is_large else offsets.astype(np.int32)).tobytes())
    mask = None if not before.null_count else before.is_valid().buffers()[1]
    return pa.Array.from_buffers(
        before.type, len(before), [mask, ends, pa.py_buffer(data)], null_count=before.null_count
    )
