"""Texts that are rewritten by the recipe of their shape become exactly what they become by themselves."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from benchmarks.privacy_corpus.grammar import contexts, lines
from lumber.privacy import shapes
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.privacy.rule import AddressMode
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
            _, port = shapes.cut_port(value)
            quad = ".".join(str(chance.randrange(256)) for _ in range(4))
            return quad + "".join(chance.choice("0123456789") if c.isdigit() else c for c in port)
        digits = "0123456789abcdef" if group in ("mac", "v6", "hex", "uuid") else "0123456789"
        return "".join(chance.choice(digits) if char in digits else char for char in value)

    return shapes.VALUE.sub(other, text)


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
    slow._rewriter._pieces.is_used = False
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


def test_an_address_that_is_its_own_pseudonym_teaches_nothing() -> None:
    pseudonymizer = Pseudonymizer(rule(addresses=AddressMode.TRUNCATE))
    for address, expected in (("77.12.30.0", "77.12.30.0"), ("77.12.30.198", "77.12.30.0")):
        text = f"refused {address} port 22"
        assert pseudonymizer._texts.rewritten(text, (), Counter()) == f"refused {expected} port 22"


@pytest.mark.parametrize(
    "mode", [AddressMode.TRUNCATE, AddressMode.TOKEN, AddressMode.DROP, AddressMode.KEEP]
)
def test_the_shape_tells_the_same_in_every_mode(mode: AddressMode) -> None:
    one_rule = rule(addresses=mode)
    fast, slow = Pseudonymizer(one_rule), Pseudonymizer(one_rule)
    slow._rewriter._pieces.is_used = False
    for text in _of_one_shape(list(SAMPLES)):
        assert fast._texts.rewritten(text, (), Counter()) == slow._rewriter.whole_text(text, (), Counter())


def test_how_many_digits_a_number_has_is_part_of_the_shape() -> None:
    fast, slow = Pseudonymizer(rule()), Pseudonymizer(rule())
    slow._rewriter._pieces.is_used = False
    for number in ("1234", "12345", "123456"):
        text = f"token=[{number}] set"
        assert fast._texts.rewritten(text, (), Counter()) == slow._rewriter.whole_text(text, (), Counter())


def test_the_shape_of_json_tells_the_same() -> None:
    fast, slow = Pseudonymizer(rule()), Pseudonymizer(rule())
    slow._rewriter._pieces.is_used = False
    samples = [
        json.dumps(document, separators=(",", ":"), sort_keys=True)
        for document in (
            {"src_ip": "10.0.0.1", "port": 443, "user": "alice"},
            {"user": "4711", "uid": 1001, "session": "8f3a2b1c9d0e"},
            {"src_ip": 1292640966, "n": 12345678},
            {"card": 4111111111111111, "pan": "4111111111111111", "id": 1732792800123},
            {"phone": "030 2345678", "lat": 52.520008, "lon": 13.404954},
            {"host": "web-01", "name": "node", "rss": 12345, "at": "2026-01-02T12:41:35Z"},
            {"10.0.0.1": 1, "10.0.0.2": [1, 2, "10.0.0.3:443"]},
            {"password": 12345, "token": "abc123", "message": "from 10.0.0.1 port 22 user 12"},
            {"mac": "00:11:22:33:44:55", "version": "10.2.3.4", "ip": "127.0.0.1"},
        )
    ]
    for text in _of_one_shape(samples):
        assert fast._documents.rewritten(text, (), Counter()) == slow._rewriter.json(text, (), Counter())


def test_names_of_the_row_are_found_in_every_text_of_a_shape() -> None:
    fast, slow = Pseudonymizer(rule()), Pseudonymizer(rule())
    slow._rewriter._pieces.is_used = False
    for names in (("web-01",), ("4a5b6c7d8e9f",), ("srv-12345", "srv"), ("web 7",)):
        for text in (
            f"{names[0]} sent 1 to web-02",
            "web-02 sent 1 to web-01",
            "seen 4a5b6c7d8e9f 12 times",
            "srv-54321 up",
        ):
            given = fast._texts.rewritten(text, names, Counter())
            assert given == slow._rewriter.text(text, names, Counter()), (names, text)


# Names of hosts that could tell something about what follows them, and usual ones.
_HOSTS = (
    ("openwrt-01", "router-attic-01"),
    ("openwrt-08", "router-depot-08"),
    ("web-annex-07", "web-annex-07.example.net"),
    *((name,) for name in ("user", "password", "token", "from", "login", "host", "ip", "mac", "pid", "ad01")),
    *((name,) for name in ("root", "api-key", "10-0-0-1", "su", "sudo", "card", "iban", "phone", "key-01")),
)
_HEADS = (
    "<{}>Jan  5 10:21:0{} ",
    "Feb 1{} 07:00:5{} ",
    "<1{}>1 2026-01-05T10:21:0{}.123Z ",
    "2026-01-05T1{}:00:0{}Z ",
)


def test_a_line_becomes_behind_its_head_what_it_becomes_as_a_whole() -> None:
    """The same bodies behind many hosts and times, some of which are words that tell about what follows."""
    chance = random.Random(_SEED)
    bodies = [
        text.text
        for context in contexts("open")[::5]
        for line in lines(context, 1)
        for text in line.texts.values()
    ]
    bodies += SAMPLES[::2]
    bodies += [
        "bob logged in",
        "sshd[12]: bob from 8.8.4.4",
        "4111 1111 1111 1111 paid",
        "= hunter22 was refused",
    ]
    pseudonymizer, other = Pseudonymizer(rule()), Pseudonymizer(rule())
    other._rewriter._pieces.is_used = False
    wrong = []
    for body in bodies:
        for _ in range(12):
            names = chance.choice(_HOSTS)
            head = chance.choice(_HEADS).format(chance.randrange(9), chance.randrange(9))
            host = chance.choice(names)
            text = head + chance.choice((host, host.upper())) + " " + _varied(body, chance)
            by_shape: Counter[str] = Counter()
            alone: Counter[str] = Counter()
            given = pseudonymizer._texts.rewritten(text, names, by_shape)
            expected = other._rewriter.whole_text(text, names, alone)
            if (given, +by_shape) != (expected, +alone):
                wrong.append((text, names, given, expected))
    headed = sum(key[0].startswith("\x03") for key in pseudonymizer._texts._recipes)
    assert not wrong, "\n".join(map(str, wrong[:40]))
    assert headed > len(bodies) / 4
