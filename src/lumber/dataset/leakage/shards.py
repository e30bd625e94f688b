"""Counts finished shards in staging for the leakage certificate.

`count_shard` is a job for a worker: it reads one shard back and writes the counts to a file beside it.
`read_counts` reads this file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow as pa

from lumber.dataset.layout import output_errors
from lumber.dataset.leakage.counts import MEASURES, Compared, Counts, count
from lumber.errors import DatasetDamaged
from lumber.files.staged import create_staged, open_staged, remove_staged
from lumber.formats import WriteOptions, get_format
from lumber.formats.reading import ReadRequest, Unreadable, schema_fields

_SCHEMA = pa.schema([("measure", pa.int8()), ("hash", pa.uint64()), ("rows", pa.int64())])


@dataclass(frozen=True, slots=True)
class CountSpec:
    """The job to count one shard: a file in staging, its columns, and the options it was written with."""

    at: Path
    kind: str
    split: str
    schema: pa.Schema
    options: WriteOptions
    compared: Compared


@dataclass(frozen=True, slots=True)
class CountedShard:
    """The counts of a shard of `split`: its rows, its first and last time, and the file with the values."""

    split: str
    rows: int
    times: tuple[int, int] | None
    at: Path


@dataclass(frozen=True, slots=True)
class CountedKind:
    """The counted shards of a kind, and the compared columns."""

    compared: Compared
    shards: tuple[CountedShard, ...]


def count_shard(spec: CountSpec) -> CountedShard:
    """Read a shard back and count it. Raises an OutputError, or DatasetDamaged for an unreadable shard."""
    at = spec.at.with_name(f"{spec.at.name}-counts")
    rows, times = 0, None
    with output_errors(at), _new(at) as file, pa.ipc.new_stream(file, _SCHEMA) as writer:
        for batch in _batches(spec):
            counts = count(batch, spec.compared)
            rows += counts.rows
            times = _joined(times, counts.times)
            for measure, (hashes, of_each) in counts.values.items():
                if len(hashes):
                    writer.write_batch(_values(measure, hashes, of_each))
    return CountedShard(spec.split, rows, times, at)


def read_counts(shard: CountedShard) -> Iterator[Counts]:
    """Yield the counts of a shard, the values in parts. Raises OSError."""
    yield Counts(shard.rows, shard.times, {})
    with (
        open_staged(shard.at) as opened,
        pa.ipc.open_stream(pa.PythonFile(cast(io.IOBase, opened), mode="r")) as reader,
    ):
        for batch in reader:
            measure = MEASURES[batch.column("measure")[0].as_py()]
            hashes, rows = (
                pl.Series(pl.from_arrow(batch.column(name))).to_numpy() for name in ("hash", "rows")
            )
            yield Counts(0, None, {measure: (hashes, rows)})


def _new(at: Path) -> io.FileIO:
    # An attempt that was lost may have left one.
    remove_staged(at)
    return io.FileIO(create_staged(at), "wb")


def _batches(spec: CountSpec) -> Iterator[pa.RecordBatch]:
    fields = schema_fields(spec.schema)
    # Rows are counted, so at least one column is read.
    columns = spec.compared.columns or (fields[0].name,)
    options = spec.options
    request = ReadRequest(fields, columns, is_escaped=options.csv_escape_formulas)
    open_reader = get_format(options.format).reader
    try:
        with open_staged(spec.at) as file:
            yield from open_reader(file, options.compression, request).batches()
    except Unreadable as error:
        raise DatasetDamaged(f"{spec.at.name} {error}") from error


def _values(measure: str, hashes: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> pa.RecordBatch:
    measures = np.full(len(hashes), MEASURES.index(measure), np.int8)
    arrays = [pl.Series(values).to_arrow() for values in (measures, hashes, rows)]
    return pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)


def _joined(times: tuple[int, int] | None, others: tuple[int, int] | None) -> tuple[int, int] | None:
    if times is None or others is None:
        return times or others
    return min(times[0], others[0]), max(times[1], others[1])
