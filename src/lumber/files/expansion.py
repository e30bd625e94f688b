"""Limits on what files may expand to when they are read, so a small file can't take all memory or time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from lumber.text import counted

# Below this size no ratio is checked: a little very repetitive data is not an attack.
RATIO_FREE_BYTES = 256 * 1024**2


class ExpandsTooFar(ValueError):
    """Data expands beyond a limit; the message continues a sentence that begins with "it"."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits on compressed data from elsewhere.

    `decompressed_bytes` and `compression_ratio` (decompressed / compressed bytes, checked beyond
    `RATIO_FREE_BYTES`) concern all files together, `row_bytes` a row, `columns` a table.
    """

    decompressed_bytes: int = 1024**4
    compression_ratio: float = 1_000.0
    row_bytes: int = 64 * 1024**2
    columns: int = 10_000

    @property
    def group_bytes(self) -> int:
        """Bytes of rows that a file holds together. Lumber writes 32 MiB, or one row."""
        return 2 * self.row_bytes


DEFAULT_LIMITS = ReadLimits()


def excess(size: int, compressed: int, most_bytes: int, ratio: float) -> str | None:
    """Say which limit `compressed` bytes exceed that expand to `size` bytes; None: no limit."""
    if size > most_bytes:
        return f"{counted(most_bytes, 'byte')}, the limit of LUMBER_MAX_DECOMPRESSED_BYTES"
    if size > max(RATIO_FREE_BYTES, ratio * compressed):
        return f"{ratio:,g} times its compressed size, the limit of LUMBER_MAX_COMPRESSION_RATIO"
    return None


class Expansion:
    """Counts what files expand to, all files that are read for one purpose together.

    `is_exceeded` says that they were more than is allowed.
    """

    def __init__(self, limits: ReadLimits) -> None:
        self.limits = limits
        self.is_exceeded = False
        self._compressed = 0
        self._size = 0

    def begin(self, file: BinaryIO) -> None:
        """Take in a file that is read now."""
        self._compressed += os.fstat(file.fileno()).st_size

    def add(self, size: int) -> None:
        """Count bytes that were read. Raises ExpandsTooFar."""
        self._size += size
        limits = self.limits
        reason = excess(self._size, self._compressed, limits.decompressed_bytes, limits.compression_ratio)
        if reason is not None:
            self.is_exceeded = True
            raise ExpandsTooFar(f"it expands to more than {reason}. If you trust it, raise the limit")
