"""Datasets of rows that a test gives, with a manifest as an export writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import TIMESTAMP, json_field, optional, required
from lumber.dataset.manifest import FileEntry, field_entries
from lumber.dataset.reproducibility import hash_json
from lumber.formats import Compression, WriteOptions, extension, open_shard

Row = dict[str, Any]
SCHEMA = pa.schema(
    [
        required("id", pa.int64()),
        required("timestamp", TIMESTAMP),
        optional("message", pa.string()),
        optional("score", pa.float64()),
        json_field("extra"),
    ]
)
# What the manifest of an export says that a comparison does not look at.
_NO_HASH = "0" * 64


def make_dataset(
    folder: Path,
    splits: Mapping[str, Sequence[Row]],
    *,
    kind: str = "logs",
    format_: str = "parquet",
    schema: pa.Schema = SCHEMA,
    shard_rows: int = 1_000,
    config: Mapping[str, Any] | None = None,
    section: Mapping[str, Any] | None = None,
    **head: Any,
) -> Path:
    """Write a dataset of one kind. `config`, `section` and `head` are added to the manifest's own."""
    (folder / kind).mkdir(parents=True)
    options = WriteOptions(format_, Compression.NONE)
    entries = []
    for split, rows in splits.items():
        parts = [rows[first : first + shard_rows] for first in range(0, len(rows), shard_rows)]
        for number, part in enumerate(parts):
            name = f"{kind}/{split}-{number:05d}-of-{len(parts):05d}{extension(format_, Compression.NONE)}"
            writer = open_shard(folder / name, schema, options)
            writer.write(pa.RecordBatch.from_pylist(list(part), schema=schema))
            file = writer.close()
            entry = FileEntry(
                path=name,
                kind=kind,
                split=split,
                rows=len(part),
                size_bytes=file.size_bytes,
                sha256=file.sha256,
                first_key=None,
                last_key=None,
            )
            entries.append(entry.as_json())
    written = sum(map(len, splits.values()))
    all_config = {"output_format": str(format_), "csv_escape_formulas": True, **(config or {})}
    counts = {"read": written, "written": written, "rejected": 0, "deduplicated": 0, "planned": written}
    manifest = {
        "manifest_version": 1,
        "config": all_config,
        "config_hash": hash_json(all_config),
        "kinds": {
            kind: {
                **counts,
                "balanced": True,
                "rejects_by_rule": {},
                "schema_hash": _NO_HASH,
                "schema": [field.as_json() for field in field_entries(schema)],
                **(section or {}),
            }
        },
        "plan": {"kinds": {}},
        "files": entries,
        **head,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
