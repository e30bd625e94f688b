"""Opens the files of a dataset, only if they are regular files inside its folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import FileEntry
from lumber.dataset.verify.report import Report
from lumber.files.folder import Folder, PathRefused, is_plain_path
from lumber.files.staged import STAGING
from lumber.text import counted

_BLOCK_BYTES = 1024 * 1024
_STRANGERS_SHOWN = 20


def open_listed(folder: Path, entry: FileEntry, report: Report) -> BinaryIO | None:
    """Open a listed file whose size and sha256 match. Report a problem and return None otherwise.

    No link is followed, so what is read is in the folder, and it is the file that was checked.
    """
    if not is_plain_path(entry.path) or entry.path == MANIFEST:
        report.add(entry.path, "is not a path inside the dataset: not opened")
        return None
    try:
        with Folder.open(folder) as opened:
            file = opened.file(entry.path)
        return _same(file, entry, report)
    except FileNotFoundError:
        report.add(entry.path, "is missing")
    except PathRefused as error:
        report.add(entry.path, f"{error.strerror}: not opened")
    except OSError as error:
        report.add(entry.path, f"cannot be read: {error.strerror or error}")
    return None


def _same(file: BinaryIO, entry: FileEntry, report: Report) -> BinaryIO | None:
    try:
        problem = _difference(file, entry)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    if problem is None:
        return file
    file.close()
    report.add(entry.path, problem)
    return None


def _difference(file: BinaryIO, entry: FileEntry) -> str | None:
    size = os.fstat(file.fileno()).st_size
    if size != entry.size_bytes:
        return f"has {counted(size, 'byte')}, the manifest lists {entry.size_bytes:,}"
    digest = hashlib.sha256()
    while block := file.read(_BLOCK_BYTES):
        digest.update(block)
    if digest.hexdigest() != entry.sha256:
        return f"was changed: its sha256 is {digest.hexdigest()}, the manifest lists {entry.sha256}"
    return None


def check_strangers(folder: Path, listed: Iterable[str], report: Report) -> None:
    """Report files in the folder that the manifest doesn't list. Leftovers in staging are only noted."""
    known = {*listed, MANIFEST}
    strangers: list[str] = []
    for parent, folders, files in os.walk(folder):
        at = Path(parent)
        if at == folder and STAGING in folders:
            folders.remove(STAGING)
            report.note(STAGING, "is left over from an export that was stopped; it is no part of the dataset")
        links = [name for name in folders if (at / name).is_symlink()]
        for name in [*files, *links]:
            path = (at / name).relative_to(folder).as_posix()
            is_parent = any(item.startswith(path + "/") for item in known) if name in links else False
            if path not in known and not is_parent:
                strangers.append(path)
    for path in sorted(strangers)[:_STRANGERS_SHOWN]:
        report.add(path, "is not listed in the manifest")
    if len(strangers) > _STRANGERS_SHOWN:
        more = counted(len(strangers) - _STRANGERS_SHOWN, "more file")
        report.add(".", f"{more} not listed in the manifest")
