"""Reads a dataset with libraries that did not write it, and brings its rows to one form.

In that form times are UTC datetimes, JSON columns are parsed, and everything else is as Parquet has it.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from lumber.catalog.registry import get_kind

Row = dict[str, Any]
_ESCAPED = re.compile(r"''*[=+\-@\t\r]")


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the dataset's manifest."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def shards(folder: Path, kind: str) -> list[Path]:
    """Return the files of one kind in order."""
    return sorted(path for path in (folder / kind).rglob("*") if path.is_file())


def rejects_of(folder: Path, kind: str) -> list[Row]:
    """Return the lines of the rejects of one kind."""
    path = folder / "rejects" / f"{kind}.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def plain_bytes(path: Path) -> bytes:
    """Return a file's content, decompressed."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def rows_of(folder: Path, kind: str, *, unescapes: bool = True) -> list[Row]:
    """Return all rows of one kind, read without Lumber's own code."""
    return [row for path in shards(folder, kind) for row in rows_in(path, kind, unescapes=unescapes)]


def rows_in(path: Path, kind: str, *, unescapes: bool = True) -> list[Row]:
    """Return the rows of one shard; `unescapes` takes the formula escape off CSV cells."""
    format_ = next(
        part for part in path.suffixes if part in (".json", ".jsonl", ".csv", ".parquet", ".arrow")
    )
    match format_:
        case ".parquet":
            return normal(kind, pq.read_table(path).to_pylist())
        case ".arrow":
            return normal(kind, pa.ipc.open_file(path).read_all().to_pylist())
        case ".jsonl":
            lines = plain_bytes(path).split(b"\n")[:-1]
            return normal(kind, map(json.loads, lines), has_json_as_text=False)
        case ".json":
            document = json.loads(plain_bytes(path))
            rows = document["data"] if isinstance(document, dict) else document
            return normal(kind, rows, has_json_as_text=False)
        case _:
            # The csv module does not tell an empty cell from an empty text, and knows short cells only.
            csv.field_size_limit(2**30)
            text = io.StringIO(plain_bytes(path).decode(), newline="")
            return from_text(kind, csv.DictReader(text), unescapes=unescapes)


def normal(kind: str, rows: Iterable[Row], *, has_json_as_text: bool = True) -> list[Row]:
    """Bring typed rows to the one form; JSON columns are texts, or parsed already."""
    times = [field.name for field in get_kind(kind).schema if pa.types.is_timestamp(field.type)]
    texts_of_json = get_kind(kind).json_columns if has_json_as_text else ()
    result = []
    for row in rows:
        row = dict(row)
        for name in times:
            if isinstance(row[name], str):
                row[name] = dt.datetime.fromisoformat(row[name])
        for name in texts_of_json:
            if row[name] is not None:
                row[name] = json.loads(row[name])
        result.append(row)
    return result


def from_text(kind: str, rows: Iterable[Row], *, unescapes: bool = True) -> list[Row]:
    """Bring rows of texts to the one form; an empty cell is None."""
    schema = get_kind(kind).schema
    result = []
    for row in rows:
        assert list(row) == schema.names
        typed: Row = {}
        for name, text in row.items():
            type_ = schema.field(name).type
            if text is None or text == "":
                typed[name] = None
            elif pa.types.is_integer(type_):
                typed[name] = int(text)
            elif pa.types.is_floating(type_):
                typed[name] = float(text)
            elif pa.types.is_string(type_) and unescapes and _ESCAPED.match(text):
                typed[name] = text[1:]
            else:
                typed[name] = text
        result.append(typed)
    return normal(kind, result)


def empty_as_none(kind: str, rows: Iterable[Row]) -> list[Row]:
    """Return rows as a reader of CSV sees them that does not tell an empty text from an empty cell.

    The cell of a JSON value is never empty: that of the text "" is two quotes.
    """
    columns_of_json = get_kind(kind).json_columns
    return [
        {name: None if value == "" and name not in columns_of_json else value for name, value in row.items()}
        for row in rows
    ]
