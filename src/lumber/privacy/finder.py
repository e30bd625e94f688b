"""Find all values that a rule covers in a text, in two steps.

Phrases contain spaces or depend on the words around them: private keys, named secrets, card numbers, users.
Words are all other values; a single piece between spaces is enough to find them. Pieces repeat often, so each
distinct piece is searched once. The second step searches what the first step left.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from urllib.parse import unquote

from lumber.privacy import address_context, addresses, cards, identifiers, known_secrets, macs
from lumber.privacy.address_context import Beside
from lumber.privacy.found import HOST, SECRET, USER, Detector, Found, Names, find, has_any
from lumber.privacy.ids import finding as ids
from lumber.privacy.phrases import finding
from lumber.privacy.phrases.directories import DOMAIN_AND_USER
from lumber.privacy.rule import AddressMode, Identifier, PrivacyRule
from lumber.privacy.secret_rules import finding as secret_rules
from lumber.privacy.sieve import EVERY, Sieve

# A piece includes the spaces that end it: all pieces together are the text.
PIECES = r"[^ \t\r\n]*[ \t\r\n]+|[^ \t\r\n]+"
# The same for Python, which would otherwise try every shorter piece.
_PIECE = re.compile(r"[^ \t\r\n]*+[ \t\r\n]++|[^ \t\r\n]++")
_SPACE = re.compile(r"\s")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
# Escapes of JSON and of programs, and those of syslog daemons: `#012`. Repeated
# escaping of the backslash makes no difference.
_ESCAPE = re.compile(
    r"\\++(?:(?P<unit>u[0-9A-Fa-f]{4}(?:\\++u[0-9A-Fa-f]{4})*+)|x(?P<byte>[0-9A-Fa-f]{2})|(?P<octal>0[0-7]{2})"
    r"|(?P<slash>/))|#(?P<sharp>0[0-7]{2})"
)
_UNIT = re.compile(r"u([0-9A-Fa-f]{4})")
_ENCODED = r"%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|[\\#]0[0-7]{2}"
# The characters of such escapes, and of colour codes, are not part of a word.
_BORDER = re.compile(
    r"(?:\\++(?:[nrtbf]|u(?!00[2-7])[0-9A-Fa-f]{4}|x[0189A-Fa-f][0-9A-Fa-f]|0[0-3][0-7])|#0[0-3][0-7]|\x1b"
    r"|%(?:[01][0-9A-Fa-f]|2[0278Cc9]|3[BbCcEe]|[57][BbDd]))"
    r"(?:\[[0-9;]{0,16}[A-HJKmhl])?"
)
_BORDER_MARKS = ("\\", "#0", "\x1b", "%")
# Text encoded more often than this is not decoded.
_ROUNDS = 3
_TOKEN_AHEAD = r"(?!_[0-9a-f]{16})"

# A pattern that matches nothing.
_NEVER = r"[^\s\S]"


class TextFinder:
    """Finds the values that a rule covers. `names` are additional host names to find, in any case."""

    def __init__(self, rule: PrivacyRule) -> None:
        has = rule.identifiers.__contains__
        phrases: list[tuple[Detector, str]] = []
        words: list[Detector] = []
        maybe_phrase: list[str] = []
        maybe_word: list[str] = [_ENCODED]
        self._denied = rule.own.detectors()
        if rule.own.deny:
            phrases += [(each, EVERY) for each in self._denied]
            maybe_phrase.append(rule.own.maybe)
        if rule.removes_secrets:
            phrases += [
                *known_secrets.SIEVED,
                # It has a gate of its own, as names have.
                (secret_rules.find_spoken, EVERY),
            ]
            words += [
                known_secrets.find_formats,
                known_secrets.find_url_passwords,
                secret_rules.find_tokens,
            ]
            maybe_phrase.append(secret_rules.maybe(of_words=False))
            maybe_word.append(secret_rules.maybe(of_words=True))
            maybe_phrase.append(known_secrets.MAYBE_PHRASE)
            maybe_word.append(known_secrets.MAYBE)
        if has(Identifier.MAC):
            # Before names: the word before a hardware address may be one that names a host.
            phrases.append((macs.find_keyed_macs, macs.ANY))
            maybe_phrase.append(macs.MAYBE)
        numbers = [type_ for type_ in ids.TYPES if type_ in rule.identifiers]
        self._ids = ids.detectors(numbers)
        if numbers:
            phrases += [(ids.DETECTORS[type_], ids.ANY[type_]) for type_ in numbers]
            maybe_phrase.append(ids.maybe(numbers))
        if rule.removes_secrets:
            # After IBANs and telephone numbers, of which some digits may be those of a card.
            phrases.append((cards.find_cards, cards.QUICK))
        named = [str(each) for each in (Identifier.USER, Identifier.HOST) if has(each)]
        if named:
            names = finding.name_detector(named)
            phrases.append((_but_mails(names) if has(Identifier.EMAIL) else names, EVERY))
            maybe_phrase.append(finding.maybe(frozenset(named)))
        if has(Identifier.USER):
            # Before addresses: a match cuts the text, and the address that follows identifies a user.
            words.append(identifiers.find_users_at)
        if has(Identifier.HOST):
            words.append(finding.find_inner_hosts)
            maybe_word.append(finding.MAYBE_INNER)
        if rule.addresses is not AddressMode.KEEP:
            words.append(addresses.find_addresses)
            maybe_word.append(addresses.MAYBE)
        if has(Identifier.MAC):
            words.append(identifiers.find_macs)
        if has(Identifier.EMAIL):
            words.append(identifiers.find_mails)
        if rule.identifiers:
            maybe_word.append(identifiers.MAYBE)
        self._has_addresses = rule.addresses is not AddressMode.KEEP
        # A text matches this, in the syntax of Polars, if the words in it may tell about numbers.
        self.maybe_context = address_context.MAYBE if self._has_addresses else _NEVER
        self._phrases, self._words = [detector for detector, _ in phrases], words
        self._sieve = Sieve([pattern for _, pattern in phrases])
        self._has_hosts = has(Identifier.HOST)
        # Patterns for Polars: a text or piece with anything to find matches one of them.
        self.maybe_phrase = "|".join(maybe_phrase) or _NEVER
        self.maybe_word = "|".join(maybe_word)

    def phrases(self, text: str, names: Names = ()) -> list[Found]:
        """Find the values that depend on several words, and names with spaces."""
        places = self._sieve.places(text)
        phrases = self._phrases if places is None else [self._phrases[place] for place in places]
        return _find(text, [*phrases, *self._hosts(text, names, has_spaces=True)])

    def words(self, text: str, names: Names = ()) -> list[Found]:
        """Find the values without spaces."""
        return _find(text, [*self._words, *self._hosts(text, names, has_spaces=False)])

    def beside(self, text: str) -> Beside | None:
        """Return what the words of a text tell about its numbers; None if nothing."""
        return address_context.beside(text) if self._has_addresses else None

    def everything(self, text: str, names: Names = ()) -> list[Found]:
        """Find phrases and words in one step."""
        hosts = [
            *self._hosts(text, names, has_spaces=True),
            *self._hosts(text, names, has_spaces=False),
        ]
        return _find(text, [*self._phrases, *self._words, *hosts])

    def told(self, field: str, value: str) -> list[Found]:
        """Find the numbers in a value of JSON whose field's name tells what it is."""
        return ids.find_told(field, value, self._ids) if self._ids else []

    def denied(self, text: str) -> list[Found]:
        """Find what the owner's rules always replace."""
        return find(text, self._denied)

    def _hosts(self, text: str, names: Names, *, has_spaces: bool) -> list[Detector]:
        if not names or not self._has_hosts or not has_any(text.lower(), names):
            return []
        chosen = _chosen(names, has_spaces)
        return [_host_detector(chosen)] if chosen else []


