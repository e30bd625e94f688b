"""JSON Lines shards: one object per line, UTF-8, every line ends with LF (jsonlines.org)."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from lumber.formats.json_encode import encode_rows, row_encoder
from lumber.formats.options import Compression
from lumber.formats.sink import HashingFile
from lumber.formats.text_shard import TextShard


class JsonLinesShard(TextShard):
    """Writes one JSON Lines file."""

    def __init__(self, sink: HashingFile, schema: pa.Schema, compression: Compression) -> None:
        super().__init__(sink, schema, compression)
        self._encoder = row_encoder(schema, "\n")

    def _write_frame(self, frame: pl.DataFrame) -> None:
        self._emit(encode_rows(frame, self._encoder))
