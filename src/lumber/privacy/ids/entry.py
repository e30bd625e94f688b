"""Entry: one declared form of an identifier, with its examples."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field


def _any(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """A form of an identifier.

    `shape` matches the whole value as texts write it, `before` and `after` what stands around it. `check`
    judges its letters and digits alone, in upper case. With `needs_word`, one of `words` (a pattern in lower
    case, without groups) must stand beside it. In each of `examples`, what is found is between
    « and »; nothing may be found in any of `counters`.
    """

    name: str
    shape: str
    words: str
    examples: tuple[str, ...]
    counters: tuple[str, ...]
    check: Callable[[str], bool] = _any
    needs_word: bool = False
    before: str = r"(?<![0-9A-Za-z_+.-])"
    after: str = r"(?![0-9A-Za-z_]|[-.][0-9])"
    compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = f"{self.before}(?:{self.shape}){self.after}"
        object.__setattr__(self, "compiled", re.compile(pattern, re.IGNORECASE))


# A part of a pattern: an escape, a set, how often something is repeated, or any character.
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)")
_TOKEN = re.compile(rf"{_ESCAPE.pattern}|\[(?:{_ESCAPE.pattern}|[^\]])+\]|\{{[0-9,]+\}}|.", re.DOTALL)
_DIGIT = re.compile("[0-9]")


def any_digits(pattern: str) -> str:
    """Return a pattern that takes any digit where the given one names some."""
    return _TOKEN.sub(_of_any_digit, pattern.replace("(?:19|20)", "(?:[0-9]{2})"))


def _of_any_digit(match: re.Match[str]) -> str:
    token = match[0]
    if token.isdigit():
        return "[0-9]"
    is_some = (
        token.startswith("[") and "0-9" not in token and _DIGIT.search(_ESCAPE.sub("", token)) is not None
    )
    if not is_some:
        return token
    if token.startswith("[^"):
        raise ValueError(f"a set without some of the digits: {token}")
    return f"[0-9{token[1:]}"


def bare(text: str) -> str:
    """Return the ASCII letters and digits of a value, in upper case."""
    return "".join([char for char in text if char.isascii() and char.isalnum()]).upper()
