"""The text of an API key: what is a key, what isn't, and what is stored of it."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.identity.keys import new_key, read_key


def test_a_new_key_reads_back_and_no_two_are_equal() -> None:
    keys = [new_key() for _ in range(200)]
    assert len({key.key_id for key in keys} | {key.text for key in keys}) == 400
    for key in keys:
        assert re.fullmatch(r"lmb_[0-9a-z]{12}_[0-9A-Za-z]{49}", key.text)
        assert read_key(key.text) == key


def test_only_the_hash_of_the_whole_key_is_stored() -> None:
    key, other = new_key(), new_key()
    assert key.sha256 == hashlib.sha256(key.text.encode()).hexdigest()
    assert key.matches(key.sha256)
    assert not key.matches(other.sha256)
    assert key.text not in repr(key)


@given(st.data())
def test_a_key_with_one_changed_character_is_not_a_key(data: st.DataObject) -> None:
    text = new_key().text
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda each: each != text[at]))
    assert read_key(text[:at] + other + text[at + 1 :]) is None


def test_a_key_in_another_form_is_not_a_key() -> None:
    text = new_key().text
    for other in (text.upper(), text.lower(), text[:-1], f"{text}\n", f" {text}", text.replace("_", "-")):
        assert read_key(other) is None


@pytest.mark.parametrize("text", ["", "lmb_", "lmb__", "lmb_é", "\0", "Bearer lmb_a_b"])
def test_other_texts_are_not_keys(text: str) -> None:
    assert read_key(text) is None
