"""Scan a written shard of any format and compression for anything that should have been replaced.

Text formats contain only values, column names and the metadata of a JSON document. The scan covers all of it.
Parquet and Arrow contain more than a reader shows, and the scan covers that too: the metadata of the file and
its columns, the minimum and maximum in Parquet's statistics, and bytes in Arrow that belong to no value.
Parquet's dictionaries, page headers and page index contain only values of the rows.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lumber.catalog.kind import Holds, Kind, is_json_field
from lumber.formats.csv import unescape_formulas
from lumber.formats.json_rows import JsonDocument, line_blocks
from lumber.formats.reading import ShardName, ShardReader, Unreadable, schema_fields
from lumber.privacy.pseudonymizer import contents
from lumber.privacy.residue import Finding, Residue, ResidueScanner
from lumber.privacy.residue_scan import ResidueScan
from lumber.steps.validate import REJECT_SCHEMA

_BATCH_ROWS = 16_384
_CHUNK_BYTES = 1 << 20
_FORMATS = ("parquet", "arrow", "csv", "jsonl", "json")
_CODECS = {".gz": "gzip", ".zst": "zstd"}
# Arrow pads buffers with zeros to a multiple of this.
_PADDING_BYTES = 64
_METADATA = "the file's metadata"
_STATISTICS = "the statistics of"


def scan_shard(
    path: Path, kind: Kind | None, scanner: ResidueScanner, schema: pa.Schema | None = None, limit: int = 100
) -> list[Finding]:
    """Return at most `limit` findings in a shard, in file order.

    `schema` is the shard's schema if its columns differ from the kind's, or if it is a derived table.
    Raises Unreadable if the file isn't a shard of this schema, and OSError if it is missing.
    """
    path.stat()
    found: list[Finding] = []
    if schema is None:
        assert kind is not None, "a kind or a schema is needed"
        schema = kind.schema
    for fresh in _Scan(path, {} if kind is None else contents(kind), scanner, schema).findings():
        found += fresh
        if len(found) >= limit:
            break
    return found[:limit]


def scan_rejects(path: Path, kind: Kind, scanner: ResidueScanner, limit: int = 100) -> list[Finding]:
    """Return the findings in a file of rejects, as `scan_shard` does, with the rejected value's column."""
    found: list[Finding] = []
    held = {column.name: column.content or Holds.TEXT for column in kind.columns}
    with path.open("rb") as file:
        before = 0
        for lines in line_blocks(file):
            frame = pl.DataFrame(lines, schema=REJECT_SCHEMA).with_row_index("row", before + 1)
            before += len(lines)
            for (column,), part in frame.group_by("column", maintain_order=True):
                content = held.get(str(column), Holds.TEXT)
                for finding in scanner.frame(part, {"value": content, "reason": Holds.TEXT}, path.name, 0):
                    row = None if finding.row is None else int(part["row"][finding.row])
                    found.append(replace(finding, column=str(column), row=row))
            if len(found) >= limit:
                break
    return found[:limit]


