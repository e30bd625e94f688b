"""Cut and gather batches, so that a file's layout and the memory in use do not hang on the batch size."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

# About what readers like best: large enough to compress, small enough to hold and to read in parallel.
GROUP_ROWS = 50_000
GROUP_BYTES = 32 * 1024 * 1024


def pieces(batch: pa.RecordBatch, max_bytes: int = GROUP_BYTES) -> Iterator[pa.RecordBatch]:
    """Cut `batch`, without copying, into pieces of about `max_bytes` and of at least one row."""
    if not batch.num_rows:
        return
    rows = max(1, batch.num_rows * max_bytes // max(1, batch.nbytes))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


class RowBuffer:
    """Gathers rows into groups of `max_rows`, or of about `max_bytes` when that comes first."""

    def __init__(self, max_rows: int = GROUP_ROWS, max_bytes: int = GROUP_BYTES) -> None:
        self.max_rows = max_rows
        self.max_bytes = max_bytes
        self.rows = 0
        self.size_bytes = 0
        self._batches: list[pa.RecordBatch] = []

    def add(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Take the rows in and give out every group that is full now; the iterator must be used up."""
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
        """Give out what is held, as one batch; the buffer must hold at least one row."""
        group: pa.RecordBatch = pa.concat_batches(self._batches)  # type: ignore[attr-defined]  # stubs lag
        self._batches = []
        self.rows = self.size_bytes = 0
        return group
