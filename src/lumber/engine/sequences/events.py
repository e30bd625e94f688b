"""The events of a partition, from which sequences are built; staged until all partitions are done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import TIMESTAMP, Kind, optional, required
from lumber.files.staged import open_staged, remove_staged
from lumber.formats import Compression
from lumber.formats.arrow import ArrowShard
from lumber.formats.sink import HashingFile
from lumber.formats.staged_file import StagedFile
from lumber.steps.step import Records

_TEMPLATE, _LABEL = "template_id", "label"
_FIELDS = [
    required("id", pa.int64()),
    required("timestamp", TIMESTAMP),
    optional("device_id", pa.string()),
    required(_TEMPLATE, pa.string()),
]
EVENT_SCHEMA = pa.schema([*_FIELDS, required("place", pa.uint8()), optional(_LABEL, pa.int8())])


class StagedEvents:
    """The events of a partition in the order of its rows. The file exists even if there are none.

    `record` is the kind of the records; it must have a device.
    """

    def __init__(self, path: Path, record: Kind) -> None:
        if record.device_column is None:
            raise ValueError(f"kind {record.name!r} declares no device_column")
        self._columns = (record.id_column, record.time_column, record.device_column, _TEMPLATE)
        self.schema = EVENT_SCHEMA
        self.changes: Counter[str] = Counter()
        self._path = path
        self._file = ArrowShard(HashingFile(path), EVENT_SCHEMA, Compression.ZSTD)

    def add(self, records: Records, parts: Sequence[tuple[int, pa.RecordBatch]]) -> None:
        """Write the events of records that have templates, with the indices of their splits."""
        batch, places = records.batch, records.places
        columns = [batch.column(name) for name in self._columns]
        if places is None:
            places = pl.repeat(0, len(records), dtype=pl.UInt8, eager=True)
        columns.append(places.to_arrow())
        has_labels = _LABEL in batch.schema.names
        columns.append(batch.column(_LABEL) if has_labels else pa.nulls(len(records), pa.int8()))
        self._file.write(pa.RecordBatch.from_arrays(columns, schema=EVENT_SCHEMA))

    def finish(self) -> tuple[StagedFile, ...]:
        """Close the file and return it."""
        written = self._file.close()
        return (StagedFile(self._path.name, written.rows, written.size_bytes, written.sha256),)

    def abort(self) -> None:
        """Delete the file."""
        self._file.abort()
        remove_staged(self._path)


def read_events(paths: Sequence[Path], names: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yield the events of the given partitions in order; `names` are the splits' names by index."""
    splits = pl.Series(names, dtype=pl.String)
    for path in paths:
        with open_staged(path) as opened, pa.memory_map(f"/dev/fd/{opened.fileno()}") as file:
            reader = pa.ipc.open_file(file)
            for index in range(reader.num_record_batches):
                frame = pl.DataFrame(pl.from_arrow(reader.get_batch(index)))
                yield frame.with_columns(splits.gather(frame["place"]).alias("split")).drop("place")
