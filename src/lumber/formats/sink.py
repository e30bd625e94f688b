"""The one way bytes of a shard reach the disk: counted, hashed, and made durable before anyone sees them."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path

from lumber.errors import DiskFull, OutputError, OutputOccupied, OutputUnwritable
from lumber.files.staged import create_staged, remove_staged
from lumber.text import counted

# What an encoder hands over; Arrow buffers come as a memoryview.
ByteData = bytes | bytearray | memoryview

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class HashingFile:
    """A new file that is written from front to back, once.

    `close` makes it durable; `abort` deletes it. A file that is neither is torn, and no manifest names it.
    Raises DiskFull, OutputOccupied or OutputUnwritable, with the path in the message.
    """

    def __init__(self, path: Path, raw: io.RawIOBase | None = None) -> None:
        """Create the file at `path`, which must not exist yet; `raw` stands in for it where given."""
        self.path = path
        self.bytes_written = 0
        self._digest = hashlib.sha256()
        try:
            self._raw = io.FileIO(create_staged(path), "wb") if raw is None else raw
        except OSError as error:
            raise output_error(error, path, 0) from error

    @property
    def sha256(self) -> str:
        """The sha256 of the bytes written so far, in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, data: ByteData) -> int:
        """Write all of `data` and return its length in bytes."""
        view = memoryview(data).cast("B")
        written = 0
        try:
            while written < len(view):
                # A raw file may take a part only, as it does above 2 GiB.
                written += self._raw.write(view[written:]) or 0
        except OSError as error:
            raise output_error(error, self.path, self.bytes_written + written) from error
        self._digest.update(view)
        self.bytes_written += written
        return written

    def close(self) -> None:
        """Make the file durable and close it; some disks say only here that they are full."""
        try:
            os.fsync(self._raw.fileno())
            self._raw.close()
        except OSError as error:
            raise output_error(error, self.path, self.bytes_written) from error

    def abort(self) -> None:
        """Close the file and delete it. Doing so twice is fine."""
        try:
            self._raw.close()
        except OSError:
            # The bytes are thrown away: that the last of them were refused changes nothing.
            pass
        finally:
            remove_staged(self.path)


def output_error(error: OSError, path: Path, bytes_written: int) -> OutputError:
    """Say in Lumber's words why the file at `path` could not be written further than `bytes_written`."""
    if error.errno in _NO_ROOM:
        return DiskFull(
            f"the disk is full: {path.name} stopped after {counted(bytes_written, 'byte')}; "
            f"free some space on the disk of {path.parent}, or export to another one"
        )
    if error.errno == errno.EEXIST:
        return OutputOccupied(f"{path} exists already; a shard is only ever written to a new file")
    reason = error.strerror or str(error)
    return OutputUnwritable(f"{path} cannot be written ({reason}); check the folder and who may write to it")
