"""The files of a finished dataset, for handing out: found in the ledger, checked on the disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_STORED

from zipstream import ZipStream

from lumber.dataset.layout import MANIFEST
from lumber.errors import ExportFileNotFound, ExportStateError
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.status import Status
from lumber.files.folder import Folder
from lumber.store.models import ExportFile
from lumber.text import counted

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """A finished dataset: its folder, and its files as the ledger lists them: all, or those asked for."""

    export_id: str
    kinds: tuple[str, ...]
    folder: Path
    files: tuple[ExportFile, ...]

    def file(self, file_id: str) -> ExportFile:
        """Return the file with the id. Raises ExportFileNotFound."""
        for file in self.files:
            if file.id == file_id:
                return file
        raise ExportFileNotFound(f"Export {self.export_id} has no file with the id {file_id!r}.")

    def named(self, path: str) -> ExportFile:
        """Return the file at a path in the folder. Raises ExportFileNotFound."""
        for file in self.files:
            if file.path == path:
                return file
        raise ExportFileNotFound(f"Export {self.export_id} has no file {path!r}.")

    def open(self, path: str, size_bytes: int | None = None) -> BinaryIO:
        """Open a file of the dataset. What was checked is what is read, whatever happens to its path.

        Raises ExportFileNotFound when it is gone, of another size, not a file, or reached through a link.
        """
        try:
            with Folder.open(self.folder) as folder:
                file = folder.file(path)
        except OSError:
            raise self._changed(path) from None
        if size_bytes not in (None, os.fstat(file.fileno()).st_size):
            file.close()
            raise self._changed(path)
        return file

    def open_manifest(self) -> BinaryIO:
        """Open the manifest. Raises ExportFileNotFound."""
        return self.open(MANIFEST)

    def contents(self) -> list[tuple[str, int]]:
        """Return path and size in bytes of every file, the manifest last. Reads the disk.

        Raises ExportFileNotFound.
        """
        found = []
        for path, size_bytes in [*((file.path, file.size_bytes) for file in self.files), (MANIFEST, None)]:
            with self.open(path, size_bytes) as file:
                found.append((path, os.fstat(file.fileno()).st_size))
        return found

    def read(self, path: str, size_bytes: int) -> Generator[bytes]:
        """Yield the bytes of a file, a chunk at a time. The file is opened with the first of them.

        Raises ExportFileNotFound.
        """
        with self.open(path, size_bytes) as file:
            left = size_bytes
            while left:
                chunk = file.read(min(_CHUNK_BYTES, left))
                if not chunk:
                    early = f"ended {counted(left, 'byte')} too early"
                    raise ExportFileNotFound(f"The file {path!r} of export {self.export_id} {early}.")
                left -= len(chunk)
                yield chunk

    def archive(self) -> ZipStream:
        """Return the whole dataset as a zip of stored files, whose length is known. Reads the disk.

        Raises ExportFileNotFound.
        """
        archive = ZipStream(compress_type=ZIP_STORED, sized=True)
        for path, size_bytes in self.contents():
            archive.add(self.read(path, size_bytes), path, size=size_bytes)
        return archive

    def _changed(self, path: str) -> ExportFileNotFound:
        return ExportFileNotFound(
            f"The file {path!r} of export {self.export_id} has changed since the export. Export again."
        )


def rejects_of(kinds: Sequence[str]) -> Sequence[str]:
    """Return the paths of the files of rejected rows. Kinds without rejects have none."""
    return [f"rejects/{kind}.jsonl" for kind in kinds]


async def find_dataset(
    ledger: ExportStatusManager,
    export_id: str,
    *,
    file_id: str | None = None,
    paths: Callable[[Sequence[str]], Sequence[str]] | None = None,
) -> DatasetFiles:
    """Return an export's dataset: with all of its files, with one, or with those at `paths` of its kinds.

    A dataset may have 100,000 files, so ask for those that are needed.

    Raises ExportNotFound, ExportStateError before it is completed, and ExportFileNotFound when its manifest
    is gone.
    """
    export = await ledger.get(export_id)
    if export.status != Status.COMPLETED or export.path is None:
        raise ExportStateError(f"Export {export_id} is {export.status}. Only completed exports have files.")
    kinds = tuple(export.export_config["data_types"])
    asked = None if paths is None else paths(kinds)
    files = await ledger.files(export_id, file_id=file_id, paths=asked)
    dataset = DatasetFiles(export_id, kinds, Path(export.path), tuple(files))
    await asyncio.to_thread(lambda: dataset.open_manifest().close())
    return dataset
