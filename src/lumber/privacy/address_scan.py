"""Find addresses in many texts at once by scanning their bytes, not text by text.

It finds and parses IPv4 addresses by the rules of `addresses`. For all other forms (IPv6, `ip-10-0-0-1`,
`1[.]2[.]3[.]4`, reversed names, ports behind a dot, what may be a version, encoded text) it only returns the
words that need a closer look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

# Every character that ends a word becomes a space.
_SPACES = bytes.maketrans(b"\t\r\n", b"   ")
_SPACES_AND_QUOTES = bytes.maketrans(b'\t\r\n"', b"    ")
_DOT, _COLON, _LOWER = ord("."), ord(":"), 0x20
# Bytes scanned in one block.
_BLOCK = 1 << 16
# Beginnings of defanged dots, and the end of names of IPv6 addresses.
_MARKS = (b"[.", b"(.", b"{.", b"[dot", b"(dot", b"6.arpa", b"6.ARPA")
# First search radius, in bytes, for the ends of the word around a mark.
_NEAR = 64
# Maximum length of a searched pattern; blocks overlap by this much.
_OVERLAP = 8
_NONE: Ints = np.empty(0, np.int64)
_BEFORE_VERSIONS = np.frombuffer(b".-_/", np.uint8)
_AFTER_VERSIONS = np.frombuffer(b"-_+~", np.uint8)
# Maximum digits in a row within an address.
_MOST_DIGITS = 3
# An IPv6 address without `::` has at least this many colons, at most this far apart.
_COLONS, _COLON_GAP, _PAIR_GAP = 6, 5, 3


def empty_text(type_: pa.DataType) -> pa.Scalar[Any]:
    """Return the empty text as a scalar of this type of string.

    `pa.scalar` would import pandas if it is installed, which takes 0.3 to 0.5 s in every process.
    """
    width = 8 if pa.types.is_large_string(type_) else 4
    buffers = [None, pa.py_buffer(bytes(2 * width)), pa.py_buffer(b"")]
    return pa.Array.from_buffers(type_, 1, buffers)[0]


@dataclass(frozen=True, slots=True)
class Texts:
    """The concatenated UTF-8 bytes of many texts. Text i is `data[offsets[i] : offsets[i + 1]]`."""

    data: Bytes
    offsets: Ints

    @classmethod
    def of(cls, values: pa.Array[Any]) -> Texts:
        """Make it from a column of strings. Null counts as an empty text."""
        if values.null_count:
            values = pc.fill_null(values, cast(Any, empty_text(values.type)))
        _, offsets, data = values.buffers()
        if offsets is None or not len(values):
            return cls(np.empty(0, np.uint8), np.zeros(1, np.int64))
        is_large = pa.types.is_large_string(values.type)
        view = memoryview(offsets).cast("q" if is_large else "i")
        ends = np.array(view[values.offset : values.offset + len(values) + 1], np.int64)
        whole = np.frombuffer(memoryview(data or b""), np.uint8)
        return cls(whole[int(ends[0]) : int(ends[-1])], ends - ends[0])

    @classmethod
    def of_bytes(cls, text: bytes) -> Texts:
        """Make it from one text."""
        return cls(np.frombuffer(text, np.uint8), np.array([0, len(text)], np.int64))

    def rows(self, places: Ints) -> Ints:
        """Return, for each position, the index of its text."""
        return np.searchsorted(self.offsets, places, side="right") - 1

    def replaced(self, starts: Ints, ends: Ints, news: Sequence[bytes]) -> tuple[bytes, Ints]:
        """Return the bytes and offsets with these ranges replaced. The ranges must be sorted."""
        text = self.data.tobytes()
        lasts, firsts = [0, *ends.tolist()], [*starts.tolist(), len(text)]
        parts: list[bytes] = [b""] * (2 * len(news) + 1)
        parts[::2] = [text[last:first] for last, first in zip(lasts, firsts, strict=True)]
        parts[1::2] = news
        grown = np.fromiter(map(len, news), np.int64, len(news)) - (ends - starts)
        by_row = np.bincount(self.rows(starts), weights=grown, minlength=len(self.offsets) - 1)
        offsets = self.offsets.copy()
        offsets[1:] += np.cumsum(by_row.astype(np.int64))
        return b"".join(parts), offsets


@dataclass(frozen=True, slots=True)
class Sightings:
    """IPv4 addresses with their numeric values, and the words that need a closer look; both sorted."""

    starts: Ints
    ends: Ints
    values: npt.NDArray[np.uint32]
    word_starts: Ints
    word_ends: Ints

    def __bool__(self) -> bool:
        return bool(len(self.starts) or len(self.word_starts))


def sight(texts: Texts, *, is_quoted: bool = False) -> Sightings:
    """Scan texts. If `is_quoted` is true, a word ends at a quote as well as at a space."""
    places = _Places.of(texts.data)
    starts, ends, values, odd = _ipv4(texts, places.dots)
    marked = np.concatenate([places.marks, *_colons(texts.data, places.colons), odd, _joined(places.dashes)])
    if not len(marked):
        return Sightings(starts, ends, values, _NONE, _NONE)
    word_starts, word_ends = _words(texts, np.sort(marked), is_quoted)
    # The closer look at a word finds its addresses as well.
    before = np.searchsorted(word_starts, starts, side="right") - 1
    is_free = (before < 0) | (starts >= word_ends[before])
    return Sightings(starts[is_free], ends[is_free], values[is_free], word_starts, word_ends)


@dataclass(frozen=True, slots=True)
class _Places:
    """Positions of dots and of dashes or underscores between digits, of colons, and of other bytes to see."""

    dots: Ints
    dashes: Ints
    colons: Ints
    marks: Ints

    @classmethod
    def of(cls, data: Bytes) -> _Places:
        """Scan all bytes, block by block, so that a block stays in the processor's cache."""
        is_digit, is_dot, is_dash, is_colon = (np.zeros(_BLOCK, np.bool_) for _ in range(4))
        shifted = np.empty(_BLOCK, np.uint8)
        dots, dashes, colons, marks = [_NONE], [_NONE], [_NONE], [_NONE]
        for at in range(0, len(data), _BLOCK - _OVERLAP):
            block = data[at : at + _BLOCK]
            size = len(block)
            if size < _BLOCK:
                for flags in (is_digit, is_dot, is_dash, is_colon):
                    flags[size:] = False
            np.subtract(block, np.uint8(ord("0")), out=shifted[:size])
            np.less(shifted[:size], 10, out=is_digit[:size])
            np.equal(block, _DOT, out=is_dot[:size])
            np.equal(block, _COLON, out=is_colon[:size])
            np.equal(block, ord("-"), out=is_dash[:size])
            is_dash[:size] |= block == ord("_")
            for flags in (is_dot, is_dash):
                flags[0] = flags[-1] = False
                flags[1:-1] &= is_digit[:-2]
                flags[1:-1] &= is_digit[2:]
            # Of an overlap, the first half belongs to the block before.
            low = _OVERLAP // 2 if at else 0
            high = _BLOCK - _OVERLAP // 2 if at + size < len(data) else _BLOCK
            for flags, found in ((is_dot, dots), (is_dash, dashes), (is_colon, colons)):
                flags[:low] = flags[high:] = False
                found.append(np.flatnonzero(flags) + at)
            marks += [places[(places >= low) & (places < high)] + at for places in _rare(block)]
        return cls(*(np.concatenate(found) for found in (dots, dashes, colons, marks)))


