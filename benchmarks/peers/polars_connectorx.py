"""Polars with ConnectorX: the whole table into memory, on as many connections as there are cores."""

from __future__ import annotations

import gzip
import os

import polars as pl

from benchmarks.peers.rows import COLUMNS, Job, run


def export(job: Job) -> None:
    """Read all logs, sort them and write them."""
    frame = pl.read_database_uri(
        f"SELECT {COLUMNS} FROM log_entries", job.url, partition_on="id", partition_num=os.cpu_count()
    )
    if job.url.startswith("sqlite"):
        frame = frame.with_columns(pl.from_epoch("timestamp", time_unit="us"))
    frame = frame.sort("timestamp", "id")
    match job.output_format:
        case "parquet":
            frame.write_parquet(job.target, compression="zstd", compression_level=job.level)
        case "csv":
            frame.write_csv(job.target)
        case "jsonl":
            frame.write_ndjson(job.target)
        case "jsonl.gz":
            frame.write_ndjson(job.target, compression="gzip", compression_level=job.level)
        case "jsonl.zst":
            frame.write_ndjson(job.target, compression="zstd", compression_level=job.level)
        case "json.gz":
            assert job.level is not None
            with gzip.open(job.target, "wb", job.level) as stream:
                frame.write_json(stream)


if __name__ == "__main__":
    run(export)
