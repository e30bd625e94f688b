"""The order of rows that is not by time: by a number that looks random, made of each row's id and a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.pipeline.split import mixed_ids


@dataclass(frozen=True, slots=True)
class ShuffleRule:
    """How rows are shuffled: in the order of their ids' numbers, which a seed gives."""

    seed: int

    def numbers(self, records: pa.RecordBatch, kind: Kind) -> pa.Array[Any]:
        """Return the number of each record; no two ids have the same."""
        ids = pl.Series(pl.from_arrow(records.column(kind.id_column)))
        return pa.array(mixed_ids(ids, self.seed, "order"))
