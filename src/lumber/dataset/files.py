"""DatasetFiles: the files of a dataset, wherever it is. Nothing about them is trusted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import BinaryIO

from lumber.dataset.manifest import FileEntry, Manifest
from lumber.dataset.verify.report import Report


class Unlike(Exception):
    """A file isn't the one that the manifest lists; the message continues a sentence that begins with it."""


class DatasetFiles(ABC):
    """The files of a dataset. `name` says where it is, for messages."""

    name: str

    @abstractmethod
    def manifest(self) -> bytes:
        """Return the manifest, or the beginning of one that is too large to be read.

        Raises DatasetMissing if there is none, and OSError or ValueError if it can't be read.
        """

    @abstractmethod
    def open(self, entry: FileEntry) -> BinaryIO:
        """Open a listed file for reading. Its size and sha256 were checked, and nobody can change it.

        Raises Unlike if they differ, and OSError.
        """

    @abstractmethod
    def check_others(self, manifest: Manifest, report: Report) -> None:
        """Report what is wrong with everything that the manifest doesn't list."""

    def at(self, path: str) -> str:
        """Return the place of a file, for messages."""
        return f"{self.name}/{path}"


def files_of(place: Path | DatasetFiles) -> DatasetFiles:
    """Return the files of a dataset: those of a folder on this machine, or the files themselves."""
    if isinstance(place, DatasetFiles):
        return place
    from lumber.dataset.folder_files import FolderFiles

    return FolderFiles(place)
