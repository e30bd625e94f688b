"""Rows of JSON Lines and of JSON documents, a bounded number at a time."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import IO, Any, NoReturn, Protocol

import orjson

from lumber.files.json_text import require_few_values

_BLOCK_BYTES = 4 * 1024 * 1024
# A value is parsed again with every block, so blocks grow with it, but not as far as memory counts.
_MOST_BLOCK_BYTES = 16 * 1024 * 1024
# Without a limit a damaged file would be read into memory whole.
MOST_BYTES = 512 * 1024 * 1024
# A long row may have a long text, but not very many values, each of which may take 64 bytes.
BYTES_PER_VALUE = 16
# The longest thing that a cut can make look wrong at its very end: `-Infinity`, half of `\ud83d\ude00`.
_CUT_LENGTH = 16
_SPACE = re.compile(r"[ \t\r\n]*")


class Readable(Protocol):
    """What gives the bytes of a text, block by block."""

    def read(self, size: int = ..., /) -> bytes:
        """Return at most `size` bytes; none at the end."""


def line_blocks(
    stream: IO[bytes], loads: Callable[[bytes], Any] = orjson.loads, most_bytes: int = MOST_BYTES
) -> Iterator[list[Any]]:
    """Yield the values of JSON Lines, block by block, each as `loads` reads it.

    Raises ValueError naming the line that is no JSON, or longer than `most_bytes`.
    """
    rest = b""
    number = 0
    while block := stream.read(max(_BLOCK_BYTES, len(rest))):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > most_bytes:
            raise ValueError(f"line {number + len(lines) + 1} is longer than {most_bytes:,} bytes")
        yield _values(lines, number, loads, most_bytes)
        number += len(lines)
    if rest:
        yield _values([rest], number, loads, most_bytes)


def _values(lines: list[bytes], number: int, loads: Callable[[bytes], Any], most_bytes: int) -> list[Any]:
    values = []
    try:
        for line in lines:
            require_few_values(line, most_bytes // BYTES_PER_VALUE)
            values.append(loads(line))
    except ValueError as error:
        raise ValueError(f"line {number + len(values) + 1} is not JSON ({error})") from None
    return values


class JsonDocument:
    """A JSON document of rows: an array, or an object whose `data` is the array.

    After `blocks` is used up, `metadata` is the object's `export_metadata`; None when there is none.
    """

    def __init__(self, stream: Readable, most_bytes: int = MOST_BYTES) -> None:
        self.metadata: Any = None
        self._text = _SlidingText(stream, most_bytes)

    def blocks(self) -> Iterator[list[Any]]:
        """Yield the values of the array. Raises ValueError that says where it is no JSON."""
        text = self._text
        if text.peek() == "[":
            yield from self._array()
        else:
            yield from self._object()
        if text.peek():
            raise ValueError("text follows the end of the JSON document")

    def _object(self) -> Iterator[list[Any]]:
        text = self._text
        text.take("{")
        names: set[str] = set()
        is_done = text.peek() == "}"
        while not is_done:
            name = text.value()
            if not isinstance(name, str) or name in names:
                raise ValueError(f"{name!r} is not a name, or a name that came before")
            names.add(name)
            text.take(":")
            if name == "data" and text.peek() == "[":
                yield from self._array()
            elif name == "export_metadata":
                self.metadata = text.value()
            else:
                text.value()
            is_done = text.peek() == "}"
            if not is_done:
                text.take(",")
        text.take("}")
        if "data" not in names:
            raise ValueError("the JSON document has no `data`")

    def _array(self) -> Iterator[list[Any]]:
        text = self._text
        text.take("[")
        values: list[Any] = []
        end = text.position + _BLOCK_BYTES
        is_done = text.peek() == "]"
        while not is_done:
            values.append(text.value())
            if text.position > end:
                yield values
                values, end = [], text.position + _BLOCK_BYTES
            is_done = text.peek() == "]"
            if not is_done:
                text.take(",")
        text.take("]")
        yield values


class _SlidingText:
    """A window on a JSON text that moves forward; it grows only for a value that does not fit."""

    def __init__(self, stream: Readable, most: int) -> None:
        self._stream = stream
        self._most = most
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._scan = json.JSONDecoder(parse_constant=_refuse).raw_decode
        self._buffer = ""
        self._at = 0
        self._before = 0
        self._is_whole = False

    @property
    def position(self) -> int:
        """How many characters were taken."""
        return self._before + self._at

    def peek(self) -> str:
        """Skip space and return the next character; empty at the end."""
        while True:
            character = self._buffer[self._at : self._at + 1]
            if character and character not in " \t\r\n":
                return character
            match = _SPACE.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at == len(self._buffer) and not self._fill():
                return ""

    def take(self, character: str) -> None:
        """Take the next character, which must be this one."""
        found = self.peek()
        if found != character:
            what = repr(found) if found else "the end"
            raise ValueError(f"character {self.position + 1} should be {character!r}, it is {what}")
        self._at += 1

    def value(self) -> Any:
        """Take the next value."""
        self.peek()
        while True:
            try:
                value, end = self._scan(self._buffer, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or error.pos + _CUT_LENGTH > len(self._buffer)
                if is_cut and self._fill():
                    continue
                raise ValueError(f"character {self._before + error.pos + 1}: {error.msg}") from None
            if end + len("e+") >= len(self._buffer) and self._fill():
                continue  # a number may go on
            self._at = end
            return value

    def _fill(self) -> bool:
        """Move the window forward; false at the end of the text."""
        if self._is_whole:
            return False
        rest = self._buffer[self._at :]
        self._buffer = ""
        if len(rest) > self._most:
            raise ValueError(f"a value is longer than {self._most:,} characters")
        require_few_values(rest, self._most // BYTES_PER_VALUE)
        block = self._stream.read(min(max(_BLOCK_BYTES, len(rest)), _MOST_BLOCK_BYTES))
        self._is_whole = not block
        self._before += self._at
        self._buffer = rest + self._decoder.decode(block, final=not block)
        self._at = 0
        return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