def _rare(block: Bytes) -> list[Ints]:
    """Return the positions of `%2e`, `[.]` and escapes that may end in a digit: `\\u002e`, `\\x2e`, `#012`.

    A plain search first excludes texts without any.
    """
    found = []
    text = block.tobytes()
    if b"%" in text:
        percents = np.flatnonzero(block[:-2] == ord("%"))
        found.append(percents[_is_hex(block[percents + 1]) & _is_hex(block[percents + 2])])
    if b"\\" in text:
        slashes = np.flatnonzero(block[:-3] == ord("\\"))
        kind, second, third = block[slashes + 1], block[slashes + 2], block[slashes + 3]
        is_code = ((kind == ord("u")) | (kind == ord("x"))) & _is_hex(second) & _is_hex(third)
        found.append(slashes[is_code | ((kind == ord("0")) & _is_digit(second) & _is_digit(third))])
    if b"#" in text:
        sharps = np.flatnonzero((block[:-3] == ord("#")) & (block[1:-2] == ord("0")))
        found.append(sharps[_is_digit(block[sharps + 2]) & _is_digit(block[sharps + 3])])
    # `1[.]2`, and `6.arpa` of IPv6.
    for mark in _MARKS:
        at = text.find(mark)
        while at >= 0:
            found.append(np.array([at], np.int64))
            at = text.find(mark, at + 1)
    return found


