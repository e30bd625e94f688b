"""Certifies shards on the disk, before they are a dataset.

`count_shard` is a job for a worker: it reads one shard back, as it is written, and leaves what it counted in
a file beside it. `certify` adds these up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from lumber import plain_arrays
from lumber.dataset.layout import output_errors
from lumber.dataset.leakage.certificate import MEASURES, Certifier, Compared, Counts, count
from lumber.dataset.manifest import PairSection
from lumber.errors import DatasetDamaged, ExportCancelled
from lumber.formats import Compression, OutputFormat, WriteOptions
from lumber.formats.options import TEXT_FORMATS
from lumber.formats.reading import ShardName, ShardReader, Unreadable, schema_fields
from lumber.formats.unescape import unescaped

_SCHEMA = pa.schema([("measure", pa.int8()), ("hash", pa.uint64()), ("rows", pa.int64())])


@dataclass(frozen=True, slots=True)
class CountSpec:
    """The job to count one shard, a file in staging with these columns, written with these options."""

    at: Path
    kind: str
    split: str
    schema: pa.Schema
    options: WriteOptions
    compared: Compared


@dataclass(frozen=True, slots=True)
class CountedShard:
    """What was counted of a shard of `split`: its rows and times, and the file with the values."""

    split: str
    rows: int
    times: tuple[int, int] | None
    at: Path


@dataclass(frozen=True, slots=True)
class CountedKind:
    """The counted shards of a kind, and what was compared."""

    compared: Compared
    shards: tuple[CountedShard, ...]


def count_shard(spec: CountSpec) -> CountedShard:
    """Read a shard back and count it.

    Raises an OutputError, or DatasetDamaged for a shard that does not read back.
    """
    at = spec.at.with_name(f"{spec.at.name}-counts")
    is_escaped = spec.options.format is OutputFormat.CSV and spec.options.csv_escape_formulas
    rows, times = 0, None
    with output_errors(at), pa.OSFile(str(at), "wb") as file, pa.ipc.new_stream(file, _SCHEMA) as writer:
        for batch in _batches(spec):
            counts = count(unescaped(batch) if is_escaped else batch, spec.compared)
            rows += counts.rows
            times = _joined(times, counts.times)
            for measure, (hashes, of_each) in counts.values.items():
                if len(hashes):
                    writer.write_batch(_values(measure, hashes, of_each))
    return CountedShard(spec.split, rows, times, at)


def certify(
    counted: CountedKind,
    folder: Path,
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[PairSection]:
    """Return the certificate of a kind whose shards were counted.

    A temporary file may be made in `folder`; nothing is left of it, nor of the files with the counts.
    Raises ExportCancelled or an OutputError.
    """
    with output_errors(folder), Certifier(counted.compared, folder) as certifier:
        for shard in counted.shards:
            certifier.merge(shard.split, Counts(shard.rows, shard.times, {}))
            with pa.OSFile(str(shard.at), "rb") as file, pa.ipc.open_stream(file) as reader:
                for batch in reader:
                    if is_cancelled():
                        raise ExportCancelled("The export was cancelled.")
                    measure = MEASURES[batch.column("measure")[0].as_py()]
                    hashes, rows = (plain_arrays.from_arrow(batch.column(name)) for name in ("hash", "rows"))
                    certifier.merge(shard.split, Counts(0, None, {measure: (hashes, rows)}))
            shard.at.unlink()
        return certifier.finish()


def _batches(spec: CountSpec) -> Iterator[pa.RecordBatch]:
    fields = schema_fields(spec.schema)
    # Rows are counted, so one column is read in any case.
    columns = spec.compared.columns or (fields[0].name,)
    # Parquet and Arrow say themselves how they are compressed.
    codecs: dict[Compression, Literal["gzip", "zstd"]] = {Compression.GZIP: "gzip", Compression.ZSTD: "zstd"}
    is_text = spec.options.format in TEXT_FORMATS
    codec = codecs.get(spec.options.compression) if is_text else None
    name = ShardName(spec.kind, spec.split, 0, 1, spec.options.format, codec)
    try:
        with spec.at.open("rb") as file:
            yield from ShardReader(file, name, fields, columns=columns).batches()
    except Unreadable as error:
        raise DatasetDamaged(f"{spec.at.name} {error}") from error


def _values(measure: str, hashes: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> pa.RecordBatch:
    measures = np.full(len(hashes), MEASURES.index(measure), np.int8)
    arrays = [plain_arrays.to_arrow(values) for values in (measures, hashes, rows)]
    return pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)


def _joined(times: tuple[int, int] | None, others: tuple[int, int] | None) -> tuple[int, int] | None:
    if times is None or others is None:
        return times or others
    return min(times[0], others[0]), max(times[1], others[1])
