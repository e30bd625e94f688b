"""Records with named fields to rows of a kind."""

from __future__ import annotations

from typing import Any, NamedTuple

import polars as pl

from lumber.ingest.rejects import Reject
from lumber.ingest.zones import Zone


class Record(NamedTuple):
    """One record of a source: the line it starts at, its fields and its text."""

    number: int
    fields: dict[str, Any]
    raw: str


class RecordBuilder:
    def __init__(self, kind: str, zone: Zone) -> None:
        pass

    def build(self, records: list[Record]) -> tuple[pl.DataFrame, list[Reject]]:
        return pl.DataFrame(), []
