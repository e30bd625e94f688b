"""JSON shards: one document, an array of rows, with the export's metadata after it where asked for.

With metadata it is `{"data": [...], "export_metadata": {...}}`. The metadata comes last because it names the
number of rows, which is only known when the last one is written. Each row has a line of its own. What comes
before the metadata has a hash of its own: the metadata tells one run from another, the rows do not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.formats.json_encode import encode_rows, row_encoder
from lumber.formats.options import Compression
from lumber.formats.sink import ByteData, HashingFile
from lumber.formats.text_shard import TextShard

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
        # Uncompressed, the sink's own hash is that of the text.
        is_hashed = metadata is not None and compression is not Compression.NONE
        self._content = hashlib.sha256() if is_hashed else None
        self._emit(b"[" if metadata is None else b'{"data": [')

    def _write_frame(self, frame: pl.DataFrame) -> None:
        self._emit(_SEPARATOR if self._has_rows else b"\n")
        self._has_rows = True
        # The separator after the last row is only due when another row follows.
        self._emit(encode_rows(frame, self._encoder)[: -len(_SEPARATOR)])

    def _write_end(self) -> None:
        self._emit(b"\n]" if self._has_rows else b"]")
        if self._metadata is not None:
            self.content_sha256 = self._sink.sha256 if self._content is None else self._content.hexdigest()
            metadata = {**self._metadata, "total_records": self.rows, "format": "json"}
            self._emit(b', "export_metadata": ' + _dumps(metadata) + b"}")
        self._emit(b"\n")

    def _emit(self, data: ByteData) -> None:
        if self._content is not None:
            self._content.update(data)
        super()._emit(data)


def _dumps(metadata: Mapping[str, Any] | None) -> bytes:
    return json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode()
