"""JSON shards: one document, an array of rows, with the export's metadata after it where asked for.

With metadata it is `{"data": [...], "export_metadata": {...}}`. The metadata comes last because it names the
number of rows, which is only known when the last one is written. Each row has a line of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.pipeline.sink import HashingFile
from lumber.pipeline.writers.formats import Compression
from lumber.pipeline.writers.json_rows import encode_rows, row_encoder
from lumber.pipeline.writers.text import TextShard

_SEPARATOR = b",\n"


class JsonDocumentShard(TextShard):
    """Writes one JSON document."""

    def __init__(
        self,
        sink: HashingFile,
        schema: pa.Schema,
        compression: Compression,
        metadata: Mapping[str, Any] | None,
    ) -> None:
        super().__init__(sink, schema, compression)
        self._encoder = row_encoder(schema, _SEPARATOR.decode())
        self._metadata = None if metadata is None else dict(metadata)
        # Metadata that is no JSON is refused here, not after the last row.
        _dumps(self._metadata)
        self._has_rows = False
        self._emit(b"[" if metadata is None else b'{"data": [')

    def _write_frame(self, frame: pl.DataFrame) -> None:
        self._emit(_SEPARATOR if self._has_rows else b"\n")
        self._has_rows = True
        # The separator after the last row is only due when another row follows.
        self._emit(encode_rows(frame, self._encoder)[: -len(_SEPARATOR)])

    def _write_end(self) -> None:
        self._emit(b"\n]" if self._has_rows else b"]")
        if self._metadata is not None:
            metadata = {**self._metadata, "total_records": self.rows, "format": "json"}
            self._emit(b', "export_metadata": ' + _dumps(metadata) + b"}")
        self._emit(b"\n")


def _dumps(metadata: Mapping[str, Any] | None) -> bytes:
    return json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode()
