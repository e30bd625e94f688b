"""The names in a dataset's folder, and what the operating system says about it in Lumber's errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lumber.errors import DiskFull, OutputUnwritable

MANIFEST = "manifest.json"
STAGING = ".lumber-staging"


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn an operating system's error inside the block into an OutputError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"The disk of {path} is full. Free some space and run the export again."
            ) from error
        raise OutputUnwritable(
            f"{path} cannot be written: {error.strerror or error}. Choose another --output, or correct its "
            "permissions."
        ) from error
