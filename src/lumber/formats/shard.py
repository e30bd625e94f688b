"""What every shard writer does the same: check the rows, count them, and finish only when told to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import pyarrow as pa

from lumber.formats.sink import HashingFile


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A finished shard: its rows, its size in bytes and the sha256 of those bytes in hexadecimal.

    If two runs over the same rows give other bytes, `content_sha256` is the hash of what is the same in both.
    """

    rows: int
    size_bytes: int
    sha256: str
    content_sha256: str | None = None


class _State(Enum):
    OPEN = auto()
    BROKEN = auto()
    CLOSED = auto()
    ABORTED = auto()


class ShardWriter(ABC):
    """Writes one shard.

    It isn't a context manager on purpose: leaving a `with` block on an exception would finish the file with
    a part of the rows, and nobody could tell. Call `close` on success and `abort` otherwise.
    """

    def __init__(self, sink: HashingFile, schema: pa.Schema) -> None:
        self.rows = 0
        self.escaped_cells = 0
        self.content_sha256: str | None = None
        self._sink = sink
        self._schema = schema
        self._state = _State.OPEN
        self._required = [name for name in schema.names if not schema.field(name).nullable]

    @property
    def bytes_written(self) -> int:
        """The bytes that reached the file so far; an encoder may hold back more."""
        return self._sink.bytes_written

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows of `batch`, which must have exactly the shard's schema.

        Raises ValueError for another schema or for a null in a column that allows none, and OutputError if
        the disk fails. After any error the shard can only be aborted.
        """
        self._begin("written to")
        self._check(batch)
        if batch.num_rows:
            self._write(pa.RecordBatch.from_arrays(batch.columns, schema=self._schema))
            self.rows += batch.num_rows
        self._state = _State.OPEN

    def close(self) -> WrittenFile:
        """Finish the file, sync it to the disk, and return what it holds."""
        self._begin("closed")
        self._finish()
        self._sink.close()
        self._state = _State.CLOSED
        return WrittenFile(self.rows, self._sink.bytes_written, self._sink.sha256, self.content_sha256)

    def abort(self) -> None:
        """Close all handles and delete the file. A shard that was closed before is left alone."""
        if self._state is not _State.CLOSED:
            self._state = _State.ABORTED
            self._sink.abort()

    @abstractmethod
    def _write(self, batch: pa.RecordBatch) -> None:
        """Append a batch that has at least one row."""

    @abstractmethod
    def _finish(self) -> None:
        """Write what is still held back and the end of the file."""

    def _begin(self, verb: str) -> None:
        """Raise RuntimeError if the shard is done or broken; until the step succeeds, it counts as broken."""
        if self._state is not _State.OPEN:
            state = self._state.name.lower()
            raise RuntimeError(f"{self._sink.path.name} is {state} and cannot be {verb} any more")
        self._state = _State.BROKEN

    def _check(self, batch: pa.RecordBatch) -> None:
        if not batch.schema.equals(self._schema):
            raise ValueError(
                f"{self._sink.path.name} takes the columns [{_signature(self._schema)}], "
                f"the batch has [{_signature(batch.schema)}]"
            )
        for name in self._required:
            if batch.column(name).null_count:
                raise ValueError(f"{self._sink.path.name}: column {name} is never null, the batch has nulls")


def pieces(batch: pa.RecordBatch, max_bytes: int) -> Iterator[pa.RecordBatch]:
    """Cut `batch`, without copying, into pieces of about `max_bytes` and of at least one row."""
    if not batch.num_rows:
        return
    rows = max(1, batch.num_rows * max_bytes // max(1, batch.nbytes))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _signature(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}{'' if field.nullable else '!'}" for field in schema)
