"""Writes pandas frames into one file, frame by frame."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def write(frames: Iterator[pd.DataFrame], output_format: str, file: Path) -> None:
    """Write the frames in `output_format`: parquet, csv, jsonl, jsonl.gz or jsonl.zst."""
    if output_format == "parquet":
        _write_parquet(frames, file)
        return
    with _open(file, output_format) as stream:
        for number, frame in enumerate(frames):
            if output_format == "csv":
                frame.to_csv(stream, index=False, header=number == 0)
            else:
                frame.to_json(stream, orient="records", lines=True, date_format="iso", date_unit="us")


def _write_parquet(frames: Iterator[pd.DataFrame], file: Path) -> None:
    writer: pq.ParquetWriter | None = None
    for frame in frames:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if writer is None:
            writer = pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table.cast(writer.schema))
    if writer is not None:
        writer.close()


def _open(file: Path, output_format: str) -> IO[str] | IO[bytes]:
    if output_format.endswith(".gz"):
        return gzip.open(file, "wt", encoding="utf-8")
    if output_format.endswith(".zst"):
        return pa.CompressedOutputStream(str(file), "zstd")
    return file.open("w", encoding="utf-8")