@lru_cache(maxsize=8_192)
def _chosen(names: Names, has_spaces: bool) -> Names:
    return tuple(name for name in names if (_SPACE.search(name) is not None) is has_spaces)


def pieces(text: str) -> list[str]:
    """Cut a text into pieces that end with spaces; together they are the text."""
    return _PIECE.findall(text)


def decoded(text: str) -> str | None:
    """Return a text without percent-encoding and escapes; None if it has neither.

    Escapes of control characters stay, because they separate words.
    """
    result = text
    for _ in range(_ROUNDS):
        before = result
        if "\\" in result or "#0" in result:
            result = _ESCAPE.sub(_unescaped, result)
        if _PERCENT.search(result):
            result = unquote(result, errors="replace")
        if result == before:
            break
    return None if result == text else result


def _unescaped(match: re.Match[str]) -> str:
    if match["slash"]:
        return "/"
    if match["unit"]:
        codes = [int(code, 16) for code in _UNIT.findall(match["unit"])]
        units = b"".join(code.to_bytes(2, "little") for code in codes)
        text = units.decode("utf-16-le", errors="replace")
        return "".join([char if _is_shown(char) else f"\\u{ord(char):04x}" for char in text])
    code = match["octal"] or match["sharp"]
    char = chr(int(code, 8) if code else int(match["byte"], 16))
    return char if _is_shown(char) else match[0]


