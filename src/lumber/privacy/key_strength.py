"""Judge whether a key can be random, by the bits that a description of it needs.

A random byte needs 8 bits. Each model below describes one kind of key that people make: digits, repeated
patterns, runs, words. A key is weak if a model describes it with at least `_SAVED_BITS` bits less than that.
By the inequality of Markov, a random key is so described with a probability of at most 2 ** -_SAVED_BITS per
model.
"""

from __future__ import annotations

import itertools
import math
import string
from collections import Counter
from collections.abc import Callable, Sequence

_SAVED_BITS = 21.0
_LAGS = range(1, 17)
_RANDOM_BYTES = 32
# Neighbours of different classes: 63% in random base64, far less in words.
_CHANGES = 0.4
_BYTE_BITS = 8.0
_PRINTABLE = frozenset(string.printable.encode())
# The most frequent successors of each letter in English, in order; the other letters follow.
_FOLLOWERS = {
    "a": "ntlrscdimgbpuyvk", "b": "elaourysi", "c": "ohtaekirlu", "d": "eioasruy", "e": "rsndatlcmxv",
    "f": "ofieraltu", "g": "eharoilns", "h": "eaioturn", "i": "ntsocladermgv", "j": "ouaei",
    "k": "einsaoly", "l": "elaioydsut", "m": "aeioympbsu", "n": "gtedsioackuf", "o": "nrufmlwtospdcv",
    "p": "earolipthsu", "q": "u", "r": "eaiotsdyucmnkl", "s": "tseihouacpwmk", "t": "heoiartsuyl",
    "u": "rsnltpmcgaedi", "v": "eiao", "w": "aoiehrnsd", "x": "tpaicyp", "y": "soeitmp", "z": "eaioz",
}  # fmt: skip
_FIRST = "setaoicprmbdnfhlwgukvyjqxz"


def why_weak(key: bytes, text: str | None = None) -> str | None:
    """Return why a key isn't random, in words that don't show it; None for a key that may be random.

    `text` is the hex or base64 text that the key was decoded from, if there was one.
    """
    body = key.strip(b"\0")
    if _is_text(body):
        return None if _is_encoded_twice(body) else "is text, such as a password or words"
    for model, why in _MODELS:
        if _BYTE_BITS * len(key) - model(key) >= _SAVED_BITS:
            return why
    if text is not None and _saved_by_words(text) >= _SAVED_BITS:
        return "is made of words"
    return None


def _is_text(key: bytes) -> bool:
    """Return whether it is ASCII text, or text in UTF-8 with a few other letters."""
    if _PRINTABLE.issuperset(key):
        return True
    try:
        letters = key.decode()
    except UnicodeDecodeError:
        return False
    others = sum(not each.isascii() for each in letters)
    return others * 3 <= len(letters) and all(each.isalnum() or each in " -_.,!'" for each in letters)


def _is_encoded_twice(key: bytes) -> bool:
    """Return whether it is the hex or base64 text of at least 32 random bytes."""
    # The other module uses this one.
    from lumber.privacy.key import decoded

    if not key.isascii():
        return False
    text = key.decode().strip()
    inner = decoded(text)
    if inner is None or len(inner) < _RANDOM_BYTES or why_weak(inner, text) is not None:
        return False
    return _is_hex(text) or _changes(text) >= _CHANGES


def _is_hex(text: str) -> bool:
    return set(text.lower()) <= set("0123456789abcdef")


def _changes(text: str) -> float:
    """Return the share of neighbours of different classes of characters."""
    classes = [_class(each) for each in text]
    return sum(a != b for a, b in itertools.pairwise(classes)) / max(len(text) - 1, 1)


def _digits(key: bytes) -> float:
    """Describe a key whose hex digits are all decimal, such as dates and phone numbers."""
    digits = key.hex()
    return len(digits) * math.log2(10) if digits.isdecimal() else math.inf


