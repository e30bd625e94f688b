"""The names of the files in a dataset's folder, and errors of the operating system as Lumber's errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lumber.errors import DiskFull, OutputUnwritable

MANIFEST = "manifest.json"
CARD = "README.md"
QUALITY_REPORT = "quality_report.json"
SKETCHES = "sketches.json"
# Files with the sketches of shards, one for each data type and version that wrote shards.
SKETCHES_OF_SHARDS = "sketches"
CROISSANT = "croissant.json"
CONTRACT = "datacontract.yaml"
CHECKSUMS = "SHA256SUMS"
# Lists what a version changes. They aren't about all of the dataset, so no document covers them.
CHANGES = "changes"
# Documents that contain the reproducibility hash, or the hash of such a document.
WRITTEN_LAST = frozenset((CARD, CROISSANT, CONTRACT, CHECKSUMS))
_FULL = (errno.ENOSPC, errno.EDQUOT)
_OF_THE_DISK = (*_FULL, errno.EROFS, errno.EACCES, errno.EPERM)


def is_change_list(path: str) -> bool:
    """Say whether a file lists what a version of a dataset changes."""
    return path.startswith(f"{CHANGES}/")


def sketches_path(kind: str, version: int) -> str:
    """Return the path of the sketches of the shards that a version wrote of a data type."""
    return f"{SKETCHES_OF_SHARDS}/{kind}-{version:05d}.jsonl.gz"


def is_sketch(path: str) -> bool:
    """Say whether a file has sketches."""
    return path == SKETCHES or path.startswith(f"{SKETCHES_OF_SHARDS}/")


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn an operating system's error inside the block into an OutputError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(
                f"The disk of {path} is full. Free some space and run the export again."
            ) from error
        raise OutputUnwritable(
            f"{path} cannot be written: {error.strerror or error}. Choose another --output, or correct its "
            "permissions."
        ) from error


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an error of a full disk or of permissions inside the block into an OutputError; pass all others.

    `path` is named if the error doesn't name a file itself.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        with output_errors(Path(error.filename) if isinstance(error.filename, str) else path):
            raise
