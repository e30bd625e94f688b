"""Texts of `name=value` pairs, in which quotes tell texts from numbers."""

from __future__ import annotations

import re
from typing import Any

from lumber.ingest.devices.body import MOST_FIELDS, typed

_PAIR = re.compile(r'\s*([A-Za-z_][\w.-]*)=(?:"((?:[^"\\]|\\.)*+)"|([^\s"]*+))(?=\s|$)')
_ESCAPE = re.compile(r"\\(.)")


def pairs(text: str) -> dict[str, Any] | None:
    """Return the values of a text that is pairs from its beginning to its end; None for any other text.

    A quoted value is text; one without quotes may be a whole number. Of a name that is repeated all are kept.
    """
    values: dict[str, Any] = {}
    at = 0
    while (found := _PAIR.match(text, at)) is not None:
        name, quoted, plain = found.groups()
        value = typed(plain) if quoted is None else _ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted
        if name in values:
            before = values[name]
            if isinstance(before, list):
                before.append(value)
            else:
                values[name] = [before, value]
        elif len(values) >= MOST_FIELDS:
            return None
        else:
            values[name] = value
        at = found.end()
    return values if values and not text[at:].strip() else None
