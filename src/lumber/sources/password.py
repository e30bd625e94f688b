"""Where the password of a source is. The ledger has only the reference; the password is read at its use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from lumber.errors import ConfigError, FieldProblem, SourceDenied
from lumber.files.modes import PRIVATE_FILE, PRIVATE_FOLDER

_MOST_BYTES = 10_000
LONGEST = 1_000


class From(StrEnum):
    """Where a password comes from."""

    PLATFORM = "platform"  # the driver finds one, or needs none
    FILE = "file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Password:
    """A reference to a password. `is_managed`: Lumber wrote the file, and removes it with the source."""

    origin: From = From.PLATFORM
    path: Path | None = None
    variable: str | None = None
    is_managed: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the reference as plain JSON values."""
        return {
            "origin": self.origin.value,
            "path": None if self.path is None else str(self.path),
            "variable": self.variable,
            "is_managed": self.is_managed,
        }

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Password:
        """Return the reference that `as_json` wrote."""
        path = values["path"]
        return cls(
            From(values["origin"]),
            None if path is None else Path(path),
            values["variable"],
            values["is_managed"],
        )

    def load(self) -> str | None:
        """Return the password, read now; None: the driver finds one, or needs none. Raises SourceDenied."""
        if self.variable is not None:
            found = os.environ.get(self.variable)
            if not found:
                raise SourceDenied(
                    f"The environment variable {self.variable} isn't set, and the source needs its password. "
                    "Set it for the service, the workers and the command."
                )
            return found
        if self.path is None:
            return None
        try:
            return read_password(self.path)
        except ConfigError as error:
            raise SourceDenied(
                f"The password of the source can't be read: {error.problems[0].message}. Every machine that "
                "reads the source needs the file."
            ) from None

    def discard(self) -> None:
        """Remove the file that Lumber wrote. Never raises; other files stay."""
        if self.is_managed and self.path is not None:
            with suppress(OSError):
                self.path.unlink()


def read_password(path: Path) -> str:
    """Return the first line of a file. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise ConfigError(
            [FieldProblem("password_file", str(path), f"can't read {path}: {reason}")]
        ) from None
    found = text.splitlines()[0] if text else ""
    if not found or len(found) > LONGEST or "\x00" in found:
        message = f"{path} must have the password in its first line, of at most {LONGEST:,} characters"
        raise ConfigError([FieldProblem("password_file", str(path), message)])
    return found


def keep_password(data_dir: Path, password: str) -> Password:
    """Write a password to a new file in the data folder, which only its user can read. Raises OSError."""
    folder = data_dir.expanduser().absolute() / "source-secrets"
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    path = folder / str(uuid4())
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    with os.fdopen(handle, "w") as file:
        file.write(password)
        file.flush()
        os.fsync(handle)
    return Password(From.FILE, path, is_managed=True)
