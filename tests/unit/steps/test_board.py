"""What one worker writes on the board, the others read, whole or not at all."""

from __future__ import annotations

import os
import time

import pytest

from lumber.engine.forkserver import fork_context
from lumber.steps.board import Board
from tests.integration.processes import PATIENCE_SECONDS

_BYTES = 256


def _pair() -> tuple[Board, Board]:
    """Return two views of one board, as two workers have. A process by itself can lock each part twice."""
    one = Board.new(2, _BYTES)
    assert one._file is not None
    other = Board(os.dup(one._file), 2, _BYTES)
    one.open()
    other.open()
    other._own = 1
    return one, other


def _work(board: Board, note: bytes, others: int) -> None:
    """Write a note, and end well when those of as many others were read."""
    board.open()
    board.write(note)
    reader, read = board.reader(), set[bytes]()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(read) < others and time.monotonic() < deadline:
        read |= set(reader.news())
        time.sleep(0.01)
    raise SystemExit(0 if len(read) == others and note not in read else 1)


def test_workers_read_what_the_others_wrote() -> None:
    board = Board.new(3)
    workers = [
        fork_context().Process(target=_work, args=(board, note, 2)) for note in (b"a", b"b" * 900, b"c")
    ]
    for worker in workers:
        worker.start()
    board.close()
    for worker in workers:
        worker.join(PATIENCE_SECONDS)
        worker.kill()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]


def test_notes_are_read_once_and_not_by_who_wrote_them() -> None:
    one, other = _pair()
    mine, theirs = one.reader(), other.reader()
    one.write(b"first")
    one.write(b"")
    assert theirs.news() == [b"first", b""]
    one.write(b"third")
    assert theirs.news() == [b"third"]
    assert theirs.news() == []
    assert mine.news() == []
    assert other.reader().news() == [b"first", b"", b"third"]


def test_who_has_no_room_writes_nothing_more() -> None:
    one, other = _pair()
    one.write(b"x" * _BYTES)
    assert other.reader().news() == []
    one.write(b"x" * 100)
    one.write(b"y" * 100)
    one.write(b"z" * 100)
    assert other.reader().news() == [b"x" * 100, b"y" * 100]


def test_a_note_that_is_not_whole_does_not_count_yet() -> None:
    one, other = _pair()
    one.write(b"whole")
    one.write(b"not yet")
    assert one._memory is not None
    at = one._written - 1
    one._memory[at] = ord("?")
    theirs = other.reader()
    assert theirs.news() == [b"whole"]
    one._memory[at] = ord("t")
    assert theirs.news() == [b"not yet"]
    # Killed before the end was moved.
    one._memory[0:8] = bytes(8)
    assert other.reader().news() == []


def test_without_such_memory_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    board = Board.new(2)
    board.open()
    board.write(b"note")
    assert board.reader().news() == []
    board.close()
