"""What columnar shards share: rows gathered into groups, and a valve before the file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from io import IOBase
from typing import cast

import pyarrow as pa

from lumber.errors import OutputError
from lumber.formats.shard import ShardWriter, pieces
from lumber.formats.sink import ByteData, HashingFile

# About what readers like best: large enough to compress, small enough to hold and to read in parallel.
GROUP_ROWS = 50_000
GROUP_BYTES = 32 * 1024 * 1024


class RowBuffer:
    """Gathers rows into groups of `max_rows`, or of about `max_bytes` if that limit is reached first.

    A file's layout and the memory in use then don't depend on the batch size.
    """

    def __init__(self, max_rows: int = GROUP_ROWS, max_bytes: int = GROUP_BYTES) -> None:
        self.max_rows = max_rows
        self.max_bytes = max_bytes
        self.rows = 0
        self.size_bytes = 0
        self._batches: list[pa.RecordBatch] = []

    def add(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Take in the rows and yield every group that is full now; the iterator must be used up."""
        for piece in pieces(batch, self.max_bytes):
            if self.rows and self.size_bytes + piece.nbytes > self.max_bytes:
                yield self.take()
            rest = piece
            while rest.num_rows:
                head = rest.slice(0, self.max_rows - self.rows)
                rest = rest.slice(head.num_rows)
                self._batches.append(head)
                self.rows += head.num_rows
                self.size_bytes += head.nbytes
                if self.rows >= self.max_rows:
                    yield self.take()

    def take(self) -> pa.RecordBatch:
        """Return what is held, as one batch, and empty the buffer, which must hold at least one row."""
        group: pa.RecordBatch = pa.concat_batches(self._batches)  # type: ignore[attr-defined]  # stubs lag
        self._batches = []
        self.rows = self.size_bytes = 0
        return group


class Valve:
    """A file object for pyarrow that lets bytes through only while it is open.

    pyarrow's Parquet writer finishes its file when it is closed, left, or merely collected as garbage
    (in Python and again in the destructor below it). After an exception anywhere the file would look whole.
    A closed valve drops those last bytes.

    A failing write is raised only when pyarrow is done: inside content-defined chunks pyarrow would take an
    exception for a bug and abort the process.
    """

    closed = False

    def __init__(self, sink: HashingFile) -> None:
        self._sink = sink
        self._is_open = False
        self._position = 0
        self._failure: OutputError | None = None

    @property
    def file(self) -> pa.PythonFile:
        """The valve as pyarrow takes it: pyarrow calls these methods only, not those of a whole IOBase."""
        return pa.PythonFile(cast(IOBase, self), mode="w")

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Let bytes through in this block. Raises OutputError at its end if a write failed."""
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False
        if self._failure is not None:
            raise self._failure

    def write(self, data: ByteData) -> int:
        """Pass `data` on, or drop it."""
        view = memoryview(data)
        if self._is_open and self._failure is None:
            try:
                self._sink.write(view)
            except OutputError as error:
                self._failure = error
        self._position += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """Return the position that pyarrow believes to be at."""
        return self._position

    def flush(self) -> None:
        """Do nothing: the sink doesn't hold back bytes."""

    def close(self) -> None:
        """Do nothing: only the shard's `close` finishes the file."""


class ColumnarShard(ShardWriter):
    """Gathers rows into groups and hands each group to an encoder behind a valve."""

    def __init__(self, sink: HashingFile, schema: pa.Schema) -> None:
        super().__init__(sink, schema)
        self._buffer = RowBuffer()
        self._valve = Valve(sink)

    def _write(self, batch: pa.RecordBatch) -> None:
        for group in self._buffer.add(batch):
            with self._valve.opened():
                self._write_group(group)

    def _finish(self) -> None:
        with self._valve.opened():
            if self._buffer.rows:
                self._write_group(self._buffer.take())
            self._close_encoder()

    @abstractmethod
    def _write_group(self, group: pa.RecordBatch) -> None:
        """Encode one group of rows."""

    @abstractmethod
    def _close_encoder(self) -> None:
        """Write the footer."""
