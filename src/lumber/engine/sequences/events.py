"""The events of a partition, from which sequences are built; staged until all partitions are done.

The jobs that build sequences divide the devices among them: each has a part of the devices, given by a hash.
A file for several parts has a batch of each part for every group of rows, in turn, so a job reads only its
own batches. After all groups comes one batch with the last event of each split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import TIMESTAMP, Kind, optional, required
from lumber.files.staged import open_staged, remove_staged
from lumber.formats import Compression
from lumber.formats.arrow import ArrowShard
from lumber.formats.sink import HashingFile
from lumber.formats.staged_file import StagedFile
from lumber.steps.split import unit_of_texts
from lumber.steps.step import Records

_TEMPLATE, _LABEL = "template_id", "label"
_FIELDS = [
    required("id", pa.int64()),
    required("timestamp", TIMESTAMP),
    optional("device_id", pa.string()),
    required(_TEMPLATE, pa.string()),
]
EVENT_SCHEMA = pa.schema([*_FIELDS, required("place", pa.uint8()), optional(_LABEL, pa.int8())])


# In the metadata of a file for several parts: how many.
_PARTS = b"parts"
# Rows that a job takes together from many files.
_ROWS_TOGETHER = 50_000


@dataclass(frozen=True, slots=True)
class DevicePart:
    """Part `number`, from 0, of `count` parts of the devices. Events without one count as one more device."""

    number: int = 0
    count: int = 1

    def of(self, events: pl.DataFrame) -> pl.DataFrame:
        """Return the events of this part."""
        if self.count == 1:
            return events
        return events.filter(pl.Series(part_numbers(events["device_id"], self.count)) == self.number)

    def within(self, parts: int) -> range:
        """Return which of so many other parts have events of this one."""
        return range(self.number * parts // self.count, -(-(self.number + 1) * parts // self.count))


def part_numbers(device_ids: pl.Series, count: int) -> npt.NDArray[np.int64]:
    """Return the part of each device: the same in every process and on every machine."""
    return (unit_of_texts(device_ids.cast(pl.String), 0, "sequences") * count).astype(np.int64)


class StagedEvents:
    """The events of a partition in the order of its rows. The file exists even if there are none.

    `record` is the kind of the records; it must have a device. The devices are divided into `parts`.
    """

    def __init__(self, path: Path, record: Kind, parts: int = 1) -> None:
        if record.device_column is None:
            raise ValueError(f"kind {record.name!r} declares no device_column")
        self._columns = (record.id_column, record.time_column, record.device_column, _TEMPLATE)
        self.schema = EVENT_SCHEMA
        self.changes: Counter[str] = Counter()
        self._path = path
        file = HashingFile(path)
        self._file = (
            ArrowShard(file, EVENT_SCHEMA, Compression.ZSTD) if parts == 1 else _PartedEvents(file, parts)
        )

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


class _PartedEvents(ArrowShard):
    """A file of events for several parts of the devices."""

    def __init__(self, sink: HashingFile, parts: int) -> None:
        schema = EVENT_SCHEMA.with_metadata({_PARTS: str(parts).encode()})
        super().__init__(sink, schema, Compression.ZSTD)
        self._parts = parts
        self._last = pl.DataFrame(pl.from_arrow(EVENT_SCHEMA.empty_table()))

    def _write_group(self, group: pa.RecordBatch) -> None:
        frame = pl.DataFrame(pl.from_arrow(group))
        numbers = part_numbers(frame["device_id"], self._parts)
        # Stable, so that the events of a device stay in order.
        order = np.argsort(numbers, kind="stable")
        bounds = np.searchsorted(numbers[order], np.arange(self._parts + 1)).tolist()
        by_part = group.take(pl.Series(order).to_arrow())
        for begin, end in pairwise(bounds):
            super()._write_group(by_part.slice(begin, end - begin))
        self._last = pl.concat([self._last, frame]).group_by("place").last().select(EVENT_SCHEMA.names)

    def _close_encoder(self) -> None:
        last = self._last.sort("place").to_arrow(compat_level=pl.CompatLevel.oldest()).cast(EVENT_SCHEMA)
        columns = [column.combine_chunks() for column in last.columns]
        super()._write_group(pa.RecordBatch.from_arrays(columns, schema=EVENT_SCHEMA))
        super()._close_encoder()


def read_events(
    paths: Sequence[Path], names: Sequence[str], part: DevicePart | None = None
) -> Iterator[pl.DataFrame]:
    """Yield the events of a part of the devices in order, of all without one.

    `paths` are the files of all partitions, `names` the splits' names by index.
    """
    splits = pl.Series(names, dtype=pl.String)
    for frame in _together(_frames(paths, part or DevicePart())):
        yield frame.with_columns(splits.gather(frame["place"]).alias("split")).drop("place")


def last_times(paths: Sequence[Path], names: Sequence[str]) -> dict[str, int]:
    """Return the last time of each split that has events, in microseconds since 1970 UTC."""
    found: dict[str, int] = {}
    for path in paths:
        with _opened(path) as (reader, parts):
            batches = reader.num_record_batches
            for number in range(batches) if parts == 1 else [batches - 1]:
                latest = _frame(reader, number).group_by("place").agg(pl.max("timestamp").dt.epoch("us"))
                for place, last in latest.iter_rows():
                    found[names[place]] = max(last, found.get(names[place], last))
    return found


def _frames(paths: Sequence[Path], part: DevicePart) -> Iterator[pl.DataFrame]:
    for path in paths:
        with _opened(path) as (reader, parts):
            if parts == 1:
                yield from (part.of(_frame(reader, number)) for number in range(reader.num_record_batches))
                continue
            groups = range(0, reader.num_record_batches - 1, parts)
            for first in groups:
                frames = [_frame(reader, first + number) for number in part.within(parts)]
                yield frames[0] if parts == part.count else part.of(_in_order(frames))


def _in_order(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    # Stable: the events of a device are in order, and ids may have been renumbered.
    return frames[0] if len(frames) == 1 else pl.concat(frames).sort("timestamp", maintain_order=True)


def _together(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Join small frames: the work on each costs more than that on its rows."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(map(len, held)) >= _ROWS_TOGETHER:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, int]]:
    """Open a file of events, and say for how many parts it is."""
    with open_staged(path) as opened, pa.memory_map(f"/dev/fd/{opened.fileno()}") as file:
        reader = pa.ipc.open_file(file)
        yield reader, int((reader.schema.metadata or {}).get(_PARTS, b"1"))


def _frame(reader: Any, number: int) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(reader.get_batch(number)))
