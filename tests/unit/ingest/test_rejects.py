"""The reject file is a regular file, and no link is followed to it."""

import os
from pathlib import Path

import pytest

from lumber.errors import OutputUnwritable
from lumber.ingest.rejects import Reject, RejectFile


def write(path: Path) -> None:
    file = RejectFile(path, 0, is_interrupted=True)
    try:
        file.write([Reject(1, "why", "raw")])
    finally:
        file.close()


def test_rejects_are_not_written_through_a_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "rejects.jsonl").symlink_to(precious)
    with pytest.raises(OutputUnwritable, match=r"rejects\.jsonl cannot be written"):
        write(tmp_path / "rejects.jsonl")
    assert precious.read_text() == "precious"


def test_rejects_are_not_written_to_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rejects.jsonl")
    reader = os.open(tmp_path / "rejects.jsonl", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(OutputUnwritable, match="not a regular file"):
            write(tmp_path / "rejects.jsonl")
    finally:
        os.close(reader)
