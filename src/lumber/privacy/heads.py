"""The head of a line of syslog, which ends with the host: the rest is rewritten without regard to it.

Every line of a log begins with another time and one of many hosts, before one of few texts. That the host
tells nothing about what follows is learned for each host and each first word behind it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lumber.privacy.found import Names

# Of a head, what is before the host; also in the syntax of Polars.
TIME = (
    r"(?:<[0-9]{1,3}>)?(?:[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"|(?:1 )?[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?) "
)
_TIME = re.compile(TIME)


class Head(NamedTuple):
    """The beginning of a text: a time, and the name of a host with a space behind it."""

    time: str
    host: str
    # Where the rest of the text begins.
    end: int


def head_of(text: str, names: Names) -> Head | None:
    """Return the head of a text whose host is one of its row's; None if it has none."""
    match = _TIME.match(text)
    if match is None:
        return None
    at = match.end()
    end = text.find(" ", at)
    host = text[at:end] if end > 0 else ""
    return Head(match[0], host, end + 1) if host.lower() in names else None
