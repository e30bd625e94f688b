"""A gate opens the groups of which a text has a mark, and hints leave out nothing that is found."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.privacy.found import HOST, USER, Gate
from lumber.privacy.phrases import finding

MARKS = ["user", "user ", " - ", "[", "md5", "md4", "ss", ") ", "\t:", "для", "a b", "µ", "i̇", "0x"]
WORDS = [*MARKS, "md", "7", "x", "USER", "\u017fS", "İ", "\u00a0", "\u2003", " ", "\n", "-", "b", "a"]


@given(st.lists(st.lists(st.sampled_from(MARKS), min_size=1, max_size=3), max_size=12), st.data())
def test_a_gate_opens_exactly_the_groups_with_a_mark(groups: list[list[str]], data: st.DataObject) -> None:
    gate = Gate(groups)
    for text in data.draw(st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map("".join), max_size=6)):
        lower = text.lower()
        expected = [place for place, marks in enumerate(groups) if any(mark in lower for mark in marks)]
        assert list(gate.of(text)) == expected
        assert list(gate.of(text)) == expected, "the same text again"


def test_a_hint_closes_a_group() -> None:
    gate = Gate([("user",), ("user",)], ["", r"user\s"])
    assert gate.of("user: 5") == (0,)
    assert gate.of("the user 5") == (0, 1)


def test_hints_leave_out_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with other spaces than one, in another case, and with a placeholder as the address."""
    types = (USER, HOST)
    with_hints = finding.name_detector(types)
    unhinted = [replace(phrase, hint="") for phrase in finding.PHRASES]
    assert sum(bool(phrase.hint) for phrase in finding.PHRASES) > 10
    monkeypatch.setattr(finding, "PHRASES", unhinted)
    monkeypatch.setattr(finding, "_FIELDS", [(*field[:3], "") for field in finding._FIELDS])
    without = finding.name_detector(types)
    for text in _spellings():
        assert list(with_hints(text, 0, len(text))) == list(without(text, 0, len(text))), text


def _spellings() -> set[str]:
    texts = {"uid=7(bob) gid=7(bob)", '{"user": {"name": "bob"}}', 'computer-name = "pc9"', "created_by: bob"}
    for phrase in finding.PHRASES:
        texts |= {phrase.example.replace("«", "").replace("»", ""), phrase.counter}
    texts |= {text.replace(" ", space) for text in texts for space in ("  ", "\t")}
    texts |= {change(text) for text in texts for change in (str.upper, str.lower)}
    for mark in ("[address]", "ip_0123456789abcdef", "2001:db8::1"):
        texts |= {re.sub(r"192\.0\.2\.[0-9]{1,3}", mark, text) for text in texts}
    return texts
