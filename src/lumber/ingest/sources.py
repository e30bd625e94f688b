"""Where the bytes come from: a file or standard input, plain or compressed, in UTF-8 or UTF-16."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from lumber.errors import SourceMissing
from lumber.ingest.decompress import MAGIC_BYTES, Decompressed, Readable, is_compressed
from lumber.ingest.encodings import BOM_BYTES, Transcoded, encoding_of
from lumber.ingest.limits import Limits
from lumber.paths import address_in

_SPOOL_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """One source to load: a file, standard input as `-`, or a stream that the caller opened."""

    name: str
    path: Path | None
    stream: Readable | None = None
    modified_at: datetime | None = None

    @classmethod
    def find(cls, name: str) -> Source:
        """Return the source `name`. Raises SourceMissing if there is no such file."""
        if name == "-":
            return cls("-", None)
        if address_in(name) is not None:
            raise SourceMissing(
                f"{name} is an address. Download it to this machine, or pipe it into standard input (-)."
            )
        path = Path(name).expanduser()
        if path.is_dir():
            raise SourceMissing(f"{name} is a folder. Name the files in it, for example {name}/*.log")
        try:
            with path.open("rb"):
                return cls(name, path)
        except FileNotFoundError:
            raise SourceMissing(
                f"There is no file {name}. Check the path, or use - for standard input."
            ) from None
        except OSError as error:
            raise SourceMissing(f"{name} cannot be read: {error.strerror}.") from None

    @property
    def written_at(self) -> datetime:
        """When the file was last written; now, if that is not known."""
        if self.modified_at is not None:
            return self.modified_at
        if self.path is None or not self.path.is_file():
            return datetime.now(UTC)
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    @contextmanager
    def open(self, limits: Limits) -> Iterator[ReplayStream]:
        """Open the source, decompress it within `limits`, and turn UTF-16 into UTF-8."""
        with ExitStack() as stack:
            file: Readable = self.stream or sys.stdin.buffer
            if self.path is not None:
                file = stack.enter_context(self.path.open("rb"))
            stream = stack.enter_context(closing(ReplayStream(_plain(self.name, file, limits))))
            encoding = encoding_of(stream.peek(BOM_BYTES))
            if encoding is not None:
                stream = stack.enter_context(closing(ReplayStream(Transcoded(stream, encoding))))
            yield stream


class ReplayStream:
    """A stream whose bytes can be read and put back."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._pending: IO[bytes] | None = None
        self._copy: IO[bytes] | None = None

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        data = self._pending.read(size) if self._pending is not None else b""
        if not data:
            self.close()
            data = self._stream.read(size)
        if self._copy is not None:
            self._copy.write(data)
        return data

    @property
    def compressed_bytes(self) -> int | None:
        """How many bytes were read of a compressed source; None: it isn't compressed."""
        return self._stream.compressed_bytes if isinstance(self._stream, Decompressed) else None

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, less at the end, without consuming them."""
        with self._replay(io.BytesIO()):
            return read_fully(self, size)

    def close(self) -> None:
        """Discard what was put back. The underlying stream stays open."""
        if self._pending is not None:
            self._pending.close()
            self._pending = None

    def replay(self) -> AbstractContextManager[None]:
        """At the end of the block, put back everything that was read in it. Blocks do not nest."""
        return self._replay(cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)))

    @contextmanager
    def _replay(self, copy: IO[bytes]) -> Iterator[None]:
        self._copy = copy
        try:
            yield
        finally:
            self._copy = None
            if self._pending is not None:
                shutil.copyfileobj(self._pending, copy)
                self._pending.close()
            copy.seek(0)
            self._pending = copy


def read_fully(stream: Readable, size: int) -> bytes:
    """Return `size` bytes, less at the end of the stream."""
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _plain(name: str, file: Readable, limits: Limits) -> Readable:
    stream = ReplayStream(file)
    if is_compressed(stream.peek(MAGIC_BYTES)):
        return Decompressed(name, stream, limits)
    return stream
