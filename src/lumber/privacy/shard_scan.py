"""Scan a written shard of any format and compression for anything that should have been replaced.

Text formats contain only values, column names and the metadata of a JSON document. The scan covers all of it.
Other formats may contain more than their rows, such as the metadata and the statistics of Parquet. Their
readers return that too, and the scan covers it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Holds, Kind, content_of_field
from lumber.files.expansion import Expansion
from lumber.files.staged import open_staged
from lumber.formats.json_rows import line_blocks
from lumber.formats.naming import format_of_file
from lumber.formats.reading import Extra, JsonText, ReadRequest, ShardReader, schema_fields
from lumber.privacy.findings import Finding
from lumber.privacy.found import HOST
from lumber.privacy.known_values import KnownIndex, index_of
from lumber.privacy.pseudonymizer import contents
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.residue_scan import ResidueScan
from lumber.privacy.row_ids import id_columns
from lumber.steps.validate import REJECT_SCHEMA

# Columns of tables that are made of records.
_OF_TABLES = {"template": Holds.TEMPLATE}
_BATCH_ROWS = 16_384
_CHUNK_BYTES = 1 << 20


def scan_shard(
    path: Path, kind: Kind | None, scanner: ResidueScanner, schema: pa.Schema | None = None, limit: int = 100
) -> list[Finding]:
    """Return at most `limit` findings in a shard, in file order.

    `schema` is the shard's schema if its columns differ from the kind's, or if it is a derived table.
    Raises Unreadable if the file isn't a shard of this schema, and OSError if it is missing.
    """
    with open_staged(path) as file:
        return scan_open_shard(file, path.name, kind, scanner, schema, limit)


def scan_open_shard(
    file: BinaryIO,
    name: str,
    kind: Kind | None,
    scanner: ResidueScanner,
    schema: pa.Schema | None = None,
    limit: int = 100,
    expansion: Expansion | None = None,
) -> list[Finding]:
    """Return the findings in an open shard from its beginning, as `scan_shard` does.

    `expansion` bounds what a shard from elsewhere expands to.
    """
    found: list[Finding] = []
    if schema is None:
        assert kind is not None, "a kind or a schema is needed"
        schema = kind.schema
    scan = _Scan(name, kind, scanner, schema)
    file.seek(0)
    for fresh in scan.findings(file, expansion):
        found += fresh
        if len(found) >= limit:
            break
    return found[:limit]


def scan_rejects(path: Path, kind: Kind, scanner: ResidueScanner, limit: int = 100) -> list[Finding]:
    """Return the findings in a file of rejects, as `scan_shard` does, with the rejected value's column."""
    with open_staged(path) as file:
        return scan_open_rejects(file, path.name, kind, scanner, limit)


def scan_open_rejects(
    file: BinaryIO, name: str, kind: Kind, scanner: ResidueScanner, limit: int = 100
) -> list[Finding]:
    """Return the findings in an open file of rejects from its beginning, as `scan_rejects` does."""
    found: list[Finding] = []
    held = {column.name: column.content or Holds.TEXT for column in kind.columns}
    # Numbers that look random may look like those of cards.
    numbers = id_columns(kind) if scanner.rule.renumbers_ids else {}
    before = 0
    file.seek(0)
    for lines in line_blocks(file):
        frame = pl.DataFrame(lines, schema=REJECT_SCHEMA).with_row_index("row", before + 1)
        before += len(lines)
        for (column,), part in frame.group_by("column", maintain_order=True):
            if str(column) in numbers or scanner.rule.own.keeps(kind.name, str(column)):
                continue
            content = held.get(str(column), Holds.TEXT)
            for finding in scanner.frame(part, {"value": content, "reason": Holds.TEXT}, name, 0):
                row = None if finding.row is None else int(part["row"][finding.row])
                found.append(replace(finding, column=str(column), row=row))
            known = index_of(scanner.rule, is_json=content is Holds.JSON)
            if known is not None and content in (Holds.TEXT, Holds.JSON):
                found += [
                    Finding(name, str(column), int(part["row"][at]), HOST, "a known value")
                    for at in known_in(part["value"], known)
                ]
        if len(found) >= limit:
            break
    return found[:limit]


def known_in(values: pl.Series, known: KnownIndex) -> list[int]:
    """Return the first row of each distinct value in which a known one is left."""
    table = values.alias("value").to_frame().with_row_index("row").drop_nulls("value")
    table = table.group_by("value", maintain_order=True).agg(pl.col("row").first())
    return [row for value, row in table.iter_rows() if known.left(value)]


