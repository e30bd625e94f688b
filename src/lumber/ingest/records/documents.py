"""Sources that are JSON documents: an array of records, records in an object, or objects over several lines.

A document is read as JSON Lines: each record becomes a line, with its own text. Memory is bounded by the
longest line that is allowed, not by the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

import orjson

from lumber.ingest.blocks import BOM
from lumber.ingest.decompress import Readable
from lumber.ingest.records.containers import contents
from lumber.ingest.records.fields import known_names

_READ_BYTES = 256 * 1024
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_PLAIN = rb'[^{}\[\]"]++'
_TOKEN = re.compile(rb"(" + _STRING + rb')|[{}\[\]"]', re.DOTALL)
# Almost every record: an object with at most two levels of objects and lists in it.
_LEAF = rb"[\[{](?:" + _PLAIN + rb"|" + _STRING + rb")*+[\]}]"
_INNER = rb"[\[{](?:" + _PLAIN + rb"|" + _STRING + rb"|" + _LEAF + rb")*+[\]}]"
_RECORD = re.compile(rb"\{(?:" + _PLAIN + rb"|" + _STRING + rb"|" + _INNER + rb")*+\}", re.DOTALL)
_STRING_REST = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
# The lists of records in the documents of Lumber, CloudWatch, CloudTrail, OTLP, Loki and Elasticsearch: the
# keys of the brackets that are open there. `[` marks a list.
_PLACES = frozenset(
    {
        (b"", b"data["), (b"", b"events["), (b"", b"logEvents["), (b"", b"records["), (b"", b"Records["),
        (b"", b"resourceLogs["), (b"", b"data", b"result["), (b"", b"hits", b"hits["),
    }
)  # fmt: skip
_ARRAY = re.compile(rb"\[\s*(?:\{|\]\s*$)")
_OBJECTS = re.compile(rb'\{[ \t\r]*\n\s*["}]')
_LISTED = re.compile(rb'\{\s*"(?:data|events|logEvents|[Rr]ecords)"\s*:\s*\[\s*[{\]]')
_WRAPPED = re.compile(
    rb'\{\s*"(?:export_metadata"\s*:\s*\{|resourceLogs"\s*:\s*\[|took"\s*:\s*\d+\s*,'
    rb'|status"\s*:\s*"success"\s*,\s*"data"\s*:\s*\{)'
)
_BETWEEN = b" ,\t\r\n"
# Lines that are not JSON objects, and so are rejected with this text.
ENDS_EARLY = '"the JSON document ends before its last closing bracket"'
_CUT = f"{ENDS_EARLY}\n".encode()
_WITHOUT = b'"a JSON document without a list of records that Lumber knows"\n'


class Document(Enum):
    """Where the records of a document are: in an array, in a list inside an object, or one after another."""

    ARRAY = "array"
    WRAPPED = "wrapped"
    OBJECTS = "objects"


def find_document(head: bytes, kind: str) -> Document | None:
    """Return which document the first bytes of a source begin; None for JSON Lines and all others."""
    text = head.removeprefix(BOM).lstrip()
    if _ARRAY.match(text):
        return Document.ARRAY
    if _WRAPPED.match(text) or (_LISTED.match(text) and not _is_record(text, kind)):
        return Document.WRAPPED
    return Document.OBJECTS if _OBJECTS.match(text) else None


def _is_record(text: bytes, kind: str) -> bool:
    """Say whether the first line is a record that has a list: a JSON object with a known field."""
    try:
        value = orjson.loads(text.split(b"\n", 1)[0])
    except ValueError:
        return False
    known = known_names(kind)
    return any(name.lower() in known for name in value)


class DocumentLines:
    """The records of documents as a stream of JSON Lines."""

    def __init__(self, stream: Readable, document: Document, line_bytes: int) -> None:
        self._stream, self._document, self._line_bytes = stream, document, line_bytes
        self._lines = self._read_lines()
        self._ready = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        while not self._ready:
            text = next(self._lines, None)
            if text is None:
                return b""
            self._ready = memoryview(text)
        data, self._ready = bytes(self._ready[:size]), self._ready[size:]
        return data

    def _read_lines(self) -> Iterator[bytes]:
        scanner = _Scanner(self._document, self._line_bytes)
        is_start = True
        while data := self._stream.read(_READ_BYTES):
            yield scanner.feed(data.removeprefix(BOM) if is_start else data)
            is_start = False
        yield scanner.finish()


class _Scanner:
    """Finds the records in a text that comes in pieces."""

    def __init__(self, document: Document, line_bytes: int) -> None:
        self._document, self._line_bytes = document, line_bytes
        self._text = b""
        self._at = 0  # what is before it was scanned
        self._begin = 0  # what is before it was emitted, or left out
        self._path: list[bytes] = []  # the open brackets outside records, each with its key
        self._key = b""
        self._depth = 0  # of the open brackets inside a record
        self._is_listed = document is Document.OBJECTS
        self._is_string = self._is_cut = self._has_list = False
        self._lines: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Return the lines that are complete with `data`. A line that is too long comes in pieces."""
        self._text = self._text[self._begin :] + data
        self._at -= self._begin
        self._begin = 0
        while self._step():
            pass
        if self._path and not self._depth and not self._is_listed:
            self._begin = self._at
        elif self._at - self._begin > self._line_bytes + _READ_BYTES:
            self._lines.append(_flat(self._text[self._begin : self._at]))
            self._begin, self._is_cut = self._at, True
        return self._emitted()

    def finish(self) -> bytes:
        """Return what the end of the text makes of the rest."""
        if self._depth or self._is_listed or not self._path:
            self._emit_gap(len(self._text))
        if self._path and not self._depth:
            self._lines.append(_CUT)
        return self._emitted()

    def _emitted(self) -> bytes:
        lines, self._lines = self._lines, []
        return b"".join(lines)

    def _step(self) -> bool:
        """Scan one token, or a whole record; return false if more text is needed."""
        if self._is_string:
            return self._end_string()
        if self._is_listed and not self._depth and self._whole_record():
            return True
        token = _TOKEN.search(self._text, self._at)
        if token is None:
            self._at = len(self._text)
            return False
        found = token.group()
        if found == b'"':
            return self._begin_string(token.start())
        self._at = token.end()
        if token.group(1) is not None:
            self._key = found[1:-1]
        elif found in (b"{", b"["):
            self._open(found, token.start())
        else:
            self._close()
        return True

    def _begin_string(self, start: int) -> bool:
        """Continue a string in the next piece of text. Outside records it may be a key, and is kept."""
        self._at = start
        if not self._depth and len(self._text) - start <= _READ_BYTES:
            return False
        self._at, self._is_string = start + 1, True
        return self._end_string()

    def _end_string(self) -> bool:
        rest = _STRING_REST.match(self._text, self._at)
        assert rest is not None
        self._at = rest.end()
        if self._text[self._at : self._at + 1] != b'"':
            return False
        self._at, self._is_string = self._at + 1, False
        return True

    def _whole_record(self) -> bool:
        start = self._text.find(b"{", self._at)
        if start < 0 or self._is_cut or self._text[self._begin : start].strip(_BETWEEN):
            return False
        found = _RECORD.match(self._text, start)
        if found is None:
            return False
        self._at = self._begin = found.end()
        self._emit(found.group())
        return True

    def _open(self, bracket: bytes, start: int) -> None:
        if self._depth:
            self._depth += 1
            return
        if self._is_listed or not self._path:
            self._emit_gap(start)
        if self._is_listed:
            self._begin, self._depth = start, 1
            return
        key = self._key if self._path else b""
        self._path.append(key + b"[" if bracket == b"[" else key)
        self._key = b""
        self._begin = self._at
        self._find_place()

    def _close(self) -> None:
        if self._depth:
            self._depth -= 1
            if not self._depth:
                self._emit(self._text[self._begin : self._at])
                self._begin = self._at
            return
        if self._is_listed:
            self._emit_gap(self._at - 1)
        self._begin = self._at
        if self._path:
            self._path.pop()
            self._find_place()
        if not self._path:
            if self._document is Document.WRAPPED and not self._has_list:
                self._lines.append(_WITHOUT)
            self._has_list = False

    def _find_place(self) -> None:
        """Note whether the elements of the innermost bracket are records."""
        if self._document is Document.ARRAY:
            self._is_listed = self._path == [b"["]
        elif self._document is Document.WRAPPED:
            self._is_listed = tuple(self._path) in _PLACES
        self._has_list |= self._is_listed

    def _emit_gap(self, end: int) -> None:
        """Emit what is between records and is no comma, to be rejected."""
        gap = self._text[self._begin : end].strip(_BETWEEN)
        if gap or self._is_cut:
            self._lines.append(_flat(gap) + b"\n")
            self._is_cut = False

    def _emit(self, record: bytes) -> None:
        line = _flat(record)
        if self._is_cut or len(record) > self._line_bytes:
            self._is_cut = False
            self._lines.append(line + b"\n")
        else:
            self._lines += [inner + b"\n" for inner in contents(line)]


def _flat(text: bytes) -> bytes:
    # A carriage return is a space in JSON, and an error in a string, as the line feed was.
    return text.replace(b"\n", b"\r")
