"""Texts that are rewritten by the recipe of their shape become exactly what they become by themselves."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from benchmarks.privacy_corpus.grammar import contexts, lines
from lumber.privacy import shapes
from lumber.privacy.pseudonymizer import Pseudonymizer
from tests.unit.privacy.rules import rule
from tests.unit.privacy.shape_samples import SAMPLES

_SEED = 20_261_130
# Variants of each text, and how many texts of the corpus are taken: every so many.
_VARIANTS, _EVERY = 12, 3


def _varied(text: str, chance: random.Random) -> str:
    """Return a text of the same shape with other values."""

    def other(match: re.Match[str]) -> str:
        value, group = match[0], match.lastgroup
        if group == "v4":
            _, port = shapes._cut(value)
            quad = ".".join(str(chance.randrange(256)) for _ in range(4))
            return quad + "".join(chance.choice("0123456789") if c.isdigit() else c for c in port)
        digits = "0123456789abcdef" if group in ("mac", "v6", "hex", "uuid") else "0123456789"
        return "".join(chance.choice(digits) if char in digits else char for char in value)

    return shapes._CLASS.sub(other, text)


def _of_one_shape(texts: list[str]) -> Iterator[str]:
    """Yield texts, each followed by others that differ in values."""
    chance = random.Random(_SEED)
    for text in texts:
        yield text
        for _ in range(_VARIANTS):
            yield _varied(text, chance)


@pytest.mark.parametrize("identifiers", ["all", "none"])
def test_a_text_becomes_by_its_shape_what_it_becomes_by_itself(identifiers: str) -> None:
    texts = [
        text.text
        for context in contexts("open")[::_EVERY]
        for line in lines(context, 1)
        for text in line.texts.values()
    ]
    texts += SAMPLES
    texts = texts if identifiers == "all" else texts[::8]
    one_rule = rule() if identifiers == "all" else rule(identifiers=frozenset())
    fast, slow = Pseudonymizer(one_rule), Pseudonymizer(one_rule)
    slow._rewriter._pieces._is_used = False
    wrong, learned = [], 0
    for text in _of_one_shape(texts):
        by_shape: Counter[str] = Counter()
        alone: Counter[str] = Counter()
        given = fast._texts.rewritten(text, (), by_shape)
        expected = slow._rewriter.whole_text(text, (), alone)
        if (given, +by_shape) != (expected, +alone):
            wrong.append((text, given, expected))
    learned = sum(recipe is not None for recipe in fast._texts._recipes.values())
    assert not wrong, "\n".join(map(str, wrong[:40]))
    assert learned > len(texts) / 4
