"""Where the bytes come from: a file or standard input, plain, gzip or zstd."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol, cast

import zstandard
from isal import isal_zlib
from isal.isal_zlib import IsalError

from lumber.errors import IngestError, SourceMissing

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PIECE_BYTES = 256 * 1024
_SPOOL_BYTES = 64 * 1024 * 1024


class Readable(Protocol):
    """Anything that returns bytes until it returns none."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...


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
    def open(self) -> Iterator[ReplayStream]:
        """Open the source and decompress it."""
        with ExitStack() as stack:
            file: Readable = self.stream or sys.stdin.buffer
            if self.path is not None:
                file = stack.enter_context(self.path.open("rb"))
            yield stack.enter_context(closing(ReplayStream(_plain(self.name, file))))


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


class _Decompressed:
    """The content of gzip or zstd data, one member after another."""

    def __init__(self, name: str, stream: Readable, make: Callable[[], Any]) -> None:
        self._name, self._stream, self._make = name, stream, make
        self._member: Any | None = make()
        self._ready = b""
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes. Raises IngestError if the data is damaged or incomplete."""
        while not self._ready and self._fill():
            pass
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def _fill(self) -> bool:
        compressed = self._rest or self._stream.read(_PIECE_BYTES)
        self._rest = b""
        if not compressed:
            if self._member is not None:
                raise self._damaged("it is incomplete")
            return False
        if self._member is None:
            compressed = compressed.lstrip(b"\0")  # gzip allows zeros as padding
            if not compressed:
                return True
            self._member = self._make()
        try:
            self._ready = self._member.decompress(compressed)
        except (IsalError, zstandard.ZstdError, EOFError) as error:  # type: ignore[misc]  # the stub hides its base
            raise self._damaged(str(error)) from None
        if self._member.eof:
            self._rest, self._member = self._member.unused_data, None
        return True

    def _damaged(self, reason: str) -> IngestError:
        return IngestError(
            f"The compressed data of {self._name} is damaged: {reason}. Lines before that may be loaded. "
            "Repair the file and run the same command again."
        )


def read_fully(stream: Readable, size: int) -> bytes:
    """Return `size` bytes, less at the end of the stream."""
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _plain(name: str, file: Readable) -> Readable:
    stream = ReplayStream(file)
    magic = stream.peek(4)
    if magic.startswith(_GZIP):
        return _Decompressed(name, stream, lambda: isal_zlib.decompressobj(wbits=31))
    if magic == _ZSTD:
        return _Decompressed(name, stream, lambda: zstandard.ZstdDecompressor().decompressobj())
    return stream
