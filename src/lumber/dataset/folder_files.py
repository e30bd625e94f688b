"""FolderFiles: a dataset in a folder on this machine, opened only if its files are regular and inside it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from lumber.dataset.files import DatasetFiles, Unlike
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import FileEntry, Manifest
from lumber.dataset.verify.report import Report
from lumber.errors import DatasetMissing
from lumber.files.folder import Folder, PathRefused
from lumber.files.json_text import DOCUMENT_BYTES
from lumber.files.staged import STAGING
from lumber.paths import address_in
from lumber.text import counted

_BLOCK_BYTES = 1024 * 1024
_STRANGERS_SHOWN = 20


class FolderFiles(DatasetFiles):
    """The folder that an export wrote. No link in it is followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    def manifest(self) -> bytes:
        """Return the manifest."""
        folder = self.folder
        if (address := address_in(folder)) is not None:
            raise DatasetMissing(
                f"{address} is an address. Open it with lumber.open, which reads the dataset where it is."
            )
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            raise DatasetMissing(f"{folder} {what}. Give the folder that an export wrote.")
        try:
            with Folder.open(folder) as opened, opened.file(MANIFEST) as file:
                return file.read(DOCUMENT_BYTES + 1)
        except FileNotFoundError:
            raise DatasetMissing(
                f"{folder} holds no {MANIFEST}: it is not a dataset, or the export into it was not finished."
            ) from None
        except PathRefused as error:
            raise ValueError(f"it {error.strerror}") from None

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open a listed file. What is read is in the folder, and it is the file that was checked."""
        with Folder.open(self.folder) as opened:
            file = opened.file(entry.path)
        return checked(file, entry)

    def check_others(self, manifest: Manifest, report: Report) -> None:
        """Report files in the folder that the manifest doesn't list."""
        check_strangers(self.folder, [entry.path for entry in manifest.files], report)

    def at(self, path: str) -> str:
        """Return the path of a file."""
        return str(self.folder / path)


def checked(file: BinaryIO, entry: FileEntry) -> BinaryIO:
    """Return the open file, at its beginning. If it isn't the listed one, close it and raise Unlike."""
    try:
        size = os.fstat(file.fileno()).st_size
        if size != entry.size_bytes:
            raise Unlike(other_size(size, entry))
        digest = hashlib.sha256()
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
        if digest.hexdigest() != entry.sha256:
            raise Unlike(other_hash(digest.hexdigest(), entry))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def other_size(size: int, entry: FileEntry) -> str:
    """Say that a file has another size than the listed one."""
    return f"has {counted(size, 'byte')}, the manifest lists {entry.size_bytes:,}"


def other_hash(sha256: str, entry: FileEntry) -> str:
    """Say that a file has another hash than the listed one."""
    return f"was changed: its sha256 is {sha256}, the manifest lists {entry.sha256}"


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