class _Scan:
    def __init__(self, name: str, kind: Kind | None, scanner: ResidueScanner, schema: pa.Schema) -> None:
        declared = {} if kind is None else contents(kind)
        other = _OF_TABLES if kind is None else {}
        self._name = name
        self._scanner = scanner
        self._schema = schema
        self._contents = {
            field.name: declared.get(field.name) or other.get(field.name) or content_of_field(field)
            for field in schema
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        }
        self._message = None if kind is None else kind.message_column
        # Columns that stay as they are, by the owner's rules.
        self._kept = {name for name in self._contents if kind and scanner.rule.own.keeps(kind.name, name)}
        # Of tables beside the kinds, the texts are cut from those that were searched for known values.
        self._known = {
            name: known
            for name, content in self._contents.items()
            if kind is not None
            and name not in self._kept
            and content in (Holds.TEXT, Holds.JSON)
            and (known := index_of(scanner.rule, is_json=content is Holds.JSON)) is not None
        }
        self._rows = 0
        self._residue_scan: ResidueScan | None = None
        if scanner.rule.is_addresses_only:
            self._residue_scan = ResidueScan(scanner.rule, scanner, scanner.issued)

    def findings(self, file: BinaryIO, expansion: Expansion | None) -> Iterator[list[Finding]]:
        """Yield what is found in a shard, in the order of the file. Raises Unreadable."""
        format, compression = format_of_file(self._name)
        request = ReadRequest(
            schema_fields(self._schema),
            self._contents.keys(),
            JsonText.ANY,
            is_escaped=True,
            batch_rows=_BATCH_ROWS,
            expansion=expansion,
        )
        reader = format.reader(file, compression, request)
        if format.is_text and self._is_clean(reader, request.row_bytes):
            return
        for part in reader.contents():
            if isinstance(part, Extra):
                yield self._extra(part)
            elif format.is_text:
                # Something in the text isn't clean: every column is scanned.
                yield self._frame(_as_frame(part))
            else:
                yield self._batch(part)

    def _batch(self, batch: pa.RecordBatch) -> list[Finding]:
        """Scan a batch. Columns that the fast check reports as clean are skipped."""
        scan = self._residue_scan
        if scan is None:
            return self._frame(_as_frame(batch))
        doubtful = [
            name
            for name, content in self._contents.items()
            if content not in (Holds.TEXT, Holds.JSON, Holds.PARTS)
            or not scan.is_clean_column(batch.column(name), is_json=content is not Holds.TEXT)
        ]
        if doubtful:
            # Parts are compared with the messages of their rows.
            beside = [self._message] if self._message in self._contents else []
            return self._frame(_as_frame(batch.select(list(dict.fromkeys(doubtful + beside)))))
        self._rows += batch.num_rows
        return []

    def _is_clean(self, reader: ShardReader, most_bytes: int) -> bool:
        """Return whether a text file contains nothing that looks like an unreplaced address."""
        if self._residue_scan is None:
            return False
        with reader.text() as stream:
            rest = b""
            while chunk := stream.read(_CHUNK_BYTES):
                lines, end, rest = (rest + chunk).rpartition(b"\n")
                if len(rest) > most_bytes:
                    return False  # the reader says what is wrong
                if not self._residue_scan.is_clean_text(lines + end):
                    return False
            return self._residue_scan.is_clean_text(rest)

    def _frame(self, frame: pl.DataFrame) -> list[Finding]:
        judged = {name: content for name, content in self._contents.items() if name not in self._kept}
        found = self._scanner.frame(frame, judged, self._name, self._rows + 1, self._message)
        for column, known in self._known.items():
            if column in frame.columns:
                rows = known_in(frame[column], known)
                found += [
                    Finding(self._name, column, self._rows + 1 + row, HOST, "a known value") for row in rows
                ]
        self._rows += frame.height
        return found

    def _extra(self, extra: Extra) -> list[Finding]:
        """Scan what a file holds apart from the values of its rows."""
        if extra.hidden_bytes:
            size = f"{extra.hidden_bytes} bytes"
            return [Finding(self._name, extra.where, None, "hidden bytes", size)]
        if extra.column in self._kept:
            return []
        if extra.column is not None:
            values = pl.DataFrame({"value": list(extra.texts)}, {"value": pl.String})
            content = self._contents[extra.column]
            return [
                Finding(self._name, extra.where, None, finding.type, finding.shape)
                for finding in self._scanner.frame(values, {"value": content}, "")
            ]
        scan = self._scanner.json if extra.is_json else self._scanner.text
        return [
            Finding(self._name, extra.where, None, residue.type, residue.shape)
            for text in extra.texts
            for residue in scan(text)
        ]


def _as_frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    return frame