def _repeats(values: bytes) -> float:
    """Describe a key where each byte often equals the one `lag` bytes before it; the best of all lags."""
    return min(_repeats_at(values, lag) for lag in _LAGS)


def _repeats_at(values: Sequence[int], lag: int) -> float:
    equal = sum(a == b for a, b in zip(values, values[lag:], strict=False))
    later = max(len(values) - lag, 0)
    # The lag has to be described, too.
    bits = _BYTE_BITS * min(lag, len(values)) + math.log2(len(_LAGS))
    rate = 0.95 if equal * 2 > later else 0.4
    return bits - equal * math.log2(rate) - (later - equal) * (math.log2(1 - rate) - _BYTE_BITS)


def _runs(key: bytes) -> float:
    """Describe a key that counts up or down by some step, also in several interleaved runs."""
    return min(
        _one_step([(b - a) % 256 for a, b in zip(key, key[lag:], strict=False)], lag) for lag in (1, 2, 4)
    )


def _one_step(steps: Sequence[int], lag: int) -> float:
    equal = max(Counter(steps).values(), default=0)
    rate = 0.95 if equal * 2 > len(steps) else 0.4
    bits = _BYTE_BITS * (lag + 1) + 2 - equal * math.log2(rate)
    return bits - (len(steps) - equal) * (math.log2(1 - rate) - _BYTE_BITS)


def _few_values(key: bytes) -> float:
    """Describe a key by the list of its different bytes, and by which of them stands where."""
    different = len(set(key))
    return different * _BYTE_BITS + _BYTE_BITS + len(key) * math.log2(different or 1)


def _few_halves(key: bytes) -> float:
    """Describe a key whose bytes have few different first or second hex digits."""
    halves = ([byte >> 4 for byte in key], [byte & 15 for byte in key])
    few = min(len(set(half)) for half in halves)
    return 1 + 16 + len(key) * (4 + math.log2(few or 1))


_MODELS: Sequence[tuple[Callable[[bytes], float], str]] = (
    (_few_values, "has too few different bytes"),
    (_digits, "consists of decimal digits"),
    (_repeats, "repeats a pattern"),
    (_runs, "counts up or down"),
    (_few_halves, "has too few different digits"),
)


def _saved_by_words(text: str) -> float:
    """Return the bits that a model of words saves against random text of the same alphabet."""
    text = text.rstrip("=")
    if _is_hex(text):
        return 0.0
    bits, before = 0.0, ""
    for each in text:
        bits += _bits_in_words(each, before)
        before = each
    return 6.0 * len(text) - bits


def _bits_in_words(each: str, before: str) -> float:
    """Return the bits of a character in a text of words and numbers, after the one before."""
    kind, last = _class(each), _class(before)
    bits = -math.log2(0.85 if kind == last else 0.05)
    if kind == last == "lower" or (kind, last) == ("lower", "upper"):
        if last == "upper":
            # Capitalised words are usual.
            bits = -math.log2(0.6)
        return bits + _letter_bits(each, _FOLLOWERS[before.lower()])
    if kind == "upper":
        same = last == "upper"
        return (-math.log2(0.35) if same else bits) + _letter_bits(
            each.lower(), _FOLLOWERS[before.lower()] if same else _FIRST
        )
    if kind == "lower":
        return bits + _letter_bits(each, _FIRST)
    return bits + (math.log2(10) if kind == "digit" else 2)


def _letter_bits(letter: str, likely: str) -> float:
    """Return the bits of a letter by its rank: rank r has a probability in proportion to 1 / (r + 2)."""
    others = [each for each in string.ascii_lowercase if each not in likely]
    at = likely.find(letter)
    rank = at if at >= 0 else len(likely) + others.index(letter)
    return math.log2((rank + 2) * _NORM)


_NORM = sum(1 / (rank + 2) for rank in range(26))


def _class(each: str) -> str:
    if each.islower():
        return "lower"
    return "upper" if each.isupper() else "digit" if each.isdigit() else "other"