def _ipv4(texts: Texts, dots: Ints) -> tuple[Ints, Ints, npt.NDArray[np.uint32], Ints]:
    """Return the positions of addresses, their values, and positions that need a closer look."""
    data = texts.data
    gaps = np.diff(dots)
    near = (gaps >= 2) & (gaps <= _MOST_DIGITS + 1)
    first = np.flatnonzero(near[:-1] & near[1:])
    if not len(first):
        return _NONE, _NONE, np.empty(0, np.uint32), _NONE
    one, two, three = dots[first], dots[first + 1], dots[first + 2]
    rows = texts.rows(one)
    low, high = texts.offsets[rows], texts.offsets[rows + 1]
    octet_1, size_1 = _octet(data, one - 1, low, -1)
    octet_4, size_4 = _octet(data, three + 1, high - 1, 1)
    start, end = one - size_1, three + size_4 + 1
    octet_2, is_whole_2 = _between(data, one, two)
    octet_3, is_whole_3 = _between(data, two, three)
    before, before_2 = _at(data, start - 1, low, high), _at(data, start - 2, low, high)
    after, after_2 = _at(data, end, low, high), _at(data, end + 1, low, high)
    is_address = is_whole_2 & is_whole_3 & (one > low) & (three + 1 < high)
    is_address &= (size_1 <= _MOST_DIGITS) & (size_4 <= _MOST_DIGITS)
    is_address &= (octet_1 < 256) & (octet_2 < 256) & (octet_3 < 256) & (octet_4 < 256)
    is_address &= ~((before == _DOT) & _is_digit(before_2))
    is_version = ((before | _LOWER) == ord("v")) & ~_is_letter_but_hex(before_2)
    is_address &= ~is_version
    # `4.3.2.1.in-addr.arpa` is reversed, `1.2.3.4.5` may have a port.
    # Digits after a colon may end an IPv6 address.
    is_odd = ((after == _DOT) & _is_word(after_2)) | ((before == _COLON) & _is_hex(before_2))
    # What may be a version: `~1.2.3.4`, `lib.so.1.2.3.4`, `lib-1.2.3.4`, `nginx/1.2.3.4`, `1.2.3.4-1ubuntu1`,
    # `0ubuntu1.2.3.4`.
    is_odd |= np.isin(before, _BEFORE_VERSIONS) & _is_word(before_2) | (before == ord("~"))
    is_odd |= (before | _LOWER) == ord("u")
    is_odd |= np.isin(after, _AFTER_VERSIONS)
    value = (octet_1 << 24) | (octet_2 << 16) | (octet_3 << 8) | octet_4
    chosen = is_address & ~is_odd
    return start[chosen], end[chosen], value[chosen].astype(np.uint32), one[is_address & is_odd]


def _joined(dashes: Ints) -> Ints:
    """Return the positions of three dashes or underscores that join numbers of at most three digits."""
    gaps = np.diff(dashes)
    near = (gaps >= 2) & (gaps <= _MOST_DIGITS + 1)
    return dashes[:-2][near[:-1] & near[1:]] if len(near) > 1 else _NONE


def _octet(data: Bytes, place: Ints, limit: Ints, step: int) -> tuple[Ints, Ints]:
    """Read digits from a position in one direction. Return their value and count; 4 means too many."""
    value, size, factor = np.zeros(len(place), np.int64), np.zeros(len(place), np.int64), 1
    is_open = np.ones(len(place), np.bool_)
    for number in range(_MOST_DIGITS + 1):
        at = place + step * number
        is_open &= (at >= limit) if step < 0 else (at <= limit)
        byte = data[np.clip(at, 0, len(data) - 1)]
        is_open &= _is_digit(byte)
        digit = np.where(is_open, byte.astype(np.int64) - ord("0"), 0)
        value = value + digit * factor if step < 0 else np.where(is_open, value * 10 + digit, value)
        factor *= 10
        size += is_open
    return value, size


