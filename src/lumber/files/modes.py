"""Who may read what Lumber writes: a umask, which an operator can set."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lumber.files.folder import Folder

UMASK_VARIABLE = "LUMBER_UMASK"
# Files of mode 0600 and folders of mode 0700: for the owner only.
DEFAULT_UMASK = "077"
# The owner's digit stays 0, because Lumber must be able to read its own files.
UMASK_PATTERN = r"^0?0[0-7]{2}$"
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def umask_of(text: str | None) -> int:
    """Return the umask that an operator set, or the default for none and for a wrong one."""
    return int(text if text and re.fullmatch(UMASK_PATTERN, text) else DEFAULT_UMASK, 8)


def file_mode(umask: int) -> int:
    """Return the mode of new files."""
    return 0o666 & ~umask


def folder_mode(umask: int) -> int:
    """Return the mode of new folders."""
    return 0o777 & ~umask


@contextmanager
def process_umask(umask: int) -> Iterator[None]:
    """Set the umask of this process, and so of all that it starts, until the end of the block."""
    previous = os.umask(umask)
    try:
        yield
    finally:
        os.umask(previous)


def open_new_folder(path: Path, umask: int) -> Folder:
    """Open the folder at `path`. It and the folders above it are made if they are missing."""
    path = path.absolute()
    missing = []
    while not os.path.lexists(path):
        missing.append(path.name)
        path = path.parent
    folder = Folder.open(path)
    for name in reversed(missing):
        with folder as above:
            folder = above.make_folder(name, folder_mode(umask))
    return folder


def open_to_others(path: Path, umask: int) -> int:
    """Return the mode bits by which others than the owner reach a file or folder against the umask.

    0 if there are none, if a folder above keeps others out, or if nothing is there.
    """
    try:
        path = path.resolve(strict=True)
        mode = stat.S_IMODE(path.stat().st_mode)
        for folder in path.parents:
            # Who may not pass through a folder reaches nothing below it.
            above = folder.stat().st_mode
            for passing, rights in ((stat.S_IXGRP, stat.S_IRWXG), (stat.S_IXOTH, stat.S_IRWXO)):
                if not above & passing:
                    mode &= ~rights
    except OSError:
        return 0
    return mode & umask & (stat.S_IRWXG | stat.S_IRWXO)
