"""Files in staging, made, read and removed by the processes of an export without following a link.

These processes know paths. Each use looks the path up again from the output folder, so a staging folder that
was renamed at a takeover is not found, and one that was replaced with a link is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lumber.files.folder import Folder

STAGING = ".lumber-staging"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE = 0o666  # without the umask's rights


def create_staged(path: Path) -> int:
    """Create a file and return its descriptor. Raises PathRefused, FileExistsError and other OSErrors."""
    with _place(path) as (folder, name):
        return os.open(name, _NEW, _MODE, dir_fd=folder.handle)


def open_staged(path: Path) -> BinaryIO:
    """Open a regular file for reading. Raises PathRefused, FileNotFoundError and other OSErrors."""
    with _place(path) as (folder, name):
        return folder.file(name)


def remove_staged(path: Path) -> None:
    """Remove a file. Nothing there is fine. Raises PathRefused and other OSErrors."""
    with suppress(FileNotFoundError), _place(path) as (folder, name):
        folder.unlink(name)


@contextmanager
def _place(path: Path) -> Iterator[tuple[Folder, str]]:
    """Yield the folder that a path lies in, and its name there."""
    parts = path.parts
    # The output folder is the user's choice, with its links; what is inside is ours.
    at = len(parts) - 1 - parts[::-1].index(STAGING) if STAGING in parts else len(parts) - 1
    with Folder.open(Path(*parts[:at])) as root, root.parent("/".join(parts[at:])) as (folder, name):
        yield folder, name
