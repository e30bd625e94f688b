"""Arrow shards: the IPC file format, which readers map into memory without decoding."""

from __future__ import annotations

import pyarrow as pa

from lumber.formats.columnar import ColumnarShard
from lumber.formats.options import Compression
from lumber.formats.sink import HashingFile

_ZSTD_LEVEL = 3


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
