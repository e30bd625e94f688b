"""A board in shared memory, on which the workers of an export write what the others needn't find out again.

Each worker writes to a part of its own, and reads those of the others. Nobody waits for anybody, so a worker
may be killed at any moment: a note counts when it is whole. The memory has no name and no file: it is gone
when the last worker is.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import zlib
from collections.abc import Callable
from multiprocessing.reduction import DupFd
from typing import Any

_PART_BYTES = 8 << 20
# At the beginning of a part: how far it is written. Before each note: its length and its checksum.
_END, _HEAD = struct.Struct("<Q"), struct.Struct("<II")


class Board:
    """A board of as many parts as there are workers. It goes to a new process with its arguments.

    `file` is its memory, as the descriptor of a file; without one nothing is ever read.
    """

    def __init__(self, file: int | None, parts: int, part_bytes: int) -> None:
        self._file, self._parts, self._part_bytes = file, parts, part_bytes
        self._memory: mmap.mmap | None = None
        # The part of this process; None if none is free.
        self._own: int | None = None
        self._written = _END.size

    @classmethod
    def new(cls, parts: int, part_bytes: int = _PART_BYTES) -> Board:
        """Return a new board. Only Linux has memory without a name."""
        try:
            file = os.memfd_create("lumber")
        except (AttributeError, OSError):
            return cls(None, parts, part_bytes)
        os.ftruncate(file, parts * part_bytes)
        return cls(file, parts, part_bytes)

    def __reduce__(self) -> tuple[Callable[..., Board], tuple[object, ...]]:
        return _arrived, (None if self._file is None else DupFd(self._file), self._parts, self._part_bytes)

    def open(self) -> None:
        """Take a part that no living process has. It stays this process's until its end."""
        if self._file is None:
            return
        self._memory = mmap.mmap(self._file, self._parts * self._part_bytes)
        for part in range(self._parts):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, part)
            except OSError:
                continue
            self._own, self._written = part, self._end_of(part)
            return

    def close(self) -> None:
        """Give the memory back, in the process that made the board."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def write(self, note: bytes) -> None:
        """Write a note for the others, if there is room."""
        end = self._written + _HEAD.size + len(note)
        if self._memory is None or self._own is None or end > self._part_bytes:
            return
        start = self._own * self._part_bytes
        _HEAD.pack_into(self._memory, start + self._written, len(note), zlib.crc32(note))
        self._memory[start + self._written + _HEAD.size : start + end] = note
        self._written = end
        # Last: what is behind the end doesn't count.
        _END.pack_into(self._memory, start, end)

    def reader(self) -> BoardReader:
        """Return what reads the notes of all others, from the first one."""
        return BoardReader(self)

    def others(self) -> range | list[int]:
        """Return the parts of the others; none before the board is open."""
        return [] if self._memory is None else [part for part in range(self._parts) if part != self._own]

    def read(self, part: int, at: int) -> tuple[list[bytes], int]:
        """Return the notes of a part from a place, and the place behind them."""
        assert self._memory is not None
        end, start = self._end_of(part), part * self._part_bytes
        notes: list[bytes] = []
        while at < end:
            length, checksum = _HEAD.unpack_from(self._memory, start + at)
            behind = at + _HEAD.size + length
            note = self._memory[start + at + _HEAD.size : start + behind] if behind <= end else b""
            if zlib.crc32(note) != checksum:
                break  # not all of it has come yet
            notes.append(note)
            at = behind
        return notes, at

    def _end_of(self, part: int) -> int:
        assert self._memory is not None
        end: int = _END.unpack_from(self._memory, part * self._part_bytes)[0]
        return min(max(end, _END.size), self._part_bytes)


class BoardReader:
    """Reads what others wrote on a board since it was asked last."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._read = dict.fromkeys(board.others(), _END.size)

    def news(self) -> list[bytes]:
        """Return the notes that are new."""
        found: list[bytes] = []
        for part, at in self._read.items():
            notes, self._read[part] = self._board.read(part, at)
            found += notes
        return found


def _arrived(file: Any, parts: int, part_bytes: int) -> Board:
    return Board(None if file is None else file.detach(), parts, part_bytes)


# That of the export for which this process works.
_current: Board | None = None


def set_board(board: Board | None) -> None:
    """Let the steps of this process write on a board."""
    global _current
    _current = board


def current_board() -> Board | None:
    """Return the board of this process, if it has one."""
    return _current
