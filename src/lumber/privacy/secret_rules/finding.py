"""Find secrets by the declared tables of formats and of what is said before them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from lumber.privacy.found import SECRET, Detector, Found, Gate
from lumber.privacy.secret_rules.codes import CODES
from lumber.privacy.secret_rules.formats import FORMATS
from lumber.privacy.secret_rules.keyed import KEYED
from lumber.privacy.secret_rules.options import OPTIONS
from lumber.privacy.secret_rules.rule import SecretRule
from lumber.privacy.secret_rules.spoken import SPOKEN

# Values of which a part is a replaced secret.
_REPLACED = re.compile(r"\[secret:[a-z0-9_]++\]?|\[removed\]?|\[address\]?")
# `$DB_PASSWORD`, `${x}`.
_VARIABLE = re.compile(r"\$(?:[A-Z]{2,30}(?:_[A-Z0-9]{1,30}){1,5}|\{[\w.-]{1,60}\})")
# What stands for a name: `key user_64ce461896d958eb not found in map`.
_PSEUDONYM = re.compile(r"(?:user|host|mail|mac|ip|phone|id|own_[a-z0-9_]{1,40})_[0-9a-f]{16}(?:/.{0,80})?")
# Names of methods and formats, which also have digits in them.
_NO_PASSWORD = re.compile(
    r"(?i)(?:md5|sha-?[0-9]{1,3}|utf-?8|v?[0-9.]{1,16}|ssh2?|krb5|pkcs[0-9]{1,2}|scram-[\w-]{1,20}|ntlmv?2?"
    r"|aes[\w-]{0,12}"
    r"|\$[a-z]{2,30}(?:_[a-z0-9]{1,30}){1,5}|\$\{[\w.-]{1,60}\}?"
    r"|base64|[0-9]{1,3}(?:s|d|ms|min|h)|x509|oauth2?|pam[\w-]{0,12}|user_[0-9a-f]{16}|https?:.*+)"
)
_MIN_PASSWORD = 4
RULES = (*FORMATS, *SPOKEN, *OPTIONS, *KEYED, *CODES)
# Runs of letters of one case and of digits: many short ones are random.
_RUN = re.compile(r"[A-Z]?[a-z]++|[A-Z]++|[0-9]++")
_SIGNS = re.compile(r"[^A-Za-z0-9]++")
# Hexadecimal digits are random whatever they are, because texts of one shape differ only in them.
_HEX = re.compile(r"(?=[0-9]*+[a-f])(?=[a-f]*+[0-9])[0-9a-f]++")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# What clusters call their objects: `web-tls-5f3a9c44d1`, `default/db-credentials-7f9c`.
_KEBAB = re.compile(r"[a-z]{2,20}(?:[/-][a-z]{2,20}){1,8}-[a-z0-9]{1,16}")
_MIN_RANDOM = 16
# Random letters change their case more than once.
_CHANGE, _MIN_LETTERS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z]{2})(?=[a-z])"), 8
_MIN_LONG = 20
_LETTERS_AND_DIGITS = re.compile(r"(?i)(?=.{0,250}?[bcdfghjklmnpqrstvwxz]{4})[a-z]*+[0-9]++[a-z]++[0-9]")
# How long runs are on average at most; names with a number have few digits.
_LONGEST_RUN, _LONGEST_WITH_FEW_DIGITS, _FEW = 4.4, 3.0, 0.1


@cache
def maybe(*, of_words: bool) -> str:
    """Return a pattern in the syntax of Polars that every text with such a secret matches."""
    rules = [rule for rule in RULES if rule.is_word is of_words]
    marks = {mark for rule in rules if not rule.shape for mark in rule.marks}
    # A mark within another one says the same.
    shortest = {mark for mark in marks if not any(other != mark and other in mark for other in marks)}
    escaped = [re.escape(mark).replace("\\ ", " ") for mark in sorted(shortest)]
    return f"(?i:{'|'.join([*escaped, *(rule.shape for rule in rules if rule.shape)])})"


def _detector(rules: Sequence[SecretRule]) -> Detector:
    gate = Gate([rule.marks for rule in rules], [f"(?i){rule.shape}" if rule.shape else "" for rule in rules])

    def detect(text: str, start: int, end: int) -> Iterator[Found]:
        found = []
        for place in gate.of(text):
            rule = rules[place]
            for match in rule.compiled.finditer(text, start, end):
                for group in match.re.groupindex:
                    found += _found(match, rule, group)
        last = start
        for item in sorted(found, key=lambda item: (item.start, -item.end)):
            if item.start >= last:
                yield item
                last = item.end

    return detect


def _found(match: re.Match[str], rule: SecretRule, group: str) -> list[Found]:
    start, end = match.span(group)
    if start < 0:
        return []
    if end - start > 1 and match.string[start] in "\"'":
        end -= match.string[end - 1] == match.string[start]
        start += 1
    value = match.string[start:end]
    if rule.is_checked:
        value = value.rstrip(".!?:")
        end = start + len(value)
        if not _is_password(value):
            return []
    if rule.is_random:
        value = value.rstrip(".-~/")
        end = start + len(value)
        if not is_random(value):
            return []
    if end <= start or _VARIABLE.fullmatch(value) or _REPLACED.search(value) or _PSEUDONYM.fullmatch(value):
        return []
    return [Found(start, end, SECRET + rule.type, "")]


def _is_password(value: str) -> bool:
    """Return whether a value doesn't read as a word of prose: it has letters, and digits or other signs."""
    if len(value) < _MIN_PASSWORD or _NO_PASSWORD.fullmatch(value) or "=" in value or "(" in value:
        return False
    if not any(map(str.isalpha, value)):
        return False
    if len(value) >= _MIN_LETTERS and len(_CHANGE.findall(value)) > 1:
        return True
    return any(map(str.isdigit, value)) or any(char in "!#$%&*+@^~?" for char in value)


def is_random(value: str) -> bool:
    """Return whether a value reads as a random string: letters and digits that change often, and no uuid.

    Words, paths, dates and names with numbers have long runs of one kind. Which digits they are makes no
    difference.
    """
    if len(value) < _MIN_RANDOM or _UUID.fullmatch(value) or _is_object_name(value):
        return False
    digits = sum(map(str.isdigit, value))
    if not any(map(str.isalpha, value)):
        return False
    if _HEX.fullmatch(value):
        return True
    joined = _SIGNS.sub("", value)
    # Digits in several places between letters that nobody can pronounce.
    if joined == value and len(value) >= _MIN_LONG and _LETTERS_AND_DIGITS.match(value):
        return True
    limit = _LONGEST_WITH_FEW_DIGITS if digits < _FEW * len(value) else _LONGEST_RUN
    is_mixed = len(joined) / len(_RUN.findall(joined)) < limit
    return is_mixed and len(_SIGNS.findall(value)) * 4 < len(value)


def _is_object_name(value: str) -> bool:
    # Codes to type have groups of one length.
    return _KEBAB.fullmatch(value) is not None and len({len(part) for part in _SIGNS.split(value)}) > 1


find_tokens = _detector([rule for rule in RULES if rule.is_word])
find_spoken = _detector([rule for rule in RULES if not rule.is_word])
