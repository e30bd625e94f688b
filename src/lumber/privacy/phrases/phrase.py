"""Phrase: a pattern with the names of users or hosts, in the words of one daemon."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

# The parts of patterns. A name ends at a space or at a sign that daemons put around names.
_USER = r"[^\s:;,'\"`()\[\]{}<>=|/\\]++"
# Neither an IPv6 or hardware address, nor the beginning of an e-mail address or of an encoded word.
_HOST = r"[^\W_](?:[\w.-]*+)(?!:[0-9A-Fa-f]{0,4}:|@|%[0-9A-Fa-f]{2})"
USER = rf"(?P<user>{_USER})"
HOST = rf"(?P<host>{_HOST})"
# A name with a sign or a digit, unlike most words.
NAMED = (
    r"(?![0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-)(?=[A-Za-z][\w.-]{0,80}?[\d.-][\w.-]{0,80}\w)"
    r"(?P<host>[A-Za-z][\w.-]*+)"
)
# A name before the `@` of a host.
USER_AT = r"(?P<user>[^\s@:;,'\"`()\[\]{}<>=|/\\]++)"
# A name in signs that may also miss.
QUOTED = rf"[\"'`<\[]?{USER}"
# What may be an address, as it is or replaced.
ADDRESS = r"\[?(?:[0-9A-Fa-f:.]{2,45}+|ip_[0-9a-f]{16}|address)\]?"
_GROUP = re.compile(r"\(\?P<(user|host)>")
# Spaces between words; a repeat with a bound never takes long.
S = r"\s{1,8}"
S0 = r"\s{0,8}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A pattern of one daemon.

    `marks` is the gate: a text whose lower case contains none of them can't match. The groups `user` and
    `host`, each of which may occur more than once, are what is found. In `example`, what is found is between
    « and »; nothing may be found in `counter`. `folds_case` says that the daemon's users are the same in any
    case. No pattern depends on the values of digits, unless `reads_digits` says so. `hint` is for marks that
    most texts have: a simpler pattern, also in the syntax of Polars, which every text has where this finds
    anything. With `is_checked`, a name of several words has no ordinary word among them.
    """

    source: str
    marks: tuple[str, ...]
    pattern: str
    example: str
    counter: str
    folds_case: bool = False
    reads_digits: bool = False
    hint: str = ""
    is_checked: bool = False
    compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbers = itertools.count()
        pattern = _GROUP.sub(lambda match: f"(?P<{match[1]}_{next(numbers)}>", self.pattern)
        object.__setattr__(self, "compiled", re.compile(pattern))
