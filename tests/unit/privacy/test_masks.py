"""Words with one address are cut and spliced together as each would be by itself."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest

from lumber.privacy.addresses import is_special, parse
from lumber.privacy.masks import Masks, ipv4_numbers
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.privacy.rule import AddressMode
from lumber.privacy.shapes import Shapes
from tests.unit.privacy.rules import rule

_SEED = 20_261_130
_AROUND = (
    *(
        "",
        "",
        "SRC=",
        'src="',
        "[",
        "(",
        "from:",
        "a",
        "1",
        "v",
        "-",
        ".",
        "x-",
        "/",
        "://",
        ":",
        "ip_",
        "::",
    ),
    *("é", "\x04", "00:11:", "12:30:45", ",", ";", "10.0.0.1", "user@", "mx1.example.com["),
)
_BEHIND = (
    *(
        "",
        "",
        ":443",
        ":1",
        '"',
        "]",
        "):",
        ",",
        ".",
        ".5",
        ".in-addr.arpa",
        "/24",
        "-9",
        ":",
        "a",
        ":aa",
        "::",
    ),
    *("ms", "->10.2.3.4", ";", "%eth0", "]:", "é"),
)


def _words(count: int) -> list[str]:
    """Return words with addresses in many surroundings; the same surroundings come often."""
    chance = random.Random(_SEED)
    words = []
    for _ in range(count):
        if chance.random() < 0.6:
            octets = [
                chance.choice([chance.randrange(256), chance.randrange(400), 0, 1, 127, 224, 255])
                for _ in range(4)
            ]
            value = ".".join(f"{octet:0{chance.choice([1, 1, 1, 3])}d}" for octet in octets)
        else:
            digits = chance.choice(["0", "f", "0123456789", "0123456789abcdef", "0123456789abcdefABCDEF"])
            value = ":".join(
                "".join(chance.choices(digits, k=2)) for _ in range(chance.choice([6, 6, 6, 5, 7]))
            )
        words.append(chance.choice(_AROUND) + value + chance.choice(_BEHIND))
    return words


def test_masks_tell_the_shape_that_a_word_has_by_itself() -> None:
    words = _words(20_000)
    shapes = Shapes(())
    masks = Masks(shapes.of_word)
    series = pl.Series(words)
    told = 0
    for masked in (masks.ipv4(series), masks.macs(series)):
        told += len(masked.kinds)
        for place, before, text, after, kind in zip(
            masked.places.tolist(),
            masked.before,
            masked.texts,
            masked.after,
            masked.kinds.tolist(),
            strict=True,
        ):
            assert before + text + after == words[place]
            assert shapes.of_word(words[place]) == masked.shapes[kind], words[place]
    assert told > 1_500


@pytest.mark.parametrize("mode", list(AddressMode))
def test_words_are_spliced_together_as_each_by_itself(mode: AddressMode) -> None:
    splicer = Pseudonymizer(rule(addresses=mode))._rewriter.splicer
    words = list(dict.fromkeys(_words(3_000)))
    alone = Pseudonymizer(rule(addresses=mode))._rewriter.splicer
    series = pl.Series(words)
    addresses = splicer.masks.of(series)
    assert splicer.all_replaced(series, addresses).to_list() == [alone.replaced(word) for word in words]
    news = [[new for _, new in alone.pairs(word) or ()] for word in words]
    assert [list(each) for each in splicer.all_news(series, addresses)] == news


def test_what_masks_tell_of_some_words_is_found_by_their_places() -> None:
    words = _words(2_000)
    splicer = Pseudonymizer(rule())._rewriter.splicer
    addresses = splicer.masks.of(pl.Series(words))
    chosen = np.random.default_rng(_SEED).permutation(len(words))[:500]
    some = [words[place] for place in chosen]
    given = splicer.all_replaced(pl.Series(some), addresses.of(chosen)).to_list()
    assert given == [*map(splicer.replaced, some)]
    assert len(addresses.of(chosen).ipv4.places) > 20
    # The same words within a longer column.
    behind = addresses.among(np.arange(1, 2 * len(words), 2)).of(2 * chosen + 1)
    assert behind.ipv4.places.tolist() == addresses.of(chosen).ipv4.places.tolist()


def test_addresses_become_numbers() -> None:
    texts = ["0.0.0.0", "1.2.3.4", "255.255.255.255", "8.8.4.4"]
    assert ipv4_numbers(pl.Series(texts)).tolist() == [int(parse(text) or 0) for text in texts]
    assert ipv4_numbers(pl.Series([], dtype=pl.String)).tolist() == []


def test_special_addresses_have_no_mask() -> None:
    words = [
        "127.0.0.1",
        "255.255.255.255",
        "8.8.4.4",
        "08.8.4.4",
        "8.8.4.256",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
    ]
    address = parse("127.0.0.1")
    assert address is not None
    assert is_special(address)
    masks = Masks(Shapes(()).of_word)
    assert masks.ipv4(pl.Series(words)).texts.to_list() == ["8.8.4.4"]
    assert masks.macs(pl.Series(words)).texts.to_list() == []
