"""User names in texts, where a known pattern precedes them.

Found: `user=`, `username:`, `login=`, `account:` and their like; `user NAME`; sshd's `password for NAME`;
cron's `(NAME) CMD`; su, sudo and PAM; logins on terminals; home folders. Not found: a name on its own,
such as `NAME logged in`, and Windows names after their domain and a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lumber.privacy.addresses import parse
from lumber.privacy.found import USER, Found, at_marks, has_any

# A text with such a pattern matches this, in the syntax of Polars.
MAYBE = (
    r"(?i:user|uid=|uname|usr|login|logname|acct|account|role|owner|home[/\\]"
    r"|\bfor\s|\bby\s|\(to\s|\bsu\b|sudo)|\)\s+[A-Z]|\s:\s"
)
_NAME = r"(?P<name>[^\s:;,'\"()\[\]{}<>=|/\\]++)"
_FIELD = (
    # Names of the Elastic Common Schema and of OpenTelemetry have their parents before dots.
    r"(?:[\w-]{1,64}+\.){0,8}(?:(?:src|dst|source|target|remote|local|effective|subject|client|db|auth|invalid)[._-]?)?"
    r"(?:user[._-]?(?:full[._-]?)?name|users?[._-]?(?:name|id)|user|uname|usr|login[._-]?name|login|logname|acct"
    r"|account[._-]?(?:name|id)|account|owner[._-]?name|owner|author[._-]?name|author)|[sdr]user"
)
_IS_FIELD = re.compile(_FIELD, re.IGNORECASE)
_FIELD_MARKS = ("user", "uname", "usr", "login", "logname", "acct", "account", "owner", "author")
# From the mark on; what precedes it belongs to the field's name.
_VALUE = re.compile(
    r"(?<!/)(?:user|uname|usr|login|logname|acct|account|owner|author)(?:[._-]?(?:name|id))?(?:\\*+[\"'])?"
    r"(?:\s{1,8}=>?\s{1,8}|=>?|:(?![:/])\s{0,8})\\*+[\"']?(?P<name>[^\s,;&\"'()\[\]{}<>|\\=]++)",
    re.IGNORECASE,
)
# The same with spaces in the name.
_QUOTED_VALUE = re.compile(
    r"(?:user|login|account|owner|author)(?:[._-]?name)?(?:\\*+[\"'])?\s{0,8}[=:]\s{0,8}"
    r"(?P<quote>\\{0,3}[\"'])(?P<name>[^\"'\\\s=:,;{}\[\]()<>]{1,64}+"
    r"(?: [^\"'\\\s=:,;{}\[\]()<>]{1,64}+){1,3})(?P=quote)",
    re.IGNORECASE,
)
# Each with the lower-case text that a match contains.
_PATTERNS = tuple(
    (marks, re.compile(pattern))
    for marks, pattern in (
        # Placeholders such as `[address]` stand for earlier matches.
        (
            ("user",),
            rf"(?i)(?<![\w./-])user\s{{1,8}}(?:[\"'`<]|\[(?!(?:secret:|address\]|removed\])))?{_NAME}",
        ),
        (("uid=",), r"[=,][0-9]{1,10}\((?P<name>[^\s()]++)\)"),
        (
            ("for",),
            r"(?i)\b(?:password|publickey|keyboard-interactive(?:/pam)?|hostbased|none|gssapi[\w-]{0,20}"
            rf"|failure|exceeded|attempts?|logins?|challenge)\s{{1,8}}for\s{{1,8}}[\"'`]?{_NAME}",
        ),
        (
            (") ",),
            r"\((?P<name>[^\s()]++)\)\s{1,8}"
            r"(?:CMD|RELOAD|LIST|REPLACE|BEGIN EDIT|END EDIT|INFO|MAIL|AUTH|ORPHAN)\b",
        ),
        (("(to ",), rf"\(to\s{{1,8}}{_NAME}\)"),
        (("(to ",), rf"\(to\s{{1,8}}[^\s()]{{1,64}}\)\s{{1,8}}{_NAME}\s{{1,8}}on\b"),
        (("su",), rf"(?i)\bsu(?:\[[0-9]++\])?:?\s{{1,8}}for\s{{1,8}}{_NAME}\s{{1,8}}by\b"),
        (("su",), rf"(?i)\bsu(?:\[[0-9]++\])?:?\s{{1,8}}for\s{{1,8}}\S{{1,64}}\s{{1,8}}by\s{{1,8}}{_NAME}"),
        (("(uid=",), rf"\b(?:by|user|from)\s{{1,8}}{_NAME}\(uid="),
        (
            (" :", "\t:"),
            rf"(?:^|\bsudo(?:\[[0-9]++\])?:|\]|\s-\s)\s{{0,8}}{_NAME}\s{{1,8}}:\s{{1,8}}"
            r"(?:[0-9]++ incorrect password|TTY=|PWD=|USER=|COMMAND=|user NOT|command not|problem with"
            r"|a password)",
        ),
        (("login on",), rf"\bLOGIN ON \S{{1,32}} BY {_NAME}"),
        (("failed login",), rf"\bFAILED LOGIN\b.{{0,200}}?\bFOR\s{{1,8}}[\"'`]?{_NAME}"),
        (
            ("home/", "home\\", "users/", "users\\"),
            r"(?i)[/\\]{1,2}(?:home|users)[/\\]{1,2}(?P<name>[^\s/\\:;,'\"<>|()\]}&?#]++)",
        ),
        (
            # {"user": {"id": 5, "name": "NAME"}}
            ("user", "account", "login", "owner"),
            r"(?i)(?:user|account|login|owner)\\*+[\"']\s{0,8}:\s{0,8}\{(?:[^{}]{0,200}?[\s,])?\\*+[\"']name"
            r"\\*+[\"']\s{0,8}:\s{0,8}\\*+[\"'](?P<name>[^\s,;&\"'()\[\]{}<>|\\=]++)",
        ),
        (("role",), rf"(?i)\brole\s{{1,8}}\\?[\"']{_NAME}"),
        ((" name:",), rf"(?i)\b(?:account|user) name:\s{{1,24}}{_NAME}"),
    )
)
# Words that follow "user" without being a name.
_WORDS = """
    a account accounts added adding agent an and are as at authenticated authentication by can cannot
    changed configuration connected could count created creation data database deleted denied did
    directory disabled disconnected does doesn't enabled error errors exists failed file for from group
    groups has have home id ids if in information input interface invalid illegal is it known limit list
    locked logged login logins logon logout manager mode must name names namespace no none not null of
    on or password process processes profile removed request requested requests root's runtime service
    services session sessions settings shell should slice space state status system table the this to
    token unit unknown unlocked user users via was were who will with without - -- + * ? n/a % undefined
    false true
"""
_NO_NAMES = frozenset(_WORDS.split())


@lru_cache(maxsize=4_096)
def is_user_field(name: str) -> bool:
    """Return whether a field of this name contains a user name."""
    return _IS_FIELD.fullmatch(name) is not None


def find_users(text: str, start: int, end: int) -> Iterator[Found]:
    """Find user names, unchanged. An address isn't one; an e-mail address is."""
    lower = text[start:end].lower()
    matches = list(at_marks(_QUOTED_VALUE, _FIELD_MARKS, text, start, end))
    matches += at_marks(_VALUE, _FIELD_MARKS, text, start, end)
    for marks, pattern in _PATTERNS:
        if has_any(lower, marks):
            matches.extend(pattern.finditer(text, start, end))
    found: dict[int, Found] = {}
    for match in matches:
        name = match["name"].rstrip(".!?")
        at = match.start("name")
        if name and name.lower() not in _NO_NAMES and parse(name) is None:
            found.setdefault(at, Found(at, at + len(name), USER, name))
    end_of_last = start
    for item in sorted(found.values()):
        if item.start >= end_of_last:
            yield item
            end_of_last = item.end
