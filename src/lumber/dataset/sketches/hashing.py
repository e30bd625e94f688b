"""Hashes of values for sketches of distinct values, many at a time.

murmur3  the hash of Apache DataSketches: MurmurHash3 (x64, 128 bits, its first half) with seed 9001. Numbers
         have it always.
xxh3     what Polars computes of texts (XXH3, 64 bits, with Polars' seed): twenty times cheaper. Polars
         doesn't promise it, so it is used only while it gives the values that are noted here.

Hashes have 63 bits, as theta sketches keep them, and are never 0.

Source of MurmurHash3: Appleby, https://github.com/aappleby/smhasher, which is in the public domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

Hashing = Literal["murmur3", "xxh3"]
Hashes = npt.NDArray[np.uint64]

# By what theta sketches tell apart whose hashes don't fit together.
SEEDS: Mapping[Hashing, int] = {"murmur3": 9001, "xxh3": 3}
# XXH3 hashes texts of up to 16, 128 and 240 bytes, and longer ones, each in another way.
_KNOWN: Mapping[str, int] = {
    "": 12660643674261709305,
    "lumber": 8533420676984579088,
    "x" * 20: 17734919583425168735,
    "z" * 200: 17779479919865464108,
    "ä" * 700: 4018766405823322130,
}
_C1, _C2 = np.uint64(0x87C37B91114253D5), np.uint64(0x4CF5AD432745937F)
_EMPTY_TEXT = (
    "\x00"  # DataSketches leaves out empty texts. No text that passed validation has this character.
)


def text_hashing(known: Mapping[str, int] = _KNOWN) -> Hashing:
    """Return the hash of texts that this program makes."""
    found = pl.Series(list(known), dtype=pl.String).hash().to_list()
    return "xxh3" if found == list(known.values()) else "murmur3"


def text_hashes(texts: pl.Series, hashing: Hashing) -> Hashes:
    """Return the hash of each text; there are no nulls. Raises ValueError if this program can't make them."""
    if hashing == "murmur3":
        return _library_hashes(texts.to_list())
    if text_hashing() != hashing:
        raise ValueError("this version of Polars has another hash")
    return _of_63_bits(texts.hash().to_numpy())


def number_hashes(numbers: npt.NDArray[Any]) -> Hashes:
    """Return the murmur3 hash of each whole or floating-point number."""
    if numbers.dtype.kind == "f":
        numbers = np.where(np.isnan(numbers), np.nan, numbers.astype(np.float64) + 0.0)  # one NaN, one zero
    words = numbers if numbers.dtype.kind == "f" else numbers.astype(np.int64)
    first = _rotated(words.view(np.uint64) * _C1, 31) * _C2
    first ^= np.uint64(SEEDS["murmur3"])
    second = np.full_like(first, SEEDS["murmur3"])
    size = np.uint64(8)
    first ^= size
    second ^= size
    first += second
    second += first
    return _of_63_bits(_finished(first) + _finished(second))


def _library_hashes(texts: Sequence[str]) -> Hashes:
    from datasketches import update_theta_sketch

    found = np.empty(len(texts), dtype=np.uint64)
    sketch = update_theta_sketch(5)
    for place, text in enumerate(texts):
        sketch.update(text or _EMPTY_TEXT)
        found[place] = next(iter(sketch.compact()))
        sketch.reset()
    return found


def _of_63_bits(hashes: Hashes) -> Hashes:
    shifted = hashes >> np.uint64(1)
    shifted[shifted == 0] = 1
    return shifted


def _rotated(words: Hashes, bits: int) -> Hashes:
    return (words << np.uint64(bits)) | (words >> np.uint64(64 - bits))


def _finished(words: Hashes) -> Hashes:
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return words ^ (words >> np.uint64(33))
