"""SecretRule: what a secret looks like, or what is written before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# A value without quotes, and what is between a name and its value.
BARE = r"[^\s\"'<>,;)\]}]++"
SIGN = r"(?:\\{0,3}[\"'])?\s{0,2}(?:=>|:=|=|:)\s{0,2}(?:\\{0,3}[\"'`<(])?"


@dataclass(frozen=True, slots=True)
class SecretRule:
    """A pattern of secrets of one type.

    `marks` is the gate: a text whose lower case contains none of them can't match. The group
    `value` is the secret. In `example` it is between « and »; nothing may be found in `counter`.
    `is_word` says that one piece between spaces is enough to find it. With `is_checked`, a value
    must look like a password, because words of prose may stand there too; with `is_random`, it must
    have the form of a random string. Further groups `value_2` and so on are secrets as well. `shape`
    selects texts, in the syntax of Polars, where most texts have the marks. No pattern depends on the
    values of digits.
    """

    type: str
    marks: tuple[str, ...]
    pattern: str
    example: str
    counter: str
    is_word: bool = False
    is_checked: bool = False
    is_random: bool = False
    shape: str = ""
    compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", re.compile(self.pattern))
