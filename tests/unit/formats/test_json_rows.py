"""The readers of JSON that `lumber verify` uses, against the standard library's."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.formats import json_rows
from lumber.formats.json_rows import JsonDocument, line_blocks

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e9, 1e9) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


class Trickle(io.BytesIO):
    """A stream that gives only a few bytes at a time, so that every value is cut somewhere."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self._size = size

    def read(self, _size: int | None = -1, /) -> bytes:
        return super().read(self._size)


def read(document: JsonDocument) -> list[Any]:
    return [row for block in document.blocks() for row in block]


@given(
    rows=st.lists(VALUES, max_size=6),
    step=st.integers(1, 40),
    indent=st.sampled_from([None, 1]),
    is_ascii=st.booleans(),
)
def test_documents_are_read_wherever_the_stream_cuts_them(
    rows: list[Any], step: int, indent: int | None, is_ascii: bool
) -> None:
    metadata = {"total_records": len(rows)}
    for value in (
        rows,
        {"data": rows, "export_metadata": metadata},
        {"export_metadata": metadata, "data": rows},
    ):
        text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
        document = JsonDocument(Trickle(text.encode(), step))
        assert read(document) == rows
        assert document.metadata == (None if isinstance(value, list) else metadata)


@given(rows=st.lists(VALUES, min_size=1, max_size=4), step=st.integers(1, 40), data=st.data())
def test_documents_cut_short_are_never_taken_for_whole(
    rows: list[Any], step: int, data: st.DataObject
) -> None:
    content = json.dumps({"data": rows, "export_metadata": {}}).encode()
    length = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(ValueError, match=r"."):
        read(JsonDocument(Trickle(content[:length], step)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1,]",
        "[1 2]",
        "[,1]",
        "[1] 2",
        "[NaN]",
        "[01]",
        '["\n"]',
        '{"data": 1, "data": []}',
        '{"data": [],}',
        '{"rows": []}',
        "{1: []}",
        '{"data" []}',
        '["\\ud8"]',
    ],
)
def test_documents_that_are_no_rows_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(JsonDocument(io.BytesIO(text.encode())))
    with pytest.raises(ValueError, match=r"."):
        read(JsonDocument(Trickle(text.encode(), 1)))


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        read(JsonDocument(io.BytesIO(b'["\xff"]')))
    with pytest.raises(ValueError, match="line 1 is not JSON"):
        list(line_blocks(io.BytesIO(b'"\xff"\n')))


@given(rows=st.lists(VALUES, max_size=6), step=st.integers(1, 40), has_end=st.booleans())
def test_lines_are_read_wherever_the_stream_cuts_them(rows: list[Any], step: int, has_end: bool) -> None:
    text = "\n".join(json.dumps(row) for row in rows) + ("\n" if rows and has_end else "")
    assert [row for block in line_blocks(Trickle(text.encode(), step)) for row in block] == rows


def test_the_line_that_is_no_json_is_named() -> None:
    with pytest.raises(ValueError, match=r"^line 3 is not JSON"):
        list(line_blocks(io.BytesIO(b"1\n2\n{\n4\n")))
    with pytest.raises(ValueError, match=r"^line 2 is not JSON"):
        list(line_blocks(io.BytesIO(b"1\n\n3\n")))


def test_a_value_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "_BLOCK_BYTES", 100)
    endless = io.BytesIO(b'["' + b"x" * 100_000)
    with pytest.raises(ValueError, match="longer than"):
        read(JsonDocument(endless, 1_000))
    assert endless.tell() < 10_000
    endless = io.BytesIO(b"x" * 100_000)
    with pytest.raises(ValueError, match="longer than"):
        list(line_blocks(endless, most_bytes=1_000))
    assert endless.tell() < 10_000
