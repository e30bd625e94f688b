"""A sieve leaves out only what can't match, so that with it and without it the same is found."""

from __future__ import annotations

import random
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.privacy_corpus.grammar import contexts, lines
from lumber.privacy import address_context, sieve
from lumber.privacy.finder import TextFinder
from lumber.privacy.ids import finding as ids
from lumber.privacy.phrases import finding as phrases
from lumber.privacy.secret_rules import finding as secret_rules
from lumber.privacy.shapes import Shapes
from lumber.privacy.sieve import Sieve
from tests.unit.privacy.rules import rule
from tests.unit.privacy.shape_samples import SAMPLES

_SEED = 20_261_130
# Every so many contexts of the corpus are taken.
_EVERY = 3
_LEASES = (
    "10,03/02/26,10:00:00,Assign,10.0.0.5,host,2223b30c09cb,",
    "mac is=2223b30c09cb and mac is: 2223b30c09cb",
)
_PARTS = ("user ", "8", " ", "=", "lat", ".", "ü", "\t", "-", "x" * 40)


def test_a_sieve_says_which_patterns_a_text_may_match() -> None:
    given_patterns = Sieve(["user [a-z]", "(?i)KEY", "^<", "id[0-9]", r"\u00a0"])
    assert given_patterns.places("the user bob, key") == [0, 1]
    assert given_patterns.places("<7>") == [2]
    assert given_patterns.places("nothing") == []
    assert given_patterns.places("") == []


def test_digits_are_alike_for_a_sieve() -> None:
    assert Sieve(["[2-4]7", "md5", "x[a-f5]"]).places("90 md4 x1") == [0, 1, 2]


@pytest.mark.parametrize("text", ["user bücher", "user\tbob", "user\u00a0bob", "user bob\n"])
def test_a_sieve_knows_nothing_of_other_texts(text: str) -> None:
    """There, Python and RE2 don't agree on spaces and letters."""
    assert Sieve(["user"]).places(text) is None


class _WithoutMemory:
    """Answers as a set of RE2 does that ran out of memory: as if nothing matched."""

    def Match(self, _: bytes) -> None:  # noqa: N802 - the name in RE2
        return None


def test_a_sieve_without_memory_knows_nothing() -> None:
    given_patterns = Sieve(["user"])
    given_patterns._set = _WithoutMemory()
    assert given_patterns.places("user bob") is None


def test_without_re2_everything_may_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "is_installed", lambda: False)
    assert Sieve(["user"]).places("user bob") is None


def test_all_patterns_are_in_use() -> None:
    """A pattern that RE2 can't read fails here."""
    assert sieve.is_installed()
    finder = TextFinder(rule())
    assert finder._sieve.places("user bob") is not None
    assert Shapes(ids.TYPES)._sieve.places("user bob") is not None
    assert address_context._SIEVE.places("user bob") is not None
    for detect in (
        phrases.find_users,
        phrases.find_hosts,
        secret_rules.find_tokens,
        secret_rules.find_spoken,
    ):
        gates = [cell.cell_contents for cell in detect.__closure__ or ()]
        assert any(gate._sieve.places("user bob") is not None for gate in gates if hasattr(gate, "_sieve"))


def _texts() -> list[str]:
    texts = [
        text.text
        for context in contexts("open")[::_EVERY]
        for line in lines(context, 1)
        for text in line.texts.values()
    ]
    for phrase in phrases.PHRASES:
        texts += [phrase.example, phrase.counter]
    for one in secret_rules.RULES:
        texts += [one.example, one.counter]
    for entry in (*ids.phones.ENTRIES, *ids.national_ids.ENTRIES, ids.ibans.ENTRY, ids.url_ids.ENTRY):
        texts += [*entry.examples, *entry.counters]
    for place in ids.coordinates.PLACES:
        texts += [*place.examples, *place.counters]
    return [text.replace("«", "").replace("»", "") for text in texts] + list(SAMPLES)


def _changed(texts: list[str]) -> Iterator[str]:
    """Yield texts, also without a part, beside another text, with other digits and in another case."""
    chance = random.Random(_SEED)
    for text in texts:
        yield text
        at = chance.randrange(len(text) + 1)
        yield text[at:] + text[:at]
        yield text[:at] + chance.choice(texts)[:60]
        yield "".join(chance.choice("0123456789") if char.isdigit() else char for char in text)
        yield text.upper()


def _found(texts: list[str]) -> list[object]:
    finder, shapes = TextFinder(rule()), Shapes(ids.TYPES)
    return [
        (finder.phrases(text), finder.words(text), finder.beside(text), shapes.reads_digits(text))
        for text in texts
    ]


def test_the_same_is_found_without_a_sieve(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = list(dict.fromkeys(_changed(_texts())))
    assert len(texts) > 2_500
    with_sieve = _found(texts)
    monkeypatch.setattr(Sieve, "places", lambda *_: None)
    wrong = [
        (text, one, other)
        for text, one, other in zip(texts, with_sieve, _found(texts), strict=True)
        if one != other
    ]
    assert not wrong, "\n".join(map(str, wrong[:20]))


@given(st.lists(st.sampled_from([*_PARTS, *_texts()[::40]]), min_size=1, max_size=5).map("".join))
def test_joined_texts_are_the_same_without_a_sieve(text: str) -> None:
    with_sieve = _found([text])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sieve, "places", lambda *_: None)
        assert _found([text]) == with_sieve


def test_polars_selects_every_text_in_which_anything_is_found() -> None:
    """The scan of a written file searches only what matches these patterns."""
    finder = TextFinder(rule())
    texts = list(dict.fromkeys(_changed([*_texts(), *_LEASES])))
    table = pl.DataFrame({"text": texts}).with_columns(
        phrase=pl.col("text").str.contains(finder.maybe_phrase),
        context=pl.col("text").str.contains(finder.maybe_context),
    )
    wrong = [
        (text, finder.phrases(text), finder.beside(text))
        for text, has_phrase, has_context in table.iter_rows()
        if (finder.phrases(text) and not has_phrase) or (finder.beside(text) and not has_context)
    ]
    assert not wrong, "\n".join(map(str, wrong[:20]))
