"""Finds everything that a rule speaks of in a text, in two steps.

Phrases are what has spaces in it or is told by the words around: private keys, named secrets, card numbers,
users. Words are the rest, which can be found in each piece between spaces alone; the same pieces come again
and again, so that each is looked at once. The second step looks at what the first has left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from lumber.pipeline.privacy import addresses, identifiers, known_secrets, users
from lumber.pipeline.privacy.found import HOST, Detector, Found, find, has_any
from lumber.pipeline.privacy.rule import AddressMode, Identifier, PrivacyRule

# Spaces end a piece and belong to it: all pieces together are the text.
PIECES = r"[^ \t\r\n]*[ \t\r\n]+|[^ \t\r\n]+"
# The same for Python, which would otherwise try every shorter piece.
_PIECE = re.compile(r"[^ \t\r\n]*+[ \t\r\n]++|[^ \t\r\n]++")
_SPACE = re.compile(r"\s")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(r"\\u00([0-7][0-9A-Fa-f])")
_ENCODED = r"%[0-9A-Fa-f]{2}|\\u00[0-7]"
# Nobody encodes something more often than that.
_ROUNDS = 3
_TOKEN_AHEAD = r"(?!_[0-9a-f]{16})"

# A pattern that fits nothing.
_NEVER = r"[^\s\S]"

Names = tuple[str, ...]


class TextFinder:
    """Finds what a rule speaks of. `names` are names of hosts to look for besides, in any case."""

    def __init__(self, rule: PrivacyRule) -> None:
        has = rule.identifiers.__contains__
        phrases: list[Detector] = []
        words: list[Detector] = []
        maybe_phrase: list[str] = []
        maybe_word: list[str] = [_ENCODED]
        if rule.removes_secrets:
            phrases += [
                known_secrets.find_private_keys,
                known_secrets.find_named,
                known_secrets.find_headers,
                known_secrets.find_schemes,
                known_secrets.find_cards,
            ]
            words += [known_secrets.find_formats, known_secrets.find_url_passwords]
            maybe_phrase.append(known_secrets.MAYBE_PHRASE)
            maybe_word.append(known_secrets.MAYBE)
        if has(Identifier.USER):
            phrases.append(_users_but_mails if has(Identifier.EMAIL) else users.find_users)
            maybe_phrase.append(users.MAYBE)
        if has(Identifier.USER):
            # Before addresses: what is found cuts the text, and a user is told by the address behind it.
            words.append(identifiers.find_users_at)
        if rule.addresses is not AddressMode.KEEP:
            words.append(addresses.find_addresses)
            maybe_word.append(addresses.MAYBE)
        if has(Identifier.MAC):
            words.append(identifiers.find_macs)
        if has(Identifier.EMAIL):
            words.append(identifiers.find_mails)
        if rule.identifiers:
            maybe_word.append(identifiers.MAYBE)
        self._phrases, self._words = phrases, words
        self._has_hosts = has(Identifier.HOST)
        # Patterns for Polars: a text or piece in which anything can be found has one of them.
        self.maybe_phrase = "|".join(maybe_phrase) or _NEVER
        self.maybe_word = "|".join(maybe_word)

    def phrases(self, text: str, names: Names = ()) -> list[Found]:
        """Find what is told by several words; of the names those with spaces."""
        return find(text, [*self._phrases, *self._hosts(text, names, has_spaces=True)])

    def words(self, text: str, names: Names = ()) -> list[Found]:
        """Find what has no spaces in it."""
        return find(text, [*self._words, *self._hosts(text, names, has_spaces=False)])

    def everything(self, text: str, names: Names = ()) -> list[Found]:
        """Find both in one step."""
        hosts = [
            *self._hosts(text, names, has_spaces=True),
            *self._hosts(text, names, has_spaces=False),
        ]
        return find(text, [*self._phrases, *self._words, *hosts])

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
    """Return a text without percent-encoding and JSON escapes of ASCII; None when it has neither."""
    result = text
    for _ in range(_ROUNDS):
        before = result
        if "\\u00" in result:
            result = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), result)
        if _PERCENT.search(result):
            result = unquote(result, errors="replace")
        if result == before:
            break
    return None if result == text else result


def _users_but_mails(text: str, start: int, end: int) -> Iterator[Found]:
    return (item for item in users.find_users(text, start, end) if not identifiers.is_mail(item.value))


@lru_cache(maxsize=8_192)
def _host_detector(names: Names) -> Detector:
    """Find names of hosts as whole words: neither a letter nor a digit stands beside one."""
    ordered = sorted(names, key=len, reverse=True)
    body = "|".join(re.escape(name) for name in ordered)
    pattern = re.compile(rf"(?<![^\W_])(?:{body})(?![^\W_]){_TOKEN_AHEAD}", re.IGNORECASE)

    def detect(text: str, start: int, end: int) -> Iterator[Found]:
        for match in pattern.finditer(text, start, end):
            yield Found(match.start(), match.end(), HOST, match[0].lower())

    return detect
