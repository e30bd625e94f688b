"""Parquet shards: zstd, page index, content-defined chunks, row groups of about 50,000 rows or 32 MB."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pyarrow as pa

from lumber.files.expansion import Expansion
from lumber.formats.columnar import ColumnarShard
from lumber.formats.compression import Compression
from lumber.formats.format import ALL_CODECS, Format, HubLoader
from lumber.formats.parquet_footer import (
    ColumnChunk,
    FooterTooLarge,
    by_leaf,
    column_chunks,
    require_short_footer,
)
from lumber.formats.reading import Extra, ShardReader, metadata_extras, rows_from, schema_extras
from lumber.formats.row_places import RowPlaces
from lumber.formats.sink import HashingFile

if TYPE_CHECKING:
    import pyarrow.parquet as pq

# zstd's 3 takes a fifth more of the writer's time than 1, for a twentieth fewer bytes. For gzip pyarrow would
# take 9, measured at three times the time of 4 for a tenth fewer bytes.
LEVELS = {Compression.ZSTD: 1, Compression.GZIP: 4}
# A column gets a dictionary if it has at most this share of distinct values in the first rows, or few values.
_ARROW_SCHEMA = b"ARROW:schema"
_SAMPLE_ROWS = 10_000
_REPETITIVE_SHARE = 0.25
_FEW_VALUES = 64


class ParquetShard(ColumnarShard):
    """Writes one Parquet file, with exactly the schema's nullability and field metadata.

    Content-defined chunking cuts pages at places that depend on the values. Two versions of a dataset that
    share most rows then share most bytes, and a store that removes duplicates saves space and traffic.
    """

    def __init__(self, sink: HashingFile, schema: pa.Schema, compression: Compression) -> None:
        super().__init__(sink, schema)
        self._compression = compression
        self._encoder: pq.ParquetWriter | None = None

    def _write_group(self, group: pa.RecordBatch) -> None:
        encoder = self._open_encoder(group)
        encoder.write_batch(group, row_group_size=group.num_rows)

    def _close_encoder(self) -> None:
        self._open_encoder(None).close()

    def _open_encoder(self, group: pa.RecordBatch | None) -> pq.ParquetWriter:
        """Return the encoder; the first group of rows decides which columns get dictionaries."""
        import pyarrow.parquet as pq

        if self._encoder is None:
            self._encoder = pq.ParquetWriter(
                self._valve.file,
                self._schema,
                version="2.6",
                compression=self._compression.value,
                compression_level=LEVELS.get(self._compression),
                use_dictionary=[] if group is None else _repetitive(group),  # type: ignore[arg-type]  # the stubs know only a bool
                write_statistics=True,
                write_page_index=True,
                use_content_defined_chunking=True,
            )
        return self._encoder


class ParquetReader(ShardReader):
    """Reads one Parquet file. It also holds metadata, and the smallest and largest values in statistics.

    Dictionaries, page headers and the page index hold values of the rows and nothing else.
    """

    _found_chunks: list[list[ColumnChunk]] | None = None

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with self._opened() as file:
            yield from self._rows(file)

    def _contents(self) -> Iterator[pa.RecordBatch | Extra]:
        with self._opened() as file:
            yield from dict.fromkeys(_metadata(file))
            yield from self._statistics(file)
            yield from self._rows(file)

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        import pyarrow.parquet as pq

        if self._request.expansion is not None:
            require_short_footer(self._file)
            self._chunks()
        with pq.ParquetFile(self._file) as file:
            self._require_schema(file.schema_arrow)
            yield file

    def _batches_from(self, first: int, places: RowPlaces) -> Iterator[pa.RecordBatch]:
        with self._opened() as file:
            before = 0
            for group in range(file.metadata.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if before + rows > first:
                    # Groups are read one by one: Arrow would read ahead in all that it is given.
                    yield from rows_from(self._rows(file, [group]), max(0, first - before))
                before += rows

    def _rows(self, file: pq.ParquetFile, groups: list[int] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a file, or of some of its row groups."""
        if self._request.expansion is not None:
            yield from self._bounded(file, self._request.expansion, groups)
            return
        for batch in file.iter_batches(self._request.batch_rows, groups, self._names):
            batch.validate(full=True)
            yield batch

    def _bounded(
        self, file: pq.ParquetFile, expansion: Expansion, groups: list[int] | None
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a file from elsewhere: its texts are dictionaries until their size is known."""
        import pyarrow.parquet as pq

        from lumber.formats.dictionaries import bounded_parts, expanded
        from lumber.formats.parquet_pages import require_small_groups

        expansion.begin(self._file)
        most_bytes = expansion.limits.group_bytes
        chunks = self._chunks() if groups is None else [self._chunks()[each] for each in groups]
        require_small_groups(self._file, chunks, _leaves(file), self._names, most_bytes)
        types = [file.schema_arrow.field(name).type for name in self._names]
        leaves = map(file.schema.column, range(len(file.schema)))
        texts = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
        with pq.ParquetFile(self._file, metadata=file.metadata, read_dictionary=texts) as coded:
            for batch in coded.iter_batches(self._request.batch_rows, groups, self._names):
                batch.validate(full=True)
                for part, size in bounded_parts(batch, expansion.limits.group_bytes):
                    expansion.add(size)
                    yield expanded(part, types)

    def _statistics(self, file: pq.ParquetFile) -> Iterator[Extra]:
        leaves = map(file.schema.column, range(len(file.schema)))
        texts = {leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"} & set(self._names)
        for group in by_leaf(self._chunks(), _leaves(file)):
            for name, chunk in group:
                if name in texts and chunk.bounds:
                    bounds = tuple(bound.decode(errors="replace") for bound in chunk.bounds)
                    yield Extra(f"the statistics of {name}", bounds, column=name)

    def _chunks(self) -> list[list[ColumnChunk]]:
        """Return the column chunks of each row group, which are read before Arrow opens the file."""
        if self._found_chunks is None:
            try:
                self._found_chunks = column_chunks(self._file)
            except FooterTooLarge as error:
                raise ValueError(f"its footer {error}") from None
        return self._found_chunks


def _leaves(file: pq.ParquetFile) -> list[str]:
    """Return the columns of a file, and the columns inside those that have some."""
    return [file.schema.column(index).path for index in range(len(file.schema))]


def _metadata(file: pq.ParquetFile) -> Iterator[Extra]:
    """Yield the file's metadata; the schema's is there twice, in Parquet's own form and in Arrow's."""
    named = dict(file.metadata.metadata or {})
    if (encoded := named.get(_ARROW_SCHEMA)) is not None:
        # Base64 looks like a token now and then; what it holds is read instead.
        with suppress(ValueError):
            named[_ARROW_SCHEMA] = b64decode(encoded, validate=True)
    yield from metadata_extras(named, {b"created by": file.metadata.created_by.encode()})
    yield from schema_extras(file.schema_arrow)


def _repetitive(group: pa.RecordBatch) -> list[str]:
    """Name the columns whose values repeat in the first rows of a group.

    Elsewhere a dictionary only takes time: without one for messages, the encoder was measured to take a tenth
    less, and files got no larger. Groups don't depend on batches, so neither do the dictionaries.
    """
    first = group.slice(0, _SAMPLE_ROWS)
    return [
        field.name
        for field, column in zip(group.schema, first.columns, strict=True)
        if (pa.types.is_string(field.type) or pa.types.is_int8(field.type) or pa.types.is_boolean(field.type))
        and len(column.unique()) <= max(_FEW_VALUES, first.num_rows * _REPETITIVE_SHARE)
    ]


FORMAT = Format(
    name="parquet",
    title="Parquet",
    suffix=".parquet",
    media_type="application/x-parquet",
    writer=lambda sink, schema, options: ParquetShard(sink, schema, options.compression),
    reader=ParquetReader,
    codecs=ALL_CODECS,
    usual_codec=Compression.ZSTD,
    hub=HubLoader(),
    opening=("import polars", 'frame = polars.read_parquet("PATH/{table}/*{suffix}")'),
    opening_folders=(
        "import polars",
        'frame = polars.scan_parquet("PATH/{table}/**/*{suffix}", hive_partitioning=True).collect()',
        "",
        "import duckdb",
        "files = 'PATH/{table}/**/*{suffix}'",
        "rows = duckdb.sql(f\"SELECT * FROM read_parquet('{{files}}', hive_partitioning = true)\")",
        "",
        "import pyarrow.dataset",
        'table = pyarrow.dataset.dataset("PATH/{table}", partitioning="hive").to_table()',
    ),
    libraries=("pyarrow.parquet",),
)
