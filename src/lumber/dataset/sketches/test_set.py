"""A frozen test set: hashes of the rows that a model is judged by, which no version may contain.

The content of a row is what the leakage certificate compares as `exact`: of a log line its message. A hash is
the first 16 hexadecimal digits of the content's SHA-256, one a line, so it stays valid in later versions of
Lumber, and any program can make it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.dataset.leakage.counts import contents
from lumber.errors import DatasetMissing

HEADER = "# lumber test set 1"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DIGITS = 16
_HASH = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")
_MOST_BYTES = 1 << 30

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class TestSet:
    """A file of hashes, by name."""

    __test__ = False  # it is no test

    name: str
    path: Path

    def read(self) -> tuple[Hashes, str]:
        """Return the hashes in order, and the sha256 of the file. Raises DatasetMissing."""
        try:
            if self.path.stat().st_size > _MOST_BYTES:
                raise ValueError(f"it is larger than {_MOST_BYTES:,} bytes")
            content = self.path.read_bytes()
            return _parsed(content.decode("ascii")), hashlib.sha256(content).hexdigest()
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
            raise DatasetMissing(
                f"The test set {self.name} can't be read from {self.path}: {reason}. Make it with `lumber "
                f"datasets freeze-test FILES --name {self.name}`."
            ) from error


def _parsed(text: str) -> Hashes:
    first, *lines = text.splitlines() or [""]
    if first != HEADER:
        raise ValueError(f"its first line is not {HEADER!r}")
    for number, line in enumerate(lines, 2):
        if not _HASH.fullmatch(line):
            raise ValueError(f"line {number} is not a hash of {_DIGITS} hexadecimal digits")
    return np.unique(np.array([int(line, 16) for line in lines], dtype=np.uint64))


def hashes_of(texts: Iterable[str]) -> Hashes:
    """Return the hash of each content, in order."""
    digests = (hashlib.sha256(text.encode()).digest()[: _DIGITS // 2] for text in texts)
    return np.array([int.from_bytes(digest, "big") for digest in digests], dtype=np.uint64)


def test_set_text(hashes: Hashes) -> str:
    """Return the content of the file."""
    return "".join(f"{line}\n" for line in (HEADER, *(f"{each:0{_DIGITS}x}" for each in np.unique(hashes))))


test_set_text.__test__ = False  # type: ignore[attr-defined]


class FrozenRows:
    """Counts the rows whose content is in a test set."""

    def __init__(self, test_set: TestSet, content: Sequence[str]) -> None:
        """Read the test set. Raises DatasetMissing."""
        self._hashes, self.sha256 = test_set.read()
        self.content = tuple(content)
        self.matched = 0

    def take(self) -> int:
        """Return the rows found since the last call."""
        taken, self.matched = self.matched, 0
        return taken

    def add(self, batch: pa.RecordBatch) -> None:
        """Look at rows, which have the columns of the content."""
        arrays = [batch.column(name) for name in self.content]
        frame = pl.from_arrow(pa.RecordBatch.from_arrays(arrays, list(self.content)))
        assert isinstance(frame, pl.DataFrame)
        counted = contents(frame, self.content).alias("text").value_counts(name="rows").drop_nulls()
        is_in = np.isin(hashes_of(counted["text"].to_list()), self._hashes)
        self.matched += int(counted["rows"].to_numpy()[is_in].sum())
