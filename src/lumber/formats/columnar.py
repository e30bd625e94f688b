"""What Parquet and Arrow shards share: gathered row groups, and a valve before the file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from io import IOBase
from typing import cast

import pyarrow as pa

from lumber.errors import OutputError
from lumber.formats.row_buffer import RowBuffer
from lumber.formats.shard import ShardWriter
from lumber.formats.sink import ByteData, HashingFile


class Valve:
    """A file object for pyarrow that lets bytes through only while it is open.

    pyarrow's Parquet writer finishes its file when it is closed, left, or merely collected as garbage
    (in Python and again in the destructor below it), so after an exception anywhere the file would look
    whole. Behind a shut valve those last bytes go nowhere.

    A failing write is raised only when pyarrow is done: inside content-defined chunks it would take an
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
        """The valve as pyarrow takes it: it asks for these methods only, not for a whole IOBase."""
        return pa.PythonFile(cast(IOBase, self), mode="w")

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Let bytes through in this block. Raises OutputError at its end when one was refused."""
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
        """Do nothing: the sink does not hold back."""

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
