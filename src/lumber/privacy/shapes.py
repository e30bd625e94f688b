"""The shape of a text: the text with the values in it replaced by their class.

Texts of one shape differ only in numbers, addresses, hardware addresses, hexadecimal ids and times. The
rewrite of one of them tells that of the others, because no pattern depends on such a value beyond its class.
Where one may, `Shapes.reads_digits` says so, and every text of that shape is rewritten by itself.

A shape keeps how many digits a number has. Everything else is literal:
names with digits in them, addresses that identify nobody, numbers beside letters, dots or dashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from ipaddress import IPv4Address
from typing import cast

from lumber.privacy import address_context, cards, macs
from lumber.privacy.addresses import is_special, parse
from lumber.privacy.found import has_any
from lumber.privacy.identifiers import NOBODYS_MACS
from lumber.privacy.ids import finding as ids
from lumber.privacy.ids.finding import is_told_field
from lumber.privacy.sieve import EVERY, Sieve

# What may not stand directly before and after a value: a letter, dash, dot or sign that makes it part of
# something longer. `10.0.0.1->10.0.0.2` has two values, `10.0.0.1-10.0.0.2` none, and so has `$6$`.
_BEFORE = r"(?<![\w.@%+~:/$\\-])"
# A colon before a number may be one of an IPv6 or hardware address, unless a word is before it.
_BEHIND_COLON = (
    r"(?<![\w.@%+~$\\-])(?:(?<!:)|(?<=^:)|(?<=[^0-9A-Fa-f:]:)|(?<=[G-Zg-z_][A-Fa-f]:)|(?<=[G-Zg-z_][A-Fa-f]{2}:)"
    r"|(?<=[G-Zg-z_][A-Fa-f]{3}:))"
)
_AFTER = r"(?![\w@%+~$\\]|[.:-]\w|::)"
_AFTER_NUMBER = r"(?![\w@%+~$\\]|[.-]\w)"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_QUAD = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
# What numbers are in seconds, bytes and the like.
_UNITS = r"(?:ms|s|us|ns|min|m|h|d|[kKMG]i?B|[kmg]b|B|b|K|M|G|bytes|px|th|st|nd|rd|x)"
VALUE = re.compile(
    rf"(?P<time>{_BEFORE}[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,9}})?"
    rf"(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})?{_AFTER})"
    rf"|(?P<uuid>{_BEFORE}[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}{_AFTER})"
    rf"|(?P<mac>{_BEFORE}[0-9a-f]{{2}}(?::[0-9a-f]{{2}}){{5}}{_AFTER})"
    rf"|(?P<clock>(?:{_BEFORE}[0-9]{{2}}/[A-Z][a-z]{{2}}/[0-9]{{4}}:|{_BEFORE})"
    rf"[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:[.,][0-9]{{1,9}})?{_AFTER})"
    rf"|(?P<v6>{_BEFORE}[0-9a-f]{{1,4}}:[0-9a-f:]{{2,34}}(?<!:){_AFTER})"
    rf"|(?P<v4>{_BEHIND_COLON}{_OCTET}(?:\.{_OCTET}){{3}}(?::[0-9]{{1,5}}{_AFTER}|{_AFTER_NUMBER}))"
    rf"|(?P<date>{_BEFORE}[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_AFTER})"
    rf"|(?P<decimal>{_BEFORE}[0-9]{{1,12}}\.[0-9]{{1,9}}(?={_UNITS}?{_AFTER}))"
    rf"|(?P<hex>(?:{_BEFORE}|(?<=SHA256:)|(?<=MD5:)|(?<=/))(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{{8,}}{_AFTER})"
    rf"|(?P<id>{_BEFORE}[A-Za-z]{{1,20}}[_-]{{1,2}}[0-9]{{5,}}{_AFTER})"
    rf"|(?P<number>(?:{_BEHIND_COLON}|(?<=[\s=\"'(,:]-))[0-9]+(?={_UNITS}?{_AFTER_NUMBER}))"
)
# A text with one of these is read more than once, with its escapes decoded.
NEVER_PLAIN = ("\\", "\x01", "\x02", "\x03", "\x1b")
_MAYBE_ENCODED = ("%", "#0")
ENCODED = r"%[0-9A-Fa-f]{2}|#0[0-7]{2}"
_ENCODED = re.compile(ENCODED)
# Addresses with signs around their dots, of which each number is only a part.
ODD_DOTS = ("[.", "(.", "{.", "[d", "(d", "{d")
# Groups of `VALUE` that are addresses.
ADDRESSES = ("mac", "v4", "v6")
_MAX_KNOWN, _LONGEST_KNOWN = 50_000, 120
LONGEST_TEXT = 4_000
_CARD = range(13, 20)
# A character that stands for the length of an id.
_LENGTHS = 0x1000
# Stands for a digit.
ANY_DIGIT = "\x02"
_AS_ANY = str.maketrans("0123456789", ANY_DIGIT * 10)
# Classes that depend on values, and what may be of one.
_VALUED = ("\x01a", "\x01b", "\x01f", "\x01m")
_OF_VALUES = re.compile(r"[0-9](?:\.[0-9]{1,3}){3}|[0-9]{13}")
_DIGIT = re.compile("[0-9]")
_FIELD = re.compile(r"\"([^\"]*)\"\s*:")
_NUMBER_IN_FIELD = re.compile(
    r"(?i:ip|v4|addr|address|number|hop|gateway|gw|mac)\"{1,2} {0,2}: {0,2}\"{0,2}(?:0[xX])?[0-9A-Fa-f]{6}"
)


class _Words(dict[str, str]):
    """The shapes of words.

    Words that differ in digits only are known together, unless one of them may be an address or a card.
    """

    def __init__(self) -> None:
        super().__init__()
        # By the words with their digits replaced.
        self.alike: dict[str, str] = {}

    def __missing__(self, word: str) -> str:
        alike = word.translate(_AS_ANY)
        shape = self.alike.get(alike)
        if shape is not None:
            return shape
        shape = _shape(word)
        if len(word) <= _LONGEST_KNOWN:
            is_alike = alike == word or not (
                _DIGIT.search(shape) or _OF_VALUES.search(word) or any(kind in shape for kind in _VALUED)
            )
            known, key = (self.alike, alike) if is_alike else (self, word)
            if len(known) >= _MAX_KNOWN:
                known.clear()
            known[key] = shape
        return shape


class Shapes:
    """Tells the shapes of words and of texts under a rule that covers these identifiers."""

    def __init__(self, identifiers: Collection[str]) -> None:
        readers: list[tuple[Callable[[str], bool], str]] = [
            (address_context.reads_digits, EVERY),
            (macs.reads_digits, macs.ANY),
            (cards.may_have_grouped_card, cards.QUICK),
            *((reads, ids.ANY[type_]) for type_, reads in ids.READS_DIGITS.items() if type_ in identifiers),
        ]
        self._readers = [reads for reads, _ in readers]
        self._sieve = Sieve([pattern for _, pattern in readers])
        words = _Words()
        # Of a word, or of another part of a text.
        self.of_word: Callable[[str], str] = words.__getitem__
        self._alike = words.alike

    def of(self, text: str) -> str:
        """Return the shape of a text whose words are cut at spaces."""
        return " ".join(self.of_parts(text, text.split(" "), " "))

    def of_parts(self, text: str, parts: Sequence[str], separator: str) -> list[str]:
        """Return the shapes of the parts into which a separator cuts a text. It has no control characters."""
        known = self._alike.get
        shapes = [*map(known, text.translate(_AS_ANY).split(separator))]
        at = -1
        for _ in range(shapes.count(None)):
            at = shapes.index(None, at + 1)
            shapes[at] = self.of_word(parts[at])
        return cast(list[str], shapes)

    def of_alike(self, word: str) -> tuple[str | None, str]:
        """Return the word with its digits replaced, if all such words have one shape, and the shape."""
        shape = self.of_word(word)
        alike = word.translate(_AS_ANY)
        return (alike if self._alike.get(alike) == shape else None), shape

    def is_literal(self, text: str) -> bool:
        """Return whether a text is its own shape."""
        return self.of_word(text) == text

    def reads_digits(self, text: str) -> bool:
        """Return whether a pattern may depend on the values of the digits in texts of this text's shape."""
        places = self._sieve.places(text)
        readers = self._readers if places is None else [self._readers[place] for place in places]
        return any(reads(text) for reads in readers)


