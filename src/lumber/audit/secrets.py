"""Keeps secrets out of the audit trail: it can't be changed afterwards, and many people may read it."""

from __future__ import annotations

import re
from functools import cache

WITHHELD = "(withheld: it looks like a secret)"

# Keys whose issuers gave them a form, and the ways in which passwords are usually written.
_SECRET = r"""
    lmb_[0-9A-Za-z]+_[0-9A-Za-z_-]{16,}                         # a key of Lumber
    | -----BEGIN [A-Z ]*PRIVATE\ KEY
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b
    | \bgh[pousr]_[0-9A-Za-z]{30,} | \bgithub_pat_[0-9A-Za-z_]{30,}
    | \bglpat-[0-9A-Za-z_-]{18,} | \bxox[abeoprs]-[0-9A-Za-z-]{10,}
    | \b(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{16,} | \bsk-[0-9A-Za-z_-]{20,}
    | \bhf_[0-9A-Za-z]{30,} | \bAIza[0-9A-Za-z_-]{35}
    | \beyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.               # a JSON Web Token
    | \$(?:argon2(?:id|i|d)|2[abxy]|5|6|y)\$                    # a hash of a password
    | [a-z][a-z0-9+.-]*://[^\s/?\#@]*:[^\s/?\#@]+@              # a password in an address
    | (?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|credential)s?\s*[=:]\s*\S
    | \bauthorization\s*: | \bbearer\s+[0-9A-Za-z._~+/-]{8,}
    | \A\s*[0-9A-Fa-f]{64}\s*\Z                                 # 256 bits in hex, such as a privacy key
    """
# In lower case: every secret has one of them. They are looked for first, because compiling the expression
# takes time when an export starts.
_SIGNS = (
    *("lmb_", "private key", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"),
    *("xox", "sk_", "rk_", "sk-", "hf_", "aiza", "eyj", "$argon2", "$2", "$5", "$6", "$y", "://"),
    *("pass", "pwd", "secret", "token", "api", "access", "credential", "authorization", "bearer"),
)
_KEY_LENGTH = 64


def without_secret(text: str) -> str:
    """Return the text, or WITHHELD if it contains what looks like a key or a password."""
    lowered = text.lower()
    is_suspect = len(text) >= _KEY_LENGTH or any(sign in lowered for sign in _SIGNS)
    return WITHHELD if is_suspect and _compiled().search(text) else text


@cache
def _compiled() -> re.Pattern[str]:
    return re.compile(_SECRET, re.IGNORECASE | re.VERBOSE)
