"""The normal form of texts: what differs in values only is the same, and words stay."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.dataset.leakage.counts import normal_form


def form(text: str) -> str:
    return normal_form(pl.Series([text]))[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Link UP on eth0", "link up on eth12"),
        ("took 3 ms", "took 4711 ms"),
        ("took 3.5 ms", "took 10.25 ms"),
        ("from 10.0.0.1 port 22", "from 192.168.178.20 port 4022"),
        ("from fe80::1 to x", "from 2001:db8:0:1:ffff::8a2e to x"),
        ("mac 00:1b:21:3c:4d:5e", "mac aa:bb:cc:dd:ee:ff"),
        ("at 12:30:45 o'clock", "at 01:02:03 o'clock"),
        ("id 550e8400-e29b-41d4-a716-446655440000", "id ffffffff-abcd-abcd-abcd-ffffffffffff"),
        ("session 0xdeadbeef", "session 0x7f3"),
        ("hash 9f86d081884c7d65", "hash d7a8fbb307d78094"),
        ("user17 logged in", "user3 logged in"),
        ("  many   blanks\t\n", "many blanks"),
        ("two\r\nlines", "two lines"),
    ],
)
def test_near_copies_have_one_form(one: str, other: str) -> None:
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("link up", "link down"),
        ("port 22 closed", "port closed"),
        ("two lines", "twolines"),
        ("accept", "deadbeef"),
        ("", "#"),
    ],
)
def test_other_words_are_another_form(one: str, other: str) -> None:
    assert form(one) != form(other)


@given(st.lists(st.text(max_size=12) | st.sampled_from(["A  1", "a 22", "\t", "10.0.0.1"]), max_size=20))
def test_the_form_of_a_text_is_its_own(texts: list[str]) -> None:
    series = pl.Series(texts, dtype=pl.String)
    assert normal_form(series).to_list() == [form(text) for text in texts]
    assert [text == text.strip(" \t\r\n") for text in normal_form(series)] == [True] * len(texts)
