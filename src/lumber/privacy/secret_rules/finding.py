"""Find secrets by the declared tables of formats and of what is said before them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lumber.privacy.found import SECRET, Detector, Found, Gate
from lumber.privacy.secret_rules.formats import FORMATS
from lumber.privacy.secret_rules.rule import SecretRule
from lumber.privacy.secret_rules.spoken import SPOKEN

# Values of which a part is a replaced secret.
_REPLACED = re.compile(r"\[secret:[a-z0-9_]++\]?|\[removed\]?|\[address\]?")
# Names of methods and formats, which also have digits in them.
_NO_PASSWORD = re.compile(
    r"(?i)(?:md5|sha-?[0-9]{1,3}|utf-?8|v?[0-9.]{1,16}|ssh2?|krb5|pkcs[0-9]{1,2}|scram-[\w-]{1,20}|ntlmv?2?"
    r"|aes[\w-]{0,12}"
    r"|base64|[0-9]{1,3}(?:s|d|ms|min|h)|x509|oauth2?|pam[\w-]{0,12}|user_[0-9a-f]{16}|https?:.*+)"
)
_MIN_PASSWORD = 4


def maybe(*, of_words: bool) -> str:
    """Return a pattern in the syntax of Polars that every text with such a secret matches."""
    rules = [rule for rule in (*FORMATS, *SPOKEN) if rule.is_word is of_words]
    marks = {mark for rule in rules if not rule.shape for mark in rule.marks}
    # A mark within another one says the same.
    shortest = {mark for mark in marks if not any(other != mark and other in mark for other in marks)}
    escaped = [re.escape(mark).replace("\\ ", " ") for mark in sorted(shortest)]
    return f"(?i:{'|'.join([*escaped, *(rule.shape for rule in rules if rule.shape)])})"


def _detector(rules: Sequence[SecretRule]) -> Detector:
    gate = Gate([rule.marks for rule in rules])

    def detect(text: str, start: int, end: int) -> Iterator[Found]:
        found = []
        for place in gate.of(text):
            rule = rules[place]
            for match in rule.compiled.finditer(text, start, end):
                found += _found(match, rule)
        last = start
        for item in sorted(found, key=lambda item: (item.start, -item.end)):
            if item.start >= last:
                yield item
                last = item.end

    return detect


def _found(match: re.Match[str], rule: SecretRule) -> list[Found]:
    start, end = match.span("value")
    if end - start > 1 and match.string[start] in "\"'":
        end -= match.string[end - 1] == match.string[start]
        start += 1
    value = match.string[start:end]
    if rule.is_checked:
        value = value.rstrip(".!?:")
        end = start + len(value)
        if not _is_password(value):
            return []
    if end <= start or _REPLACED.search(value):
        return []
    return [Found(start, end, SECRET + rule.type, "")]


def _is_password(value: str) -> bool:
    """Return whether a value doesn't read as a word of prose: it has letters, and digits or other signs."""
    if len(value) < _MIN_PASSWORD or _NO_PASSWORD.fullmatch(value) or "=" in value or "(" in value:
        return False
    if not any(map(str.isalpha, value)):
        return False
    return any(map(str.isdigit, value)) or any(char in "!#$%&*+@^~?" for char in value)


find_tokens = _detector([rule for rule in (*FORMATS, *SPOKEN) if rule.is_word])
find_spoken = _detector([rule for rule in (*FORMATS, *SPOKEN) if not rule.is_word])
