"""A finished file in staging, and the keys of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Key(NamedTuple):
    """The place of a row in the order of the dataset: microseconds since 1970 UTC, then id."""

    time_us: int
    id: int


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One finished file in staging; keys are those of its first and last row, of a shard only.

    `null_columns` are the columns with nulls, of a file of a derived table only. `since` is the version of a
    dataset that the file came with, if an earlier one than this. `sketch` are the name and the bytes of the
    sketch of its rows, a file beside it; of a shard of a dataset only.
    """

    name: str
    rows: int
    size_bytes: int
    sha256: str
    first_key: Key | None = None
    last_key: Key | None = None
    split: str | None = None
    content_sha256: str | None = None
    null_columns: tuple[str, ...] = ()
    since: int | None = None
    sketch: tuple[str, int] | None = None

    @property
    def staged(self) -> list[tuple[str, int]]:
        """The names and the bytes of the file and of what lies beside it."""
        return [(self.name, self.size_bytes), *([] if self.sketch is None else [self.sketch])]
