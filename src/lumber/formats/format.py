"""Format: everything that Lumber knows about one output format. A module with a `FORMAT` adds one.

Writers, `verify`, `open`, `diff`, the scan of private datasets and the documents all take what they need from
here. A module of a format loads its encoder and decoder when they are needed: the process that coordinates
an export needs neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pyarrow as pa

from lumber.formats.compression import Compression
from lumber.formats.json_shapes import JsonShape
from lumber.formats.reading import ReadRequest, ShardReader
from lumber.formats.shard import ShardWriter
from lumber.formats.sink import HashingFile

_HUB_NAMES = {pa.float64(): "float64", pa.timestamp("us", "UTC"): "timestamp[us, tz=UTC]"}

ALL_CODECS = (Compression.NONE, Compression.GZIP, Compression.ZSTD)


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a shard is written: the name of its format, its codec, and what only some formats look at.

    `csv_escape_formulas` puts an apostrophe before CSV text that a spreadsheet would run. `metadata` is the
    `export_metadata` of a JSON document; without it the document is a bare array.
    """

    format: str
    compression: Compression
    csv_escape_formulas: bool = True
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class HubLoader:
    """How `datasets.load_dataset` and the Hugging Face Hub read a format, for the card's front matter.

    `options` are the reader's options as YAML scalars. `feature_type` returns the type of a column, given
    whether it has nulls; None: the files carry their types.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    feature_type: Callable[[pa.Field[Any], bool], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Format:
    """An output format.

    name             in the config, the manifest and the command line
    title            for people
    suffix           what the names of its files end with, before the suffix of a codec
    media_type       of an uncompressed file
    writer, reader   open a shard; the file is open already
    codecs           those that it has; `usual_codec` is meant by `compression: true`
    is_whole_file    a codec compresses the whole file and shows in its name, not parts of the file
    is_text          files are lines of UTF-8 text that hold values, column names and metadata, nothing else
    has_lists        a column may be a list; otherwise lists are JSON text
    nests_json       a column of JSON holds values of any shape, not their text
    has_one_shape    readers open such a column only if all of its values have one type
    holds_metadata   a file has a place for the export's metadata
    hub              how `datasets` reads it; None: it doesn't, and the card says how else to open it
    opening          Python lines that open the files, with `{table}` and `{suffix}`
    opening_folders  the same for files in folders of periods, whose names give a column
    json_path        the JSONPath of a column's values, with `{column}`; None: columns are known by name
    card_note        lines of the card: what a reader must know because the format can't say it
    limitation       a sentence on what the format loses; empty: nothing
    libraries        modules that its writer loads; those of built-in formats are loaded before workers start
    """

    name: str
    title: str
    suffix: str
    media_type: str
    writer: Callable[[HashingFile, pa.Schema, WriteOptions], ShardWriter]
    reader: Callable[[BinaryIO, Compression, ReadRequest], ShardReader]
    codecs: tuple[Compression, ...] = (Compression.NONE,)
    usual_codec: Compression = Compression.NONE
    is_whole_file: bool = False
    is_text: bool = False
    has_lists: bool = True
    nests_json: bool = False
    has_one_shape: bool = False
    holds_metadata: bool = False
    hub: HubLoader | None = None
    opening: tuple[str, ...] = ()
    opening_folders: tuple[str, ...] = ()
    json_path: str | None = None
    card_note: tuple[str, ...] = ()
    limitation: str = ""
    libraries: tuple[str, ...] = ()

    def extension(self, compression: Compression) -> str:
        """Return what the names of its files end with, with the dot."""
        return self.suffix + (compression.suffix if self.is_whole_file else "")

    def needs_json_text(self, shape: JsonShape) -> bool:
        """Say whether readers would fail on a column of JSON, or change it, if it held values."""
        is_too_long = shape.is_over_int64 if self.has_one_shape else shape.is_over_64
        is_varied = self.has_one_shape and shape.is_varied
        return self.nests_json and (is_too_long or is_varied or shape.has_like_json)

    def resolve_compression(self, requested: bool | str) -> Compression:
        """Return the codec that a config's `compression` means for this format.

        Raises ValueError, naming what the format has, for anything else that it lacks.
        """
        if requested is False:
            return Compression.NONE
        if requested is True:
            return self.usual_codec
        if requested not in self.codecs:
            names = ", ".join(self.codecs)
            raise ValueError(f"{self.name} cannot be compressed with {requested!r}; it has: {names}")
        return Compression(requested)


def feature_type(type_: pa.DataType) -> str:
    """Return the name that `datasets` has for a type."""
    return _HUB_NAMES.get(type_, str(type_))