class _Scan:
    def __init__(
        self, path: Path, declared: Mapping[str, Holds], scanner: ResidueScanner, schema: pa.Schema
    ) -> None:
        self._path = path
        self._name = path.name
        self._scanner = scanner
        self._schema = schema
        self._contents = {
            field.name: declared.get(field.name, Holds.JSON if is_json_field(field) else Holds.TEXT)
            for field in schema
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        }
        self._rows = 0
        self._residue_scan: ResidueScan | None = None
        if scanner.rule.is_addresses_only:
            self._residue_scan = ResidueScan(scanner.rule, scanner, scanner.issued)

    def findings(self) -> Iterator[list[Finding]]:
        stem, suffix = self._path.stem, self._path.suffix
        codec = _CODECS.get(suffix)
        format_ = (Path(stem).suffix if codec else suffix).lstrip(".")
        if format_ not in _FORMATS or (codec and format_ in ("parquet", "arrow")):
            raise Unreadable(f"is no shard: its name ends with none of {', '.join(_FORMATS)}")
        match format_:
            case "parquet":
                yield from self._parquet()
            case "arrow":
                yield from self._arrow()
            case _ if self._is_clean(codec):
                return
            case "csv":
                yield from self._csv(codec)
            case _:
                yield from self._json(format_, codec)

    def _batch(self, batch: pa.RecordBatch) -> list[Finding]:
        """Scan a batch. Columns that the fast check reports as clean are skipped."""
        scan = self._residue_scan
        if scan is None:
            return self._frame(_as_frame(batch))
        doubtful = [
            name
            for name, content in self._contents.items()
            if content not in (Holds.TEXT, Holds.JSON)
            or not scan.is_clean_column(batch.column(name), is_json=content is Holds.JSON)
        ]
        if doubtful:
            return self._frame(_as_frame(batch.select(doubtful)))
        self._rows += batch.num_rows
        return []

    def _is_clean(self, codec: str | None) -> bool:
        """Return whether a text file contains nothing that looks like an unreplaced address."""
        if self._residue_scan is None:
            return False
        with _readable(), self._open(codec) as stream:
            rest = b""
            while chunk := stream.read(_CHUNK_BYTES):
                lines, end, rest = (rest + chunk).rpartition(b"\n")
                if not self._residue_scan.is_clean_text(lines + end):
                    return False
            return self._residue_scan.is_clean_text(rest)

    def _frame(self, frame: pl.DataFrame) -> list[Finding]:
        found = self._scanner.frame(frame, self._contents, self._name, self._rows + 1)
        self._rows += frame.height
        return found

    def _parquet(self) -> Iterator[list[Finding]]:
        with _readable(), pq.ParquetFile(self._path) as file:
            self._require(file.schema_arrow.names)
            found = self._metadata(file.metadata.metadata)
            found += self._metadata({"created by": file.metadata.created_by})
            # The schema's metadata occurs twice, in Parquet's form and in Arrow's.
            yield list(dict.fromkeys(found + self._schema_metadata(file.schema_arrow)))
            for number in range(file.metadata.num_row_groups):
                yield self._statistics(file.metadata.row_group(number))
            for batch in file.iter_batches(_BATCH_ROWS, columns=list(self._contents)):
                yield self._batch(batch)

    def _statistics(self, group: Any) -> list[Finding]:
        found: list[Finding] = []
        for number in range(group.num_columns):
            column = group.column(number)
            content = self._contents.get(column.path_in_schema)
            if content is not None and column.statistics is not None and column.statistics.has_min_max:
                bounds = pl.Series([column.statistics.min, column.statistics.max], dtype=pl.String)
                for finding in self._scanner.frame(bounds.alias("value").to_frame(), {"value": content}, ""):
                    where = f"{_STATISTICS} {column.path_in_schema}"
                    found.append(Finding(self._name, where, None, finding.type, finding.shape))
        return found

    def _arrow(self) -> Iterator[list[Finding]]:
        with _readable(), pa.OSFile(str(self._path), "rb") as file, pa.ipc.open_file(file) as reader:
            self._require(reader.schema.names)
            yield self._schema_metadata(reader.schema)
            for number in range(reader.num_record_batches):
                batch, custom = reader.get_batch_with_custom_metadata(number)
                yield self._metadata(custom or {})
                yield self._hidden_bytes(batch)
                yield self._batch(batch)

    def _hidden_bytes(self, batch: pa.RecordBatch) -> list[Finding]:
        """Report bytes of text columns that belong to no value: a null may have text in the buffer."""
        found = []
        for name in self._contents:
            column = batch.column(name)
            _, offsets, data = column.buffers()
            if offsets is None or data is None or not len(column):
                continue
            is_large = pa.types.is_large_string(column.type)
            ends = memoryview(offsets).cast("q") if is_large else memoryview(offsets).cast("i")
            shown = int(pc.sum(pc.binary_length(cast(Any, column))).as_py() or 0)
            # The whole buffer was written for this batch, also the bytes before its first value.
            hidden = max(ends[column.offset + len(column)], data.size - _PADDING_BYTES) - shown
            if hidden > 0:
                found.append(Finding(self._name, name, None, "hidden bytes", f"{hidden} bytes"))
        return found

    def _csv(self, codec: str | None) -> Iterator[list[Finding]]:
        texts = unescape_formulas(*self._contents)
        with self._path.open("rb") as file:
            name = ShardName("", "", 0, 1, "csv", cast(Any, codec))
            for batch in ShardReader(file, name, schema_fields(self._schema)).batches():
                yield self._frame(_as_frame(batch).with_columns(texts))

    def _json(self, format_: str, codec: str | None) -> Iterator[list[Finding]]:
        with _readable(), self._open(codec) as stream:
            if format_ == "jsonl":
                for rows in line_blocks(stream):
                    yield self._frame(self._json_frame(rows))
                return
            document = JsonDocument(stream)
            for rows in document.blocks():
                yield self._frame(self._json_frame(rows))
            if document.metadata is not None:
                residues = self._scanner.json(_json_text(document.metadata))
                yield self._outside(residues, "export_metadata")

    @contextlib.contextmanager
    def _open(self, codec: str | None) -> Iterator[IO[bytes]]:
        with self._path.open("rb") as file:
            if codec is None:
                yield file
                return
            with pa.CompressedInputStream(pa.PythonFile(file, mode="r"), cast(Any, codec)) as stream:
                yield cast(IO[bytes], stream)

    def _json_frame(self, rows: list[Any]) -> pl.DataFrame:
        names = set(self._schema.names)
        for number, row in enumerate(rows, self._rows + 1):
            if type(row) is not dict or row.keys() != names:
                raise Unreadable(f"row {number} has other columns than its kind")
        columns: dict[str, list[str | None]] = {}
        for name, content in self._contents.items():
            values = [row[name] for row in rows]
            if content is Holds.JSON:
                columns[name] = [None if value is None else _json_text(value) for value in values]
            else:
                columns[name] = values
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))

    def _schema_metadata(self, schema: pa.Schema) -> list[Finding]:
        found = self._metadata(schema.metadata or {})
        for field in schema:
            found += self._metadata(field.metadata or {})
        return found

    def _metadata(self, entries: Mapping[Any, Any] | None) -> list[Finding]:
        found: list[Finding] = []
        for entry in (entries or {}).items():
            for part in entry:
                text = part.decode(errors="replace") if isinstance(part, bytes) else str(part)
                found += self._outside(self._scanner.text(text), _METADATA)
        return found

    def _outside(self, residues: tuple[Residue, ...], where: str) -> list[Finding]:
        return [Finding(self._name, where, None, residue.type, residue.shape) for residue in residues]

    def _require(self, names: list[str]) -> None:
        if names != self._schema.names:
            raise Unreadable(f"has the columns {', '.join(names)}, not {', '.join(self._schema.names)}")


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Unreadable(f"cannot be read: {text}") from error


def _json_text(value: Any) -> str:
    """Return a value as JSON text. orjson rejects integers of more than 64 bits."""
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:
        return json.dumps(value, default=str, ensure_ascii=False)


def _as_frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    return frame
