"""Writes pandas frames into one file, frame by frame."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.peers.rows import Job


def write(frames: Iterator[pd.DataFrame], job: Job) -> None:
    """Write the frames in the job's format: parquet, csv, jsonl, jsonl.gz or jsonl.zst."""
    if job.output_format == "parquet":
        _write_parquet(frames, job)
        return
    with _open(job) as stream:
        for number, frame in enumerate(frames):
            if job.output_format == "csv":
                frame.to_csv(stream, index=False, header=number == 0)
            else:
                frame.to_json(stream, orient="records", lines=True, date_format="iso", date_unit="us")


def _write_parquet(frames: Iterator[pd.DataFrame], job: Job) -> None:
    writer: pq.ParquetWriter | None = None
    for frame in frames:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if writer is None:
            writer = pq.ParquetWriter(
                job.target, table.schema, compression="zstd", compression_level=job.level
            )
        writer.write_table(table.cast(writer.schema))
    if writer is not None:
        writer.close()


def _open(job: Job) -> IO[str] | IO[bytes]:
    if job.output_format.endswith(".gz"):
        assert job.level is not None
        return gzip.open(job.target, "wt", job.level, encoding="utf-8")
    if job.output_format.endswith(".zst"):
        # It takes no level, and uses Arrow's default.
        return pa.CompressedOutputStream(str(job.target), "zstd")
    return job.target.open("w", encoding="utf-8")
