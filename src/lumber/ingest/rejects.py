"""The reject file: lines that could not be loaded, each with its number and the reason."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from lumber.errors import OutputUnwritable

MAX_RAW_CHARACTERS = 4096
# Not blocking, in case a pipe has replaced the file.
_APPENDED = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be loaded: its number from 1, the reason, its text, and the wrong field.

    `form` is the name of the form that the line was recognised as; None if it wasn't.
    """

    line: int
    reason: str
    raw: str
    field: str | None = None
    value: Any = None
    form: str | None = None

    def as_json(self) -> bytes:
        """Return the reject as a line of JSON; long text is cut."""
        shown: dict[str, Any] = {
            "line": self.line,
            "reason": self.reason,
            "raw": self.raw[:MAX_RAW_CHARACTERS],
        }
        if len(self.raw) > MAX_RAW_CHARACTERS:
            shown["raw_characters"] = len(self.raw)
        if self.field is not None:
            shown |= {"field": self.field, "value": _cut(self.value)}
        return json.dumps(shown, ensure_ascii=True, default=str).encode() + b"\n"


def _cut(value: Any) -> Any:
    if isinstance(value, str | int | float | bool | None):
        return value[:MAX_RAW_CHARACTERS] if isinstance(value, str) else value
    return str(value)[:MAX_RAW_CHARACTERS]


class RejectFile:
    """Appends rejects to a file, which is created with the first of them and survives a crash.

    `committed_bytes` is the length in the ledger. What an interrupted load wrote after it is cut off, and
    will be written again.
    """

    def __init__(self, path: Path, committed_bytes: int, *, is_interrupted: bool) -> None:
        self.path = path
        self._committed = committed_bytes
        self._is_interrupted = is_interrupted
        self._file: BinaryIO | None = None

    def write(self, rejects: Sequence[Reject]) -> int:
        """Append the rejects, sync the file, and return its length in bytes.

        Raises OutputUnwritable.
        """
        if not rejects:
            return self._committed
        try:
            file = self._file or self._open()
            file.write(b"".join(reject.as_json() for reject in rejects))
            file.flush()
            os.fsync(file.fileno())
            self._committed = file.tell()
        except OSError as error:
            raise OutputUnwritable(
                f"The reject file {self.path} cannot be written: {error.strerror}."
            ) from error
        return self._committed

    def close(self) -> None:
        """Close the file if it was created."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> BinaryIO:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Its name can be guessed: no link is followed.
        handle = os.open(self.path, _APPENDED, 0o666)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "it is not a regular file", str(self.path))
        file = os.fdopen(handle, "ab")
        if self._is_interrupted and file.tell() > self._committed:
            file.truncate(self._committed)
            file.seek(0, os.SEEK_END)
        self._file = file
        return file
