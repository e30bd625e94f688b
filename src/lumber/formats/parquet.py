"""Parquet shards: zstd, page index, content-defined chunks, row groups of about 50,000 rows or 32 MB."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from lumber.formats.columnar import ColumnarShard
from lumber.formats.options import Compression
from lumber.formats.sink import HashingFile

# zstd's 3 takes a fifth more of the writer's time than 1, for a twentieth fewer bytes. For gzip pyarrow would
# take 9, measured at three times the time of 4 for a tenth fewer bytes.
_LEVELS = {Compression.ZSTD: 1, Compression.GZIP: 4}


class ParquetShard(ColumnarShard):
    """Writes one Parquet file, with exactly the schema's nullability and field metadata.

    Content-defined chunking cuts pages where the values say so: two versions of a dataset that share most
    rows share most bytes, which a store that removes duplicates turns into less space and traffic.
    """

    def __init__(self, sink: HashingFile, schema: pa.Schema, compression: Compression) -> None:
        super().__init__(sink, schema)
        with self._valve.opened():
            self._encoder = pq.ParquetWriter(
                self._valve.file,
                schema,
                version="2.6",
                compression=compression.value,
                compression_level=_LEVELS.get(compression),
                use_dictionary=_repetitive(schema),  # type: ignore[arg-type]  # the stubs know only a bool
                write_statistics=True,
                write_page_index=True,
                use_content_defined_chunking=True,
            )

    def _write_group(self, group: pa.RecordBatch) -> None:
        self._encoder.write_batch(group, row_group_size=group.num_rows)

    def _close_encoder(self) -> None:
        self._encoder.close()


def _repetitive(schema: pa.Schema) -> list[str]:
    """Name the columns whose values repeat; a dictionary of ids or times would only be in the way."""
    return [
        field.name
        for field in schema
        if pa.types.is_string(field.type) or pa.types.is_int8(field.type) or pa.types.is_boolean(field.type)
    ]
