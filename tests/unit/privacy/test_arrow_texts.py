"""What is done to the bytes of a column of texts gives what Python gives for each text."""

from __future__ import annotations

import polars as pl

from lumber.privacy.arrow_texts import cut, encoded, have_any, joined, with_any_digit
from lumber.privacy.shapes import ANY_DIGIT

_TEXTS = ["", "a 1 b", "1 a", "é 42 ü٣", " x  y ", "a 1 b", "0123456789"]


def test_texts_become_numbers_and_nulls_have_none() -> None:
    texts = pl.Series([None, *_TEXTS, None], dtype=pl.String)
    distinct, places = encoded(texts)
    assert distinct.to_list() == list(dict.fromkeys(_TEXTS))
    assert [None if place < 0 else distinct[place] for place in places.tolist()] == texts.to_list()
    # Of a part of a column, and of an empty one.
    assert encoded(texts[3:5]).places.tolist() == [0, 1]
    assert encoded(texts[3:5]).distinct.to_list() == _TEXTS[2:4]
    assert encoded(texts[:0]).places.tolist() == []


def test_parts_of_texts_make_the_texts_again() -> None:
    for texts in (pl.Series(_TEXTS), pl.Series(_TEXTS)[2:], pl.Series([], dtype=pl.String)):
        (words, places), offsets = cut(texts, " ")
        assert joined(words, places, offsets, " ").to_list() == texts.to_list()
        assert [len(text.split(" ")) for text in texts] == [
            end - start for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
        ]


def test_only_the_digits_of_ascii_are_replaced() -> None:
    table = str.maketrans("0123456789", ANY_DIGIT * 10)
    for texts in (pl.Series(_TEXTS), pl.Series(_TEXTS)[2:5], pl.Series([], dtype=pl.String)):
        assert with_any_digit(texts).to_list() == [text.translate(table) for text in texts]


def test_a_character_in_a_column_is_seen() -> None:
    texts = pl.Series(["a", "b\\", "c"])
    assert have_any(texts, "\x01\\")
    assert not have_any(texts, "\x01\x02")
    assert not have_any(pl.Series([], dtype=pl.String), "a")
