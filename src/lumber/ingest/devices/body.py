"""What the text of a line tells, beyond what its header says."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
# As LUMBER_MAX_COLUMNS has it by default. A text with more fields stays a message.
MOST_FIELDS = 10_000
_INT64 = range(-(2**63), 2**63)


class Body(NamedTuple):
    """The columns and the data that a text has. A column that is None stays as the header has it.

    A host, a device or a level in the header counts more; what the text says then is data.
    """

    message: str
    data: dict[str, Any]
    process: str | None = None
    host: str | None = None
    device: str | None = None
    severity: str | None = None


def typed(text: str) -> int | str:
    """Return the whole number that a text is, if its digits can be made again from it; else the text."""
    return number if _WHOLE.fullmatch(text) and (number := int(text)) in _INT64 else text
