"""Tell which of many patterns a text may match, in one pass over the text.

RE2 reads a text once for all patterns. It is used where it is installed (`google-re2`, under the BSD licence)
and only for printable ASCII, on which it agrees with Python; otherwise every pattern may match. The results
of a search are the same either way: a sieve only leaves out what can't match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from lumber.privacy.ids.entry import any_digits

# Characters as Python writes them in patterns, and as RE2 does.
_CHARACTER = re.compile(r"(?<!\\)((?:\\\\)*)\\u([0-9A-Fa-f]{4})")
_MAX_BYTES = 16 << 20
# All digits are alike: RE2 builds its automaton while it reads, and of different digits ever more of it.
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
# A pattern that every text matches.
EVERY = ""


class Sieve:
    """Patterns in the syntax that Python and RE2 share: no reference, and nothing that looks around.

    A pattern has to match wherever the search that it stands for does, also in a part of a text: it ends at
    no border. Which digits a text has makes no difference.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [_CHARACTER.sub(r"\1\\x{\2}", any_digits(pattern)) for pattern in patterns]
        self._set: Any = None
        self._is_missing = not is_installed()

    def places(self, text: str) -> Sequence[int] | None:
        """Return the places of the patterns that a text may match, in order; None if that isn't known."""
        if self._is_missing or not (text.isascii() and text.isprintable()):
            return None
        if self._set is None:
            self._set = _compiled(tuple(self._patterns))
        places = sorted(self._set.Match(text.encode().translate(_ZEROS)) or ())
        # Without memory, RE2 returns nothing at all; the last pattern is one that every text matches.
        return None if not places or places.pop() != len(self._patterns) else places


def is_installed() -> bool:
    """Return whether RE2 is installed."""
    return find_spec("re2") is not None


def any_case(marks: Iterable[str]) -> str:
    """Return a pattern that every text has whose lower case contains one of the marks.

    A mark within another one says the same.
    """
    marks = set(marks)
    shortest = {mark for mark in marks if not any(other != mark and other in mark for other in marks)}
    return f"(?i:{'|'.join(re.escape(mark).replace(chr(92) + ' ', ' ') for mark in sorted(shortest))})"


@lru_cache(maxsize=32)
def _compiled(patterns: tuple[str, ...]) -> Any:
    """Compile all patterns, which takes some milliseconds. What RE2 learned from texts is shared."""
    import re2

    options = re2.Options()
    options.max_mem = _MAX_BYTES
    options.log_errors = False
    result = re2.Set.SearchSet(options)
    for pattern in [*patterns, EVERY]:
        result.Add(pattern)
    result.Compile()
    return result
