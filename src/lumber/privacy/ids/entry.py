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


def any_digits(pattern: str) -> str:
    """Return a pattern that takes any digit where the given one names some."""
    pattern = pattern.replace("(?:19|20)", "(?:[0-9]{2})")
    pattern = re.sub(r"\[[0-9](?:-?[0-9])?\]", "[0-9]", pattern)
    return re.sub(r"\[([0-9])([0-9]?)([^\]0-9-][^\]]*)\]", r"[0-9\3]", pattern)


def bare(text: str) -> str:
    """Return the ASCII letters and digits of a value, in upper case."""
    return "".join([char for char in text if char.isascii() and char.isalnum()]).upper()
