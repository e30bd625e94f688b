"""Contexts as the grammar files declare them, and the lines that are made of them.

After its first comment, a file has sections, `[daemon]`, and in them one context a line: a text with slots.

- `«user»`, `«ipv4»`, `«secret-github»`: a made-up value of a class, which a private export has to replace.
- `«port»`, `«version»`, `«uuid»`: a made-up neutral value, which has to stay. So has all text outside.
- `«keep:text»`: this text has to stay; it is named because something about it looks like a value.
- `«any:text»`, `«any-host»`: it may stay or not, and nobody counts it (`root`, the name of a public service).
- `«host#a»`: every slot with the same mark has the same value. `«ipv4|dashed»`: another spelling of it.
- `host_name=«host#a» ¦ text`: other columns of the record come before the message.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import quote

from benchmarks.privacy_corpus.addresses import ADDRESSES, SPELLINGS
from benchmarks.privacy_corpus.identifier_values import IDENTIFIERS
from benchmarks.privacy_corpus.neutral_values import NEUTRAL
from benchmarks.privacy_corpus.people import PEOPLE
from benchmarks.privacy_corpus.secret_values import SECRETS

HALVES = ("open", "held")
CLASSES = (
    *("ipv4", "ipv6", "mac", "mail", "user", "host", "secret"),
    *("card", "iban", "phone", "national_id", "coordinates"),
)
KEEP, ANY = "keep", "any"
_GRAMMARS = Path(__file__).with_name("grammars")
_VALUES = {**ADDRESSES, **PEOPLE, **SECRETS, **IDENTIFIERS, **NEUTRAL}
_SLOT = re.compile(r"«(?P<name>[^»#|:]+)(?::(?P<text>[^»]*))?(?:#(?P<mark>\w+))?(?:\|(?P<ways>[^»]+))?»")
_COLUMN = re.compile(r"(?P<column>host_name|device_id|device_ip|raw_message|structured_data)=(?P<text>.*)")
_SEPARATOR = " ¦ "
_WAYS: dict[str, Callable[[str], str]] = {
    **SPELLINGS,
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "percent": lambda text: quote(text, safe=""),
    "plus": lambda text: quote(text, safe="").replace("%20", "+"),
    "json": lambda text: json.dumps(text)[1:-1],
    "unicode": lambda text: re.sub(r"[^\w.-]", lambda match: f"\\u{ord(match[0]):04x}", text),
    "grouped": lambda text: " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
    "grouped-dashed": lambda text: "-".join(text[at : at + 4] for at in range(0, len(text), 4)),
    "halved": lambda text: text.replace(",", ", "),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value stands in a text, and what it is: one of CLASSES, KEEP or ANY."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a record with the values in it, in order."""

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """One form of line of one daemon: a template for each column of the record that it fills."""

    half: str
    daemon: str
    columns: tuple[tuple[str, str], ...]

    @property
    def template(self) -> str:
        """The context as its grammar writes it."""
        *others, (_, message) = self.columns
        return _SEPARATOR.join([*(f"{column}={text}" for column, text in others), message])


@dataclass(frozen=True, slots=True)
class Line:
    """A record made of a context: its texts by column."""

    context: Context
    texts: dict[str, Text]


def contexts(half: str) -> list[Context]:
    """Return the contexts of a half, in the order of its files."""
    found = []
    for file in sorted((_GRAMMARS / half).glob("*.txt")):
        daemon = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("[") and line.endswith("]") and "«" not in line:
                daemon = line[1:-1]
            elif daemon and line.strip():
                found.append(Context(half, daemon, tuple(_columns(line))))
    return found


def lines(context: Context, count: int, seed: int = 1) -> Iterator[Line]:
    """Yield so many lines of a context, the same for a seed whatever other contexts there are."""
    digest = hashlib.sha256(f"{seed} {context.daemon} {context.template}".encode()).digest()
    chance = Random(int.from_bytes(digest[:8]))
    for _ in range(count):
        marked: dict[str, str] = {}
        texts = {}
        for column, template in context.columns:
            make = _json_text if column == "structured_data" else _text
            texts[column] = make(template, chance, marked)
        yield Line(context, texts)


def _columns(line: str) -> Iterator[tuple[str, str]]:
    *others, message = line.split(_SEPARATOR)
    for other in others:
        match = _COLUMN.fullmatch(other)
        if match is None:
            raise ValueError(f"no column of a record: {other}")
        yield match["column"], match["text"]
    yield "message", message


def _text(template: str, chance: Random, marked: dict[str, str]) -> Text:
    parts, spans, at, length = [], [], 0, 0
    for slot in _SLOT.finditer(template):
        literal = template[at : slot.start()]
        kind, value = _value(slot, chance, marked)
        start = length + len(literal)
        length = start + len(value)
        parts += [literal, value]
        spans.append(Span(start, length, kind))
        at = slot.end()
    parts.append(template[at:])
    return Text("".join(parts), tuple(spans))


def _json_text(template: str, chance: Random, marked: dict[str, str]) -> Text:
    """Return JSON in its canonical form, which records have. Its slots are inside of strings."""
    slots: list[str] = []

    def hide(slot: re.Match[str]) -> str:
        slots.append(slot[0])
        return f"\ue000{len(slots) - 1}\ue001"

    canonical = canonical_json(json.loads(_SLOT.sub(hide, template)))
    restored = re.sub("\ue000(\\d+)\ue001", lambda match: slots[int(match[1])], canonical)
    return _text(restored, chance, marked)


def canonical_json(value: object) -> str:
    """Return the text by which JSON of a record is compared with what the export made of it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _value(slot: re.Match[str], chance: Random, marked: dict[str, str]) -> tuple[str, str]:
    name, text, mark = slot["name"], slot["text"], slot["mark"]
    if text is not None:
        if name not in (KEEP, ANY):
            raise ValueError(f"only keep and any have a text: {slot[0]}")
        return name, text
    kind = name.partition("-")[0]
    name = name.removeprefix("any-")
    value = marked.get(mark) if mark else None
    if value is None:
        value = _VALUES[name](chance)
    if mark:
        marked[mark] = value
    for way in (slot["ways"] or "").split("|"):
        value = _WAYS[way](value) if way else value
    return kind if kind in (*CLASSES, ANY) else KEEP, value