def _between(data: Bytes, left: Ints, right: Ints) -> tuple[Ints, Flags]:
    """Read the digits between two dots. Return their value, and whether there is nothing else."""
    value, is_whole = np.zeros(len(left), np.int64), np.ones(len(left), np.bool_)
    for number in range(1, _MOST_DIGITS + 1):
        is_inside = left + number < right
        byte = data[np.minimum(left + number, len(data) - 1)]
        is_whole &= ~is_inside | _is_digit(byte)
        value = np.where(is_inside, value * 10 + (byte.astype(np.int64) - ord("0")), value)
    return value, is_whole


def _at(data: Bytes, places: Ints, low: Ints, high: Ints) -> Bytes:
    """Return the bytes at positions in the same text; 0 outside it."""
    safe = np.clip(places, 0, len(data) - 1)
    return np.where((places >= low) & (places < high), data[safe], np.uint8(0))


def _is_digit(bytes_: Bytes) -> Flags:
    return (bytes_ - np.uint8(ord("0"))) < 10


def _is_letter_but_hex(bytes_: Bytes) -> Flags:
    return ((bytes_ | _LOWER) - np.uint8(ord("g"))) < 20


def _is_word(bytes_: Bytes) -> Flags:
    return _is_digit(bytes_) | (((bytes_ | _LOWER) - np.uint8(ord("a"))) < 26)


def _is_hex(bytes_: Bytes) -> Flags:
    return _is_digit(bytes_) | (((bytes_ | _LOWER) - np.uint8(ord("a"))) < 6)


def _colons(data: Bytes, colons: Ints) -> list[Ints]:
    """Return the positions of `::`, and of as many close colons as an IPv6 address without `::` has."""
    gaps = np.diff(colons)
    is_near = (gaps > 1) & (gaps <= _COLON_GAP)
    edges = np.diff(np.concatenate([[0], is_near.astype(np.int8), [0]]))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    is_long = last - first + 1 >= _COLONS
    first, last = first[is_long], last[is_long]
    size = last - first + 1
    # Pairs of digits alone are a hardware address, a fingerprint or the like. Of 8 groups, the outer ones may
    # be longer; and a very long chain is not looked at whole.
    is_pair = gaps == _PAIR_GAP
    pairs = colons[:-1][is_pair]
    is_pair[is_pair] = _is_hex(data[pairs + 1]) & _is_hex(data[pairs + 2])
    others = np.concatenate([[0], np.cumsum(~is_pair)])
    is_known = (others[last] == others[first]) & ((size == _COLONS) | ((size >= 9) & (size <= 18)))
    marked = np.zeros(len(colons) + 1, np.int64)
    # A space may lie between: every colon is a mark, for the word that it is in.
    np.add.at(marked, first[~is_known], 1)
    np.add.at(marked, last[~is_known] + 1, -1)
    return [colons[:-1][gaps == 1], colons[np.cumsum(marked)[:-1] > 0]]


def _words(texts: Texts, marks: Ints, is_quoted: bool) -> tuple[Ints, Ints]:
    """Return the distinct words that contain the marks."""
    rows = texts.rows(marks)
    edges = _SPACES_AND_QUOTES if is_quoted else _SPACES
    starts: list[int] = []
    ends: list[int] = []
    last = 0
    for mark, low, high in zip(
        marks.tolist(), texts.offsets[rows].tolist(), texts.offsets[rows + 1].tolist(), strict=True
    ):
        if mark >= last:
            start, last = _word(texts.data, mark, low, high, edges)
            starts.append(start)
            ends.append(last)
    return np.array(starts, np.int64), np.array(ends, np.int64)


def _word(data: Bytes, mark: int, low: int, high: int, edges: bytes) -> tuple[int, int]:
    """Return start and end of the word around a mark, in a text from `low` to `high`."""
    reach = _NEAR
    while True:
        near, far = max(low, mark - reach), min(high, mark + reach)
        text = data[near:far].tobytes().translate(edges)
        start = near + 1 + text.rfind(b" ", 0, mark - near)
        end = text.find(b" ", mark - near)
        # A word that fills the searched range may continue beyond it.
        if (start > near or near == low) and (end >= 0 or far == high):
            return start, near + end if end >= 0 else far
        reach *= 4
