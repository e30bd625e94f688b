"""Tokens: a masked message as words, and a template's text back into a message.

Tokens are what whitespace divides; how much of it there was is not kept. A token over `MAX_TOKEN_CHARACTERS`
is a value, whatever it holds; what follows after `MAX_TOKENS` tokens is one value, `<rest>`. Both hold the
size of a template and the cost of matching, whatever a log contains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lumber.steps.templates.masks import MARK, REST, SLOT_PATTERN, WILDCARD
from lumber.text import counted

MAX_TOKENS = 128
MAX_TOKEN_CHARACTERS = 100

_SLOT = re.compile(SLOT_PATTERN)
# A value to be, in pieces: literal text, or the number of a masked value.
Pieces = tuple[str | int, ...]


def split(skeleton: str) -> list[str]:
    """Return the tokens of a skeleton; all that follows after the last that is allowed is one more."""
    tokens = skeleton.split(None, MAX_TOKENS)
    if len(tokens) > MAX_TOKENS:
        tokens[-1] = tokens[-1].rstrip()
    return tokens


def masked(tokens: Sequence[str], kinds: str, slot_of_code: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tokens with a slot for each value; `kinds` has a letter for each mark in `tokens`."""
    slots = map(slot_of_code.__getitem__, kinds)
    result = []
    for place, token in enumerate(tokens):
        found = [next(slots) for _ in range(token.count(MARK))]
        text = "".join(map("".join, zip(token.split(MARK), [*found, ""], strict=True))) if found else token
        if place == MAX_TOKENS:
            text = REST
        elif len(text) > MAX_TOKEN_CHARACTERS:
            text = WILDCARD
        result.append(text)
    return tuple(result)


def parameters(tokens: Sequence[str], template: Sequence[str]) -> tuple[Pieces, ...]:
    """Return what to put into each slot of the template that these tokens match."""
    return tuple(_parameters(tokens, template))


def _parameters(tokens: Sequence[str], template: Sequence[str]) -> Iterator[Pieces]:
    first = 0
    for token, pattern in zip(tokens, template, strict=True):
        literals = token.split(MARK)
        values = range(first, first + len(literals) - 1)
        first = values.stop
        if pattern in (WILDCARD, REST):
            pieces: list[str | int] = [literals[0]]
            for value, literal in zip(values, literals[1:], strict=True):
                pieces += (value, literal)
            yield tuple(piece for piece in pieces if piece != "")
        else:
            yield from ((value,) for value in values)


def slots(template: str) -> list[str]:
    """Return the names of a template's slots in order, `*` for a wildcard."""
    return _SLOT.findall(template)


def fill(template: str, params: Sequence[str]) -> str:
    """Put parameters back into a template: the message, with one space between its tokens.

    Raises `ValueError` when their number is not that of the slots.
    """
    pieces = _SLOT.split(template)
    if len(pieces) != 2 * len(params) + 1:
        wanted, given = counted(len(pieces) // 2, "slot"), counted(len(params), "value")
        raise ValueError(f"the template has {wanted}, and was given {given}")
    pieces[1::2] = params
    return "".join(pieces)
