"""Finds where a block may end, so that it holds every record whole that begins in it."""

from __future__ import annotations

import re

from lumber.ingest.multiline.continuations import may_continue

_CRI = re.compile(rb"[0-9]\S+ (?:stdout|stderr) [FP](?: |$)")
_DOCKER = b'{"log":"'
_PARTS = (b" stdout", b" stderr")
# Kubernetes divides a line into parts of 16 KiB.
_PART_BYTES = 64 * 1024


def last_record(text: bytes, is_whole: bool, max_lines: int) -> int:
    """Return the start of the last line that continues no other one; 0 if that isn't known.

    `is_whole`: the text begins with a record. If not, it begins anywhere, and what is before it is not known.

    After `max_lines` that may be continuations, a block ends with the last of them: no record has more.
    """
    last = end = text.rfind(b"\n")
    for _ in range(max_lines):
        start = text.rfind(b"\n", 0, max(end, 0)) + 1
        if start == 0:
            return 0
        if not may_continue(_body(text[start:end]).decode(errors="replace").removesuffix("\r")):
            return _before_parts(text, is_whole, start)
        end = start - 1
    return last + 1


def _body(line: bytes) -> bytes:
    """Return what a program wrote of a line that a container runtime wrote; other lines as they are."""
    if (found := _CRI.match(line)) is not None:
        return line[found.end() :]
    if line.startswith(_DOCKER):
        return line[len(_DOCKER) :].partition(b'\\n"')[0].replace(b"\\t", b"\t")
    return line


def _before_parts(text: bytes, is_whole: bool, end: int) -> int:
    """Return the start of the first part before `end` whose line ends after it (Kubernetes); else `end`."""
    begin = max(0, end - _PART_BYTES)
    if begin == 0 and not is_whole and any(text.find(stream, 0, end) >= 0 for stream in _PARTS):
        return 0
    first = end
    for stream in _PARTS:
        part = text.rfind(stream + b" P ", begin, first)
        if part > text.rfind(stream + b" F", begin, end):
            before = text.rfind(stream + b" F", begin, part)
            following = text.find(stream + b" P ", max(before, begin), end)
            first = min(first, text.rfind(b"\n", 0, following) + 1)
    return first
