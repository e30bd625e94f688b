"""Masks: the parts of a message that are values by their form, such as numbers and addresses.

All patterns are looked for in one pass, leftmost first, so that what is found is a function of the message
alone. Each is a regular expression without backtracking (Rust's `regex`): the time is linear in the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType

import polars as pl

# Raised when a pattern changes: a template table only fits the masks that it was mined with.
MASKS_VERSION = 2

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
CUSTOM_NAME = r"[a-z][a-z0-9_]{0,30}"
_SLOTS = "|".join((*PATTERNS, "rest", "unk", f":{CUSTOM_NAME}:"))
# Text that looks like a slot is a value, or a template could not be told from it.
_SLOT_TEXT = rf"<(?:\*|{_SLOTS})>"
SLOT_PATTERN = rf"<(\*|{_SLOTS})>"

# One letter for each kind of value, so that the values of a message are told apart by a short text.
_CODES = MappingProxyType({name: chr(ord("a") + place) for place, name in enumerate(PATTERNS)})
_KEPT = "y"
_OTHER = "z"
MOST_CUSTOM = 20
_CUSTOM_CODES = "ABCDEFGHIJKLMNOPQRST"
SLOT_OF_CODE: Mapping[str, str] = MappingProxyType(
    {**{code: f"<{name}>" for name, code in _CODES.items()}, _OTHER: WILDCARD}
)


@dataclass(frozen=True, slots=True)
class Masks:
    """What is masked in a message.

    names   built-in patterns, of `PATTERNS`; their order means nothing
    custom  further patterns, name and regular expression (Rust's `regex`), tried before the built-in ones
    keep    texts that stay as they are where they are whole words or values; no wildcard stands for them
    """

    names: tuple[str, ...] = DEFAULT_MASKS
    custom: tuple[tuple[str, str], ...] = ()
    keep: tuple[str, ...] = ()

    @property
    def slot_of_code(self) -> Mapping[str, str]:
        """The text of the slot of each letter that `mask` gives."""
        own = {code: f"<:{name}:>" for code, (name, _) in zip(_CUSTOM_CODES, self.custom, strict=False)}
        return {**SLOT_OF_CODE, **own}

    @property
    def is_kept(self) -> Callable[[str], bool] | None:
        """What says whether a token holds a text of `keep`; None: there is none."""
        if not self.keep:
            return None
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, self.keep))})(?!\w)", re.ASCII)
        return lambda token: pattern.search(token) is not None


def mask(messages: pl.Series, masks: Masks) -> pl.DataFrame:
    """Take messages apart, row for row.

    Columns: `skeleton`, with `MARK` for each value; `values`, a list of text; `kinds`, a letter for each.
    """
    coded = {code: f"(?:{pattern})" for code, (_, pattern) in zip(_CUSTOM_CODES, masks.custom, strict=False)}
    coded |= {_CODES[name]: pattern for name, pattern in PATTERNS.items() if name in masks.names}
    kept = "|".join(map(_whole_word, sorted(masks.keep, key=len, reverse=True)))
    if kept:
        coded = {_KEPT: kept, **coded}
    pattern = "|".join([_SLOT_TEXT, MARK, *coded.values()])
    if "num" in masks.names:
        pattern += f"|{_NUMBER_BEFORE_UNIT}"
    message = pl.col("message")
    frame = pl.DataFrame({"message": messages.cast(pl.String)}).select(
        message.str.replace_all(pattern, MARK).alias("skeleton"),
        message.str.extract_all(pattern).alias("values"),
    )
    frame = frame.with_columns(kinds=_kinds(frame["values"], coded))
    return _with_kept(frame) if kept else frame


def _kinds(values: pl.Series, coded: Mapping[str, str]) -> pl.Series:
    """Return the letters of each row's values. The kind is a function of the value alone."""
    value = pl.element()
    start: pl.Expr = pl.lit(_OTHER)
    kind = reduce(
        lambda rest, code: (
            pl.when(value.str.contains(f"^(?:{coded[code]})$")).then(pl.lit(code)).otherwise(rest)
        ),
        reversed(list(coded)),
        start,
    )
    return values.list.eval(kind).list.join("")


def _with_kept(frame: pl.DataFrame) -> pl.DataFrame:
    """Put the values that are to be kept back into their skeletons."""
    return pl.DataFrame(
        [_put_back(*row) if _KEPT in (row[2] or "") else row for row in frame.iter_rows()],
        schema=frame.schema,
        orient="row",
    )


def _put_back(skeleton: str, values: list[str], kinds: str) -> tuple[str, list[str], str]:
    pieces = [
        value if kind == _KEPT else MARK for value, kind in zip([*values, ""], f"{kinds} ", strict=True)
    ]
    text = "".join(
        literal + piece for literal, piece in zip(skeleton.split(MARK), [*pieces[:-1], ""], strict=True)
    )
    rest = [(value, kind) for value, kind in zip(values, kinds, strict=True) if kind != _KEPT]
    return text, [value for value, _ in rest], "".join(kind for _, kind in rest)


def _whole_word(text: str) -> str:
    """Return a pattern of Rust's `regex` for a text with no word character beside it."""
    return f"{_START}{pl.escape_regex(text)}{_END}"


def name_problem(name: str) -> str | None:
    """Say why a text can't be the name of a custom mask; None: it can."""
    if re.fullmatch(CUSTOM_NAME, name) is None:
        return "isn't a name: a small letter, then at most 30 small letters, digits and underscores"
    if name in PATTERNS:
        return "is the name of a built-in mask"
    return None


def kept_problem(text: str) -> str | None:
    """Say why a text can't be kept; None: it can."""
    if len(text) > 100 or re.search(r"\s|\x00|\x01", text) or not text:
        return "isn't one token: 1 to 100 characters without spaces"
    if re.search(SLOT_PATTERN, text):
        return "looks like the slot of a value"
    return None


def pattern_problem(pattern: str) -> str | None:
    """Say why a text can't be the pattern of a custom mask; None: it can."""
    probe = pl.Series(["", " a1-", "aA0 _."])
    for text in (pattern, f"(?:{pattern})"):
        try:
            found = probe.str.extract_all(text)
        except pl.exceptions.ComputeError as error:
            return "isn't a regular expression of Rust's regex syntax: " + " ".join(str(error).split())
        if any(not value for values in found.to_list() for value in values):
            return "matches empty text"
    return None


def together_problem(masks: Masks) -> str | None:
    """Say why patterns that can be used alone can't be used together; None: they can."""
    if not masks.custom:
        return None
    try:
        mask(pl.Series(["a"]), masks)
    except pl.exceptions.ComputeError as error:
        return "can't be used together: " + " ".join(str(error).split())
    return None
