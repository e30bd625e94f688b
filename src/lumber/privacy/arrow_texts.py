"""Columns of texts as Arrow holds them: all bytes one behind the other, which NumPy reads at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from lumber.privacy.shapes import ANY_DIGIT

Ints = npt.NDArray[np.int64]
_OLDEST = pl.CompatLevel.oldest()
_ALIKE = np.frombuffer(
    bytes(range(256)).translate(bytes.maketrans(b"0123456789", ANY_DIGIT.encode() * 10)), np.uint8
)


class Encoded(NamedTuple):
    """Texts by numbers: text `i` is `distinct[places[i]]`. A null has the place -1."""

    distinct: pl.Series
    places: Ints


class Cut(NamedTuple):
    """Texts cut into parts: those of text `i` are from `offsets[i]` to `offsets[i + 1]`."""

    parts: Encoded
    offsets: Ints


def encoded(texts: pl.Series) -> Encoded:
    """Return texts as numbers of distinct ones, which are in the order of their first places."""
    array = _arrow(texts)
    result = _encoded(array)
    if array.null_count:
        result.places[texts.is_null().to_numpy()] = -1
    return result


def cut(texts: pl.Series, separator: str) -> Cut:
    """Return texts cut at a separator. None is null."""
    lists: Any = pc.split_pattern(_arrow(texts), separator)
    offsets = np.frombuffer(lists.buffers()[1], np.int32, len(lists) + 1, lists.offset * 4)
    return Cut(_encoded(lists.values), offsets.astype(np.int64))


def joined(words: pl.Series, places: Ints, offsets: Ints, separator: str) -> pl.Series:
    """Return texts made of their parts; the opposite of `cut`.

    The parts of text `i` are the words at `places[offsets[i]]` to `places[offsets[i + 1]]`. None has no part.
    """
    # With the separator behind each word, the bytes of the parts are those of the texts.
    parts = _arrow((words + separator).gather(places))
    starts = np.frombuffer(parts.buffers()[1], np.int64, len(parts) + 1, parts.offset * 8)[offsets]
    texts = pa.LargeStringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts.data), parts.buffers()[2])
    return _series(texts).str.strip_suffix(separator)


def with_any_digit(texts: pl.Series) -> pl.Series:
    """Return texts with every digit replaced by `ANY_DIGIT`."""
    array = _arrow(texts)
    validity, offsets, data = array.buffers()
    if data is None:
        return texts
    news = pa.py_buffer(_ALIKE[np.frombuffer(data, np.uint8)].data)
    return _series(pa.LargeStringArray.from_buffers(len(array), offsets, news, validity, offset=array.offset))


def have_any(texts: pl.Series, characters: Collection[str]) -> bool:
    """Return whether there is any of these ASCII characters in any of the texts, or beside them in memory."""
    data = _arrow(texts).buffers()[2]
    if data is None:
        return False
    codes = np.frombuffer(data, np.uint8)
    return any(bool((codes == ord(character)).any()) for character in characters)


def _arrow(texts: pl.Series) -> Any:
    return texts.to_arrow(compat_level=_OLDEST)


def _encoded(array: Any) -> Encoded:
    coded = pc.dictionary_encode(array)
    indices = coded.indices
    places = np.frombuffer(indices.buffers()[1], np.int32, len(indices), indices.offset * 4)
    return Encoded(_series(coded.dictionary), places.astype(np.int64))


def _series(values: Any) -> pl.Series:
    series = pl.from_arrow(values)
    assert isinstance(series, pl.Series)
    return series
