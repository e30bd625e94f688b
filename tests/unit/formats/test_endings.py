"""Only `close` finishes a file, whatever happens before it."""

from __future__ import annotations

import errno
import gc
import io
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumber.errors import DiskFull, OutputOccupied, OutputUnwritable
from lumber.formats import Compression, ShardWriter, WriteOptions, open_shard
from lumber.formats.parquet import ParquetShard
from lumber.formats.sink import HashingFile
from tests.unit.formats.records import (
    SCHEMA,
    batch_of,
    hard_rows,
    sliced,
    variant_name,
    variants,
    write_shard,
)

BATCHES = sliced(batch_of(hard_rows()), 100)
PARQUET = WriteOptions("parquet", Compression.ZSTD)


class SmallDisk(io.FileIO):
    """A file on a disk that has room for a number of bytes only."""

    def __init__(self, path: Path, room_bytes: int) -> None:
        super().__init__(path, "xb")
        self.room_bytes = room_bytes

    def write(self, data: memoryview) -> int:  # type: ignore[override]
        """Take what fits, as a real disk does, then refuse."""
        if not self.room_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = super().write(data[: self.room_bytes])
        self.room_bytes -= written
        return written


@pytest.mark.parametrize("options", variants(), ids=variant_name)
def test_abort_leaves_no_file(tmp_path: Path, options: WriteOptions) -> None:
    path = tmp_path / "shard"
    writer = open_shard(path, SCHEMA, options)
    for batch in BATCHES:
        writer.write(batch)
    writer.abort()
    assert not path.exists()
    writer.abort()
    del writer
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def grouped(path: Path) -> ShardWriter:
    """Return a Parquet writer that has written a first row group to the file."""
    writer = ParquetShard(HashingFile(path), SCHEMA, Compression.ZSTD)
    writer._buffer.max_rows = 100
    for batch in BATCHES:
        writer.write(batch)
    assert writer.bytes_written > 1_000
    return writer


def test_pyarrow_alone_finishes_a_file_when_collected(tmp_path: Path) -> None:
    path = tmp_path / "shard.parquet"
    writer = pq.ParquetWriter(path, SCHEMA)
    writer.write_batch(BATCHES[0])
    del writer
    gc.collect()
    assert pq.read_table(path).num_rows == 100, "the trap is gone: the valve may go as well"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_parquet_file_that_nobody_closed_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "shard.parquet"
    writer = grouped(path)
    del writer
    gc.collect()
    assert path.stat().st_size > 1_000
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(path)


def test_an_exception_between_writes_leaves_nothing_whole(tmp_path: Path) -> None:
    path = tmp_path / "shard.parquet"

    def export() -> None:
        writer = grouped(path)
        try:
            raise ValueError("between two batches")
        except ValueError:
            writer.abort()
            raise

    with pytest.raises(ValueError, match="between"):
        export()
    gc.collect()
    assert not path.exists()


@pytest.mark.parametrize("options", variants(), ids=variant_name)
def test_a_full_disk_is_said_and_nothing_is_left(
    tmp_path: Path, options: WriteOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, written = write_shard(tmp_path, BATCHES, options)
    whole.unlink()
    monkeypatch.setattr(
        "lumber.formats.HashingFile",
        lambda path: HashingFile(path, SmallDisk(path, written.size_bytes - 1)),
    )
    with pytest.raises(DiskFull, match=f"disk is full.* stopped after {written.size_bytes - 1:,} bytes"):
        write_shard(tmp_path, BATCHES, options)
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_real_full_device_is_a_full_disk(tmp_path: Path) -> None:
    file = HashingFile(tmp_path / "gone", io.FileIO("/dev/full", "w"))
    with pytest.raises(DiskFull):
        file.write(b"x")
    file.abort()


def test_a_broken_shard_cannot_be_finished(tmp_path: Path) -> None:
    path = tmp_path / "shard.parquet"
    writer = ParquetShard(HashingFile(path, SmallDisk(path, 10)), SCHEMA, Compression.ZSTD)
    writer.write(BATCHES[0])
    with pytest.raises(DiskFull):
        writer.close()
    with pytest.raises(RuntimeError, match="is broken and cannot be closed"):
        writer.close()
    with pytest.raises(RuntimeError, match="is broken and cannot be written to"):
        writer.write(BATCHES[0])
    writer.abort()
    assert not path.exists()


def test_a_closed_shard_stays(tmp_path: Path) -> None:
    path = tmp_path / "shard.parquet"
    writer = open_shard(path, SCHEMA, PARQUET)
    writer.close()
    with pytest.raises(RuntimeError, match="is closed"):
        writer.write(BATCHES[0])
    writer.abort()
    assert pq.read_table(path).num_rows == 0


def test_an_existing_file_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "shard.parquet"
    path.write_text("mine")
    with pytest.raises(OutputOccupied, match=r"shard\.parquet exists already"):
        open_shard(path, SCHEMA, PARQUET)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_forbidden_folder_is_said(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("lumber.formats.sink.io.FileIO", refuse)
    with pytest.raises(OutputUnwritable, match=os.strerror(number)):
        open_shard(tmp_path / "shard", SCHEMA, PARQUET)


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="No such file"):
        open_shard(tmp_path / "none" / "shard", SCHEMA, PARQUET)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    writer = open_shard(tmp_path / "shard", SCHEMA, PARQUET)
    with pytest.raises(ValueError, match="takes the columns"):
        writer.write(BATCHES[0].select(["id"]))
    writer.abort()


def test_a_null_in_a_required_column_is_refused(tmp_path: Path) -> None:
    writer = open_shard(tmp_path / "shard", SCHEMA, WriteOptions("csv", Compression.NONE))
    columns = [pa.nulls(100, pa.int64()), *BATCHES[0].columns[1:]]
    with pytest.raises(ValueError, match="id is never null"):
        writer.write(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))
    writer.abort()