def has_value(shape: str) -> bool:
    """Return whether a shape stands for texts with addresses or other values, and not only for digits."""
    return "\x01" in shape


def reads_fields(text: str) -> bool:
    """Return whether the name of a field in a JSON text tells what its number is."""
    return _NUMBER_IN_FIELD.search(text) is not None or any(map(is_told_field, _FIELD.findall(text)))


def is_plain(text: str) -> bool:
    """Return whether a text has a shape: it is short and without escapes."""
    if len(text) > LONGEST_TEXT or "\\" in text or (not text.isprintable() and has_any(text, NEVER_PLAIN)):
        return False
    return not has_any(text, _MAYBE_ENCODED) or _ENCODED.search(text) is None


def _shape(word: str) -> str:
    if _DIGIT.search(word) is None and ":" not in word:
        return word
    if _QUAD.fullmatch(word) is not None:
        return word if is_special(IPv4Address(word)) else "\x01a"
    if has_any(word, ODD_DOTS):
        return word
    return VALUE.sub(class_of, word)


def class_of(match: re.Match[str]) -> str:
    """Return the class of a value, beginning with a control character that no other text has."""
    text, group = match[0], match.lastgroup
    match group:
        case "number":
            return _digits(text)
        case "v4":
            quad, port = cut_port(text)
            address = parse(quad)
            is_kept = address is None or is_special(address)
            return (quad if is_kept else "\x01a") + port.translate(_AS_ANY)
        case "v6":
            return _v6(text)
        case "mac":
            return text if text in NOBODYS_MACS else "\x01m"
        case "hex":
            return f"\x01{'x' if text[0].isdigit() else 'y'}{chr(_LENGTHS + len(text))}"
        case "id":
            name = text.rstrip("0123456789")
            return name + _digits(text[len(name) :])
        case "clock":
            return text.translate(_AS_ANY)
        case "uuid":
            return "\x01u"
        case "time":
            return "\x01t" + text[10:].translate(_AS_ANY)
        case _:
            return _digits(text)


def _digits(text: str) -> str:
    """Return a number with its digits replaced; the number of a card as it is."""
    return text if len(text) in _CARD and cards.is_card(text) else text.translate(_AS_ANY)


def cut_port(text: str) -> tuple[str, str]:
    """Return an IPv4 address and its port with the colon."""
    quad, colon, port = text.partition(":")
    return quad, colon + port


def _v6(text: str) -> str:
    address = parse(text)
    groups = text.split(":")
    if (
        address is None
        or address.version == 4
        or is_special(address)
        or getattr(address, "ipv4_mapped", None) is not None
        or not any(map(str.isdigit, text))
        or len(groups[-1]) > 4
        or all(len(group) == 2 for group in groups)
    ):
        return text
    return f"\x01{'b' if '::' in text else 'f'}"
