"""Downloads one listed file of a dataset into a file without a name, and checks it while it arrives."""

from __future__ import annotations

import errno
import hashlib
import tempfile
from typing import BinaryIO

from lumber.dataset.files import Unlike
from lumber.dataset.folder_files import other_hash, other_size
from lumber.dataset.manifest import FileEntry
from lumber.destinations.store import KeyMissing, Store
from lumber.errors import DestinationUnreachable, DiskFull
from lumber.text import counted


def download(store: Store, key: str, entry: FileEntry) -> BinaryIO:
    """Return the content of an object, at its beginning. It takes as much disk as the manifest lists.

    Nobody else can open the file, and it is gone when it is closed. Raises FileNotFoundError, Unlike if size
    or hash differ, DiskFull, and a DestinationError.
    """
    found = store.find(key)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, "is missing", key)
    if found.size_bytes != entry.size_bytes:
        raise Unlike(other_size(found.size_bytes, entry))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        sha256 = _fill(file, store, key, entry)
        if sha256 != entry.sha256:
            raise Unlike(other_hash(sha256, entry))
        file.seek(0)
    except BaseException as error:
        file.close()
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(entry) from error
        raise
    return file


def _fill(file: BinaryIO, store: Store, key: str, entry: FileEntry) -> str:
    """Write the object to the file, and return its hash."""
    digest = hashlib.sha256()
    size = 0
    while size < entry.size_bytes:
        before = size
        try:
            for part in store.stream(key, start=size):
                size += len(part)
                if size > entry.size_bytes:
                    raise Unlike(f"has more than the {entry.size_bytes:,} bytes that the manifest lists")
                digest.update(part)
                file.write(part)
        except KeyMissing:
            raise FileNotFoundError(errno.ENOENT, "is missing", key) from None
        except DestinationUnreachable:
            # The connection may break in a large file: the rest is asked for, as long as something arrives.
            if size == before:
                raise
            continue
        if size < entry.size_bytes:
            raise Unlike(other_size(size, entry))
    file.flush()
    return digest.hexdigest()


def _disk_full(entry: FileEntry) -> DiskFull:
    where = tempfile.gettempdir()
    return DiskFull(
        f"The disk of {where} is full. Files of a destination are read there one by one, and {entry.path} "
        f"has {counted(entry.size_bytes, 'byte')}. Free some space, or set TMPDIR to another folder."
    )
