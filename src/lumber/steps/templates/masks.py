"""Masks: the parts of a message that are values by their form, such as numbers and addresses.

All patterns are looked for in one pass, leftmost first, so that what is found is a function of the message
alone. Each is a regular expression without backtracking (Rust's `regex`): the time is linear in the message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from types import MappingProxyType

import polars as pl

# Raised when a pattern changes: a template table only fits the masks that it was mined with.
MASKS_VERSION = 1

# Stands for a value in a message that is taken apart. In a message as it came it is a value itself.
MARK = "\x01"
# The slot of a value without a form of its own. A token that is only this slot matches any token.
WILDCARD = "<*>"
# What the rest of a message is put into that has more tokens than templates have.
REST = "<rest>"
UNKNOWN = "<unk>"

# ASCII boundaries that look to one side only: no word character before, none after.
_START, _END = r"(?-u:\b{start-half})", r"(?-u:\b{end-half})"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_H = r"[0-9A-Fa-f]{1,4}"
_IPV6 = (
    rf"(?:(?:{_H}:){{7}}{_H}|::(?:[Ff]{{4}}:)?{_IPV4}|(?:{_H}:){{1,6}}(?::{_H}){{1,6}}"
    rf"|::{_H}(?::{_H}){{0,6}}|(?:{_H}:){{1,7}}:)(?:%[0-9A-Za-z]+)?"
)
_CLOCK = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

# In the order in which they are tried where several begin at one place.
PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "quoted": r'"[^"]*"',
        "uuid": rf"{_START}[0-9A-Fa-f]{{8}}(?:-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}{_END}",
        "mac": rf"{_START}(?:[0-9A-Fa-f]{{2}}(?:[:-][0-9A-Fa-f]{{2}}){{5}}"
        rf"|[0-9A-Fa-f]{{4}}(?:\.[0-9A-Fa-f]{{4}}){{2}}){_END}",
        "ip": rf"{_START}(?:{_IPV6}|{_IPV4}){_END}",
        "time": rf"{_START}(?:{_DATE}(?:T{_CLOCK})?|{_CLOCK}){_END}",
        "path": rf"{_START}(?:/[0-9A-Za-z._~@%+-]+){{2,}}/?",
        # A number as a whole before hexadecimal digits: eight decimal digits are a number.
        "num": rf"{_START}[-+]?[0-9]+(?:\.[0-9]+)*{_END}",
        "hex": rf"{_START}(?:0[xX][0-9A-Fa-f]+|[0-9A-Fa-f]{{8,}}){_END}",
    }
)
DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "quoted": 'Text in double quotes, "GET /index.html"; it may hold spaces.',
        "uuid": "A UUID.",
        "mac": "A hardware address, 00:1b:21:3c:4d:5e or 001b.213c.4d5e.",
        "ip": "An IPv4 or IPv6 address.",
        "time": "An ISO 8601 date, clock time, or both joined by T.",
        "path": "A path of two names or more, /var/log/syslog.",
        "num": "A number, with its sign and dots: 42, -5, 2.6.32; of 10ms only the 10.",
        "hex": "0x and hexadecimal digits, or eight hexadecimal digits or more.",
    }
)
DEFAULT_MASKS = ("uuid", "mac", "ip", "time", "num", "hex")

# A number before a unit, tried after all others: the unit stays text.
_NUMBER_BEFORE_UNIT = rf"{_START}[-+]?[0-9]+(?:\.[0-9]+)*"
_SLOTS = "|".join((*PATTERNS, "rest", "unk"))
# Text that looks like a slot is a value, or a template could not be told from it.
_SLOT_TEXT = rf"<(?:\*|{_SLOTS})>"
SLOT_PATTERN = rf"<(\*|{_SLOTS})>"

# One letter for each kind of value, so that the values of a message are told apart by a short text.
_CODES = MappingProxyType({name: chr(ord("a") + place) for place, name in enumerate(PATTERNS)})
_OTHER = "z"
SLOT_OF_CODE: Mapping[str, str] = MappingProxyType(
    {**{code: f"<{name}>" for name, code in _CODES.items()}, _OTHER: WILDCARD}
)


def mask(messages: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """Take messages apart, row for row.

    Columns: `skeleton`, with `MARK` for each value; `values`, a list of text; `kinds`, a letter for each.
    """
    chosen = [name for name in PATTERNS if name in names]
    pattern = "|".join([_SLOT_TEXT, MARK, *(PATTERNS[name] for name in chosen)])
    if "num" in chosen:
        pattern += f"|{_NUMBER_BEFORE_UNIT}"
    message = pl.col("message")
    frame = pl.DataFrame({"message": messages.cast(pl.String)}).select(
        message.str.replace_all(pattern, MARK).alias("skeleton"),
        message.str.extract_all(pattern).alias("values"),
    )
    return frame.with_columns(kinds=_kinds(frame["values"], chosen))


def _kinds(values: pl.Series, chosen: Sequence[str]) -> pl.Series:
    """Return the letters of each row's values. The kind is a function of the value alone."""
    value = pl.element()
    start: pl.Expr = pl.lit(_OTHER)
    kind = reduce(
        lambda rest, name: (
            pl.when(value.str.contains(f"^(?:{PATTERNS[name]})$")).then(pl.lit(_CODES[name])).otherwise(rest)
        ),
        reversed(chosen),
        start,
    )
    return values.list.eval(kind).list.join("")
