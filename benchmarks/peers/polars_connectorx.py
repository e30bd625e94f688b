"""Polars with ConnectorX: the whole table into memory, on as many connections as there are cores."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import polars as pl

from benchmarks.peers.rows import COLUMNS, run


def export(url: str, output_format: str, file: Path) -> None:
    """Read all logs, sort them and write them."""
    frame = pl.read_database_uri(
        f"SELECT {COLUMNS} FROM log_entries", url, partition_on="id", partition_num=os.cpu_count()
    )
    if url.startswith("sqlite"):
        frame = frame.with_columns(pl.from_epoch("timestamp", time_unit="us"))
    frame = frame.sort("timestamp", "id")
    match output_format:
        case "parquet":
            frame.write_parquet(file, compression="zstd")
        case "csv":
            frame.write_csv(file)
        case "jsonl":
            frame.write_ndjson(file)
        case "jsonl.gz":
            frame.write_ndjson(file, compression="gzip")
        case "jsonl.zst":
            frame.write_ndjson(file, compression="zstd")
        case "json.gz":
            with gzip.open(file, "wb") as stream:
                frame.write_json(stream)


if __name__ == "__main__":
    run(export)
