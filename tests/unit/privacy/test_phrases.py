"""Every declared phrase finds its example, and nothing is found in its counter-example."""

import re

import pytest

from lumber.privacy.found import HOST, USER
from lumber.privacy.phrases.finding import PHRASES, maybe, name_detector
from lumber.privacy.phrases.phrase import Phrase

NAMES = name_detector((USER, HOST))
MARKED = re.compile("«([^»]*)»")


def found_in(text: str) -> list[str]:
    return [text[item.start : item.end] for item in NAMES(text, 0, len(text))]


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: f"{phrase.source}: {phrase.example[:40]}")
def test_a_phrase_finds_its_example_and_nothing_in_its_counter_example(phrase: Phrase) -> None:
    text = MARKED.sub(r"\1", phrase.example)
    match = phrase.compiled.search(text)
    assert match is not None
    assert any(mark in text.lower() for mark in phrase.marks)
    assert re.search(maybe((USER, HOST)), text)
    expected = MARKED.findall(phrase.example)
    assert expected
    assert set(expected) <= set(found_in(text)), found_in(text)
    assert found_in(phrase.counter) == []


def test_the_end_of_a_hardware_address_is_no_host() -> None:
    assert found_in("changed ethernet address 10.0.0.1 d9:03:ae:b3:e5:4b (06:68:a3:00:8b:3a)") == []
    assert found_in("moved d9-03-ae-b3-e5-ab (06:68:a3:00:8b:3a)") == []
