"""Collects the rows of a source once, into a private SQLite file, from which an export then reads.

The file has a table for each kind, with the columns that its mapping reads. The times of the kind are columns
too, and an index has the order of time and key: making it is the external sort. A second file says that the
first one is complete, and of which moment it is; without it, the rows are collected again.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from lumber.errors import LumberError, SourceFailed
from lumber.sources.collected_file import Stopped, connected, create_table, index_rows, insert, writing
from lumber.sources.collected_kind import CollectedKind, fingerprint
from lumber.sources.interface import Json, NoSuchTable, Reader

# The names of both files, in the staging of an export.
ROWS_FILE, DONE_FILE = "source.db", "source.json"
FILES = (ROWS_FILE, DONE_FILE)

# Longer tokens are told by their hash.
_LONGEST_TOKEN = 2_000


@dataclass(frozen=True, slots=True)
class Collection:
    """A complete collection. `facts` are what a manifest says about it: its moment, and its rows by kind."""

    facts: Json
    is_whole: Mapping[str, bool] = field(default_factory=dict)


def collect(
    reader: Reader,
    kinds: Sequence[CollectedKind],
    folder: Path,
    *,
    stopped: threading.Event,
    on_rows: Callable[[int], None] = lambda _rows: None,
    most_rows: int | None = None,
    seconds: float | None = None,
) -> Collection:
    """Read the kinds at one moment, and write them to the files in `folder`; what is there goes.

    With `most_rows` or `seconds`, not more rows of each kind are read. `on_rows` is called with the number of
    rows so far. Raises Stopped, SourceFailed, SourceUnfit, ConfigError for a key that is there twice, or
    DiskFull.
    """
    discard(folder)
    path = folder / ROWS_FILE
    path.touch(0o600)
    rows, is_whole = 0, {}
    counts = {}
    with reading_errors():
        token = reader.freeze([each.query for each in kinds])
    with writing(path), connected(path) as connection:
        for kind in kinds:
            create_table(connection, kind)
        for kind in kinds:
            done = 0
            with _time_limit(reader, seconds) as expired:
                for batch in _until(expired, _batches(reader, token, kind, most_rows)):
                    if stopped.is_set():
                        raise Stopped
                    insert(connection, kind, batch)
                    done += batch.num_rows
                    on_rows(rows + done)
            is_whole[kind.name] = not expired.is_set() and (most_rows is None or done < most_rows)
            if stopped.is_set():
                raise Stopped
            rows += done
            counts[kind.name] = done
        connection.commit()
    if most_rows is None:
        with reading_errors():
            reader.confirm(token)
    with writing(path):
        index_rows(path, kinds, stopped)
    found: Json = {"moment": _told(token), "rows": counts, "bytes": path.stat().st_size}
    if most_rows is None:
        _finish(folder, {"fingerprint": fingerprint(kinds), **found})
    return Collection(found, is_whole)


def find_collection(folder: Path, kinds: Sequence[CollectedKind]) -> Collection | None:
    """Return the complete collection of these kinds in a folder, if there is one."""
    try:
        found = json.loads((folder / DONE_FILE).read_text())
        size = (folder / ROWS_FILE).stat().st_size
    except (OSError, ValueError):
        return None
    if found.pop("fingerprint", None) != fingerprint(kinds) or found["bytes"] != size:
        return None
    return Collection(found)


def discard(folder: Path) -> None:
    """Remove the files of a collection. Those that are missing are fine."""
    for name in (DONE_FILE, ROWS_FILE, f"{ROWS_FILE}-journal"):
        (folder / name).unlink(missing_ok=True)


@contextmanager
def reading_errors() -> Iterator[None]:
    """Turn what a reader raises that knows nothing of our errors into SourceFailed."""
    try:
        yield
    except (LumberError, NoSuchTable, Stopped):
        raise
    except Exception as error:
        text = str(error).strip().splitlines()
        shown = text[0] if text else type(error).__name__
        raise SourceFailed(f"The source failed while it was read: {shown}") from error


def _batches(
    reader: Reader, token: Json, kind: CollectedKind, most_rows: int | None
) -> Iterator[pa.RecordBatch]:
    left = most_rows
    with reading_errors():
        ranges = reader.cut(token, kind.query)
    for range_ in ranges:
        with reading_errors(), contextlib.closing(_generator(reader.read(range_))) as batches:
            for batch in batches:
                if left is not None:
                    batch = batch.slice(0, left)
                    left -= batch.num_rows
                yield batch
                if left == 0:
                    return


@contextmanager
def _time_limit(reader: Reader, seconds: float | None) -> Iterator[threading.Event]:
    """Cancel what is read in the block after so many seconds. The event says that they are over."""
    expired = threading.Event()
    if seconds is None:
        yield expired
        return

    def end() -> None:
        expired.set()
        reader.cancel()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()
        timer.join()


def _until(expired: threading.Event, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches until the time is over: a source then fails, because it was cancelled."""
    try:
        for batch in batches:
            yield batch
            if expired.is_set():
                return
    except SourceFailed:
        if not expired.is_set():
            raise


def _generator(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
    # So that a reader may return any iterator, and an early end still closes what it holds.
    yield from batches


def _finish(folder: Path, values: Json) -> None:
    """Say that the collection is complete: whole, or not at all."""
    part = folder / f"{DONE_FILE}.part"
    with part.open("w") as file:
        json.dump(values, file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(folder / DONE_FILE)


def _told(token: Json) -> Json:
    text = json.dumps(token, sort_keys=True)
    if len(text) <= _LONGEST_TOKEN:
        return token
    return {"sha256": sha256(text.encode()).hexdigest()}
