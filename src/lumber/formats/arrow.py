"""Arrow shards: the IPC file format, which readers map into memory without decoding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import IOBase
from typing import Any, cast

import pyarrow as pa

from lumber.formats.arrow_layout import ArrowLayout
from lumber.formats.columnar import ColumnarShard
from lumber.formats.compression import Compression
from lumber.formats.format import Format, HubLoader
from lumber.formats.reading import Extra, ShardReader, metadata_extras, rows_from, schema_extras
from lumber.formats.row_places import RowPlaces
from lumber.formats.sink import HashingFile

_ZSTD_LEVEL = 3
# Arrow fills buffers up to a multiple of this, with zeros.
_PADDING_BYTES = 64


class ArrowShard(ColumnarShard):
    """Writes one Arrow IPC file, one record batch per group of rows."""

    def __init__(self, sink: HashingFile, schema: pa.Schema, compression: Compression) -> None:
        super().__init__(sink, schema)
        codec = pa.Codec("zstd", compression_level=_ZSTD_LEVEL) if compression is Compression.ZSTD else None
        with self._valve.opened():
            self._encoder = pa.ipc.new_file(
                self._valve.file, schema, options=pa.ipc.IpcWriteOptions(compression=codec)
            )

    def _write_group(self, group: pa.RecordBatch) -> None:
        self._encoder.write_batch(group)

    def _close_encoder(self) -> None:
        self._encoder.close()


class ArrowReader(ShardReader):
    """Reads one Arrow IPC file. It also holds metadata, and may hold bytes that belong to no value."""

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with self._opened() as reader:
            for number in self._numbers(reader):
                yield self._checked(reader.get_batch(number))

    def _batches_from(self, first: int, places: RowPlaces) -> Iterator[pa.RecordBatch]:
        with self._opened() as reader:
            layout = ArrowLayout(self._file)
            before = 0
            numbers: list[int] = []
            for number, batch in enumerate(layout.batches):
                rows = 0 if numbers else layout.rows(batch)
                if numbers or before + rows > first:
                    numbers.append(number)
                else:
                    before += rows
            wanted = self._within_limits(layout, numbers)
            yield from rows_from((self._checked(reader.get_batch(each)) for each in wanted), first - before)

    def _contents(self) -> Iterator[pa.RecordBatch | Extra]:
        with self._opened() as reader:
            yield from schema_extras(reader.schema)
            for number in self._numbers(reader):
                batch, custom = reader.get_batch_with_custom_metadata(number)
                yield from metadata_extras(dict(custom or {}))
                chosen = self._checked(batch)
                yield from _hidden_bytes(chosen)
                yield chosen

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        with pa.ipc.open_file(pa.PythonFile(cast(IOBase, self._file), mode="r")) as reader:
            self._require_schema(reader.schema)
            yield reader

    def _numbers(self, reader: Any) -> Iterator[int]:
        """Yield the numbers of the batches, each before it is read, if it isn't too large."""
        if self._request.expansion is None:
            yield from range(reader.num_record_batches)
            return
        layout = ArrowLayout(self._file)
        yield from self._within_limits(layout, range(len(layout.batches)))

    def _within_limits(self, layout: ArrowLayout, numbers: Iterable[int]) -> Iterator[int]:
        """Yield the numbers of some batches, each before it is read, if it isn't too large."""
        expansion = self._request.expansion
        if expansion is None:
            yield from numbers
            return
        expansion.begin(self._file)
        most = expansion.limits.group_bytes
        for number in numbers:
            size = layout.expanded_bytes(layout.batches[number])
            if size > most:
                raise ValueError(f"record batch {number} expands to more than {most:,} bytes")
            expansion.add(size)
            yield number

    def _checked(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        chosen = batch.select(self._names)
        chosen.validate(full=True)
        return chosen


def _hidden_bytes(batch: pa.RecordBatch) -> Iterator[Extra]:
    """Yield how many bytes of each text column belong to no value: a null may have text behind it."""
    import pyarrow.compute as pc

    for name in batch.schema.names:
        column = batch.column(name)
        is_large = pa.types.is_large_string(column.type)
        if not len(column) or not (is_large or pa.types.is_string(column.type)):
            continue
        _, offsets, data = column.buffers()
        if offsets is None or data is None:
            continue
        ends = memoryview(offsets).cast("q") if is_large else memoryview(offsets).cast("i")
        shown = int(pc.sum(pc.binary_length(cast(Any, column))).as_py() or 0)
        # All that is in the buffer was written for this batch, also what is before its first value.
        hidden = max(ends[column.offset + len(column)], data.size - _PADDING_BYTES) - shown
        if hidden > 0:
            yield Extra(name, hidden_bytes=hidden)


FORMAT = Format(
    name="arrow",
    title="Arrow",
    suffix=".arrow",
    media_type="application/vnd.apache.arrow.file",
    writer=lambda sink, schema, options: ArrowShard(sink, schema, options.compression),
    reader=ArrowReader,
    codecs=(Compression.NONE, Compression.ZSTD),
    usual_codec=Compression.ZSTD,
    hub=HubLoader(),
    opening_folders=(
        "import pyarrow.dataset",
        'table = pyarrow.dataset.dataset("PATH/{table}", format="ipc", partitioning="hive").to_table()',
    ),
)
