"""JSON shards: one document, an array of rows, and the export's metadata after it if that is asked for.

With metadata it is `{"data": [...], "export_metadata": {...}}`. The metadata comes last because it names the
number of rows, which is only known when the last one is written. Each row has a line of its own. The text
before the metadata has a hash of its own: it is the same in two runs over the same rows, the metadata isn't.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

import polars as pl
import pyarrow as pa

from lumber.formats.compression import Compression
from lumber.formats.format import ALL_CODECS, Format
from lumber.formats.json_rows import JsonDocument, Readable
from lumber.formats.json_shard import JSON_NOTE, JsonReader, encode_rows, json_loader, row_encoder
from lumber.formats.sink import ByteData, HashingFile
from lumber.formats.text_shard import TEXT_LIBRARIES, TextShard

_SEPARATOR = b",\n"
# Metadata is short; more text than it has is kept back.
_KEPT_BYTES = 256 * 1024
# Within the metadata a quote has a backslash before it: the last of these begins it.
_METADATA = b', "export_metadata": '


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
        # Metadata that isn't JSON fails here, not after the last row.
        _dumps(self._metadata)
        self._has_rows = False
        # Uncompressed, the sink's own hash is that of the text.
        is_hashed = metadata is not None and compression is not Compression.NONE
        self._content = hashlib.sha256() if is_hashed else None
        self._emit(b"[" if metadata is None else b'{"data": [')

    def _write_frame(self, frame: pl.DataFrame) -> None:
        self._emit(_SEPARATOR if self._has_rows else b"\n")
        self._has_rows = True
        # The separator after the last row is only due if another row follows.
        self._emit(encode_rows(frame, self._encoder)[: -len(_SEPARATOR)])

    def _write_end(self) -> None:
        self._emit(b"\n]" if self._has_rows else b"]")
        if self._metadata is not None:
            self.content_sha256 = self._sink.sha256 if self._content is None else self._content.hexdigest()
            metadata = {**self._metadata, "total_records": self.rows, "format": "json"}
            self._emit(_METADATA + _dumps(metadata) + b"}")
        self._emit(b"\n")

    def _emit(self, data: ByteData) -> None:
        if self._content is not None:
            self._content.update(data)
        super()._emit(data)


class JsonDocumentReader(JsonReader):
    """Reads one JSON document."""

    is_document = True
    beginnings = (b"[", b'{"data": [')

    def _blocks(self, stream: IO[bytes], loads: Callable[[bytes], Any]) -> Iterator[list[Any]]:
        content = HashedContent(stream)
        document = JsonDocument(content, self._request.row_bytes)
        yield from document.blocks()
        self.metadata = document.metadata
        self.content_sha256 = content.sha256


class HashedContent:
    """Passes a document's text on and hashes it. `sha256` is known when all of it was read."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._kept = b""

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        block = self._stream.read(size)
        self._kept += block
        if len(self._kept) > _KEPT_BYTES:
            self._digest.update(self._kept[:-_KEPT_BYTES])
            self._kept = self._kept[-_KEPT_BYTES:]
        return block

    @property
    def sha256(self) -> str | None:
        """The hash of the text before the metadata; None if there is no metadata."""
        begin = self._kept.rfind(_METADATA)
        if begin < 0:
            return None
        digest = self._digest.copy()
        digest.update(self._kept[:begin])
        return digest.hexdigest()


def _dumps(metadata: Mapping[str, Any] | None) -> bytes:
    return json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode()


FORMAT = Format(
    name="json",
    title="JSON",
    suffix=".json",
    media_type="application/json",
    writer=lambda sink, schema, options: JsonDocumentShard(
        sink, schema, options.compression, options.metadata
    ),
    reader=JsonDocumentReader,
    codecs=ALL_CODECS,
    usual_codec=Compression.GZIP,
    is_whole_file=True,
    is_text=True,
    has_lists=False,
    nests_json=True,
    has_one_shape=True,
    holds_metadata=True,
    hub=json_loader(field="data"),
    json_path="$.data[*].{column}",
    card_note=(
        *JSON_NOTE,
        "In a document it gives each object of a column the members of all, null where an object has none;",
        "JSON Lines and Parquet keep objects as they are.",
    ),
    libraries=TEXT_LIBRARIES,
)
