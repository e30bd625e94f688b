"""The order of rows that is not by time: by a number that looks random, made of each row's id and a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.steps.split import mixed_ids


@dataclass(frozen=True, slots=True)
class ShuffleRule:
    """How rows are shuffled: in the order of their ids' numbers, which a seed gives."""

    seed: int

    def numbers(self, records: pa.RecordBatch, kind: Kind) -> pa.Array[Any]:
        """Return the number of each record; no two ids have the same."""
        ids = pl.Series(pl.from_arrow(records.column(kind.id_column)))
        return pl.Series(order_numbers(ids, self.seed)).to_arrow()


def order_numbers(ids: pl.Series, seed: int) -> npt.NDArray[np.uint64]:
    """Return the number of each id by which shuffled rows are sorted."""
    return mixed_ids(ids, seed, "order")