def _is_shown(char: str) -> bool:
    return char.isprintable() or char == "\u00a0"


def _find(text: str, detectors: Sequence[Detector]) -> list[Found]:
    """Apply all detectors, also directly after an escape, whose last letter would hide a value."""
    found = find(text, detectors)
    if not has_any(text, _BORDER_MARKS):
        return found
    borders = _borders(text)
    if not borders:
        return found
    spaced, at = "", 0
    for start, end in borders:
        spaced += text[at:start] + " " * (end - start)
        at = end
    spaced += text[at:]
    behind = find(spaced, detectors)
    if behind == found:
        return found
    kept = [item for item in found if not _is_cut_wrong(item, borders, behind)]
    return sorted(kept + [item for item in behind if not _overlapping(item, kept)])


def _borders(text: str) -> list[tuple[int, int]]:
    """Return where escapes are; what follows the domain of a Windows user isn't one, as in `CORP\\bob`."""
    borders = [match.span() for match in _BORDER.finditer(text)]
    if borders and "\\" in text:
        domains = {match.end("domain") for match in DOMAIN_AND_USER.finditer(text)}
        borders = [border for border in borders if border[0] not in domains]
    return borders


def _is_cut_wrong(item: Found, borders: Sequence[tuple[int, int]], behind: Sequence[Found]) -> bool:
    """Return whether a match includes part of an escape, or is only part of a longer value."""
    others = _overlapping(item, behind)
    if not others:
        return False
    at = bisect_left(borders, item.start, key=itemgetter(0))
    if at and borders[at - 1][1] > item.start:
        return True
    if any(other.start <= item.start and item.end <= other.end for other in others if other[:2] != item[:2]):
        return True
    # A secret may contain anything.
    return not item.type.startswith(SECRET) and at < len(borders) and borders[at][0] < item.end


def _overlapping(item: Found, others: Sequence[Found]) -> Sequence[Found]:
    """Return the matches that overlap an item. They are sorted and disjoint."""
    end = bisect_left(others, item.end, key=itemgetter(0))
    start = bisect_right(others, item.start, 0, end, key=itemgetter(1))
    return others[start:end]


def _but_mails(detector: Detector) -> Detector:
    """Leave users that are e-mail addresses to the detector of e-mail addresses."""

    def detect(text: str, start: int, end: int) -> Iterator[Found]:
        return (
            item
            for item in detector(text, start, end)
            if item.type != USER or not identifiers.is_mail(item.value)
        )

    return detect


def _beside(char: str) -> str:
    return "[A-Za-z0-9]" if char.isascii() else r"[^\W_]"


@lru_cache(maxsize=8_192)
def _host_detector(names: Names) -> Detector:
    """Find host names as whole words: no letter or digit next to them.

    For an ASCII name, only ASCII letters count: some languages put no space between words.
    """
    ordered = sorted(names, key=len, reverse=True)
    bodies = [
        rf"(?<!{_beside(name[0])}){re.escape(name)}(?!{_beside(name[-1])}){_TOKEN_AHEAD}" for name in ordered
    ]
    pattern = re.compile("|".join(bodies), re.IGNORECASE)

    def detect(text: str, start: int, end: int) -> Iterator[Found]:
        for match in pattern.finditer(text, start, end):
            yield Found(match.start(), match.end(), HOST, match[0].lower())

    return detect
