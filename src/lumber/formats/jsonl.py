"""JSON Lines shards: one object per line, UTF-8, every line ends with LF (jsonlines.org)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any

import polars as pl
import pyarrow as pa

from lumber.formats.compression import Compression
from lumber.formats.format import ALL_CODECS, Format
from lumber.formats.json_rows import line_blocks
from lumber.formats.json_shard import JSON_NOTE, JsonReader, encode_rows, json_loader, row_encoder
from lumber.formats.sink import HashingFile
from lumber.formats.text_shard import TEXT_LIBRARIES, TextShard


class JsonLinesShard(TextShard):
    """Writes one JSON Lines file."""

    def __init__(self, sink: HashingFile, schema: pa.Schema, compression: Compression) -> None:
        super().__init__(sink, schema, compression)
        self._encoder = row_encoder(schema, "\n")

    def _write_frame(self, frame: pl.DataFrame) -> None:
        self._emit(encode_rows(frame, self._encoder))


class JsonLinesReader(JsonReader):
    """Reads one JSON Lines file."""

    is_document = False

    def _blocks(self, stream: IO[bytes], loads: Callable[[bytes], Any]) -> Iterator[list[Any]]:
        return line_blocks(stream, loads, self._request.row_bytes)


FORMAT = Format(
    name="jsonl",
    title="JSON Lines",
    suffix=".jsonl",
    media_type="application/jsonlines",
    writer=lambda sink, schema, options: JsonLinesShard(sink, schema, options.compression),
    reader=JsonLinesReader,
    codecs=ALL_CODECS,
    usual_codec=Compression.GZIP,
    is_whole_file=True,
    is_text=True,
    has_lists=False,
    nests_json=True,
    hub=json_loader(),
    card_note=(
        *JSON_NOTE,
        "Polars opens a column of JSON only if its values have one type. `datasets`, pandas and DuckDB open",
        "any.",
    ),
    libraries=TEXT_LIBRARIES,
)
