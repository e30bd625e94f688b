"""The output of a reader: chunks of rows, each with the place in the source where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from lumber.ingest.rejects import Reject


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows to load and lines to reject, up to a place in the source.

    `rows` has the columns of the kind's table, times as Int64 microseconds. `addresses` has the rows that
    were derived for ip_addresses. `numbers` has the number of the line of each row, and
    `forms` the name of its form.
    `continued` has the number of lines that were joined to the row with a number. They are not counted:
    loaded + rejected = lines.
    """

    rows: pl.DataFrame
    rejects: list[Reject]
    lines: int
    bytes_done: int
    content_sha256: str
    state: dict[str, Any] = field(default_factory=dict)
    addresses: pl.DataFrame | None = None
    numbers: pl.Series | None = None
    forms: pl.Series | None = None
    is_last: bool = False
    are_years_guessed: bool = False
    continued: Mapping[int, int] = field(default_factory=dict)
