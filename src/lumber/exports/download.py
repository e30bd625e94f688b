"""The files of a finished dataset, for handing out: found in the ledger, checked on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_STORED

from zipstream import ZipStream

from lumber.dataset.layout import MANIFEST
from lumber.errors import ExportFileNotFound, ExportStateError
from lumber.exports.ledger import ExportStatusManager, Status
from lumber.store.models import ExportFile
from lumber.text import counted

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """A finished dataset: its folder, and its files as the ledger lists them."""

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

    def rejects(self, kind: str | None = None) -> Sequence[ExportFile]:
        """Return the files of rejected rows, of one kind or of all; kinds without rejects have none."""
        if kind is not None:
            return [file for file in self.files if file.path == f"rejects/{kind}.jsonl"]
        return [file for file in self.files if file.path.startswith("rejects/")]

    def locate(self, path: str, size_bytes: int | None = None) -> Path:
        """Return where a file of the dataset is. Reads the disk.

        Raises ExportFileNotFound when it is gone, of another size, or leads out of the folder.
        """
        place = (self.folder / path).resolve()
        if (
            not place.is_relative_to(self.folder.resolve())
            or not place.is_file()
            or size_bytes not in (None, place.stat().st_size)
        ):
            raise ExportFileNotFound(
                f"The file {path!r} of export {self.export_id} has changed since the export. Export again."
            )
        return place

    def manifest(self) -> Path:
        """Return where the manifest is. Reads the disk. Raises ExportFileNotFound."""
        return self.locate(MANIFEST)

    def archive(self) -> ZipStream:
        """Return the whole dataset as a zip of stored files, whose length is known. Reads the disk.

        Raises ExportFileNotFound.
        """
        archive = ZipStream(compress_type=ZIP_STORED, sized=True)
        for file in self.files:
            archive.add_path(self.locate(file.path, file.size_bytes), file.path, recurse=False)
        archive.add_path(self.manifest(), MANIFEST, recurse=False)
        return archive


async def find_dataset(ledger: ExportStatusManager, export_id: str) -> DatasetFiles:
    """Return an export's dataset.

    Raises ExportNotFound, ExportStateError before it is completed, and ExportFileNotFound when its manifest
    is gone.
    """
    export = await ledger.get(export_id)
    if export.status != Status.COMPLETED or export.path is None:
        raise ExportStateError(f"Export {export_id} is {export.status}. Only completed exports have files.")
    kinds = tuple(export.export_config["data_types"])
    dataset = DatasetFiles(export_id, kinds, Path(export.path), tuple(await ledger.files(export_id)))
    await asyncio.to_thread(dataset.manifest)
    return dataset


def read_slice(path: Path, start: int, end: int) -> Generator[bytes]:
    """Yield the bytes of a file from `start` up to `end`, a chunk at a time.

    Raises ExportFileNotFound when the file is shorter.
    """
    with path.open("rb") as file:
        file.seek(start)
        left = end - start
        while left:
            chunk = file.read(min(_CHUNK_BYTES, left))
            if not chunk:
                raise ExportFileNotFound(f"{path} ended {counted(left, 'byte')} too early.")
            left -= len(chunk)
            yield chunk
