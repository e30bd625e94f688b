"""Copies a finished dataset into a folder or a zip file, and checks every file against its sha256.

The copy appears under its name only when it is complete. An interruption leaves nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from lumber.dataset.layout import output_errors
from lumber.errors import ExportFileNotFound, OutputOccupied
from lumber.exports.download import DatasetFiles
from lumber.files.temporary import part_folder
from lumber.formats.sink import HashingFile

OnBytes = Callable[[int], None]


def size_of(dataset: DatasetFiles) -> int:
    """Return the size of the dataset in bytes."""
    return sum(size_bytes for _, size_bytes in dataset.contents())


def copy_dataset(dataset: DatasetFiles, target: Path, on_bytes: OnBytes = lambda _count: None) -> None:
    """Copy the dataset into `target`, a new or empty folder. `on_bytes` gets the size of each chunk.

    Raises OutputOccupied, another OutputError, or ExportFileNotFound if a file is missing or changed.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputOccupied(f"{target} exists already. Choose a new or an empty folder.")
    with _becoming(target) as part:
        part.mkdir()
        for path, sha256, chunks in _contents(dataset):
            # It was read by this path from an open folder: it is plain, and leads through no link.
            place = part / path
            place.parent.mkdir(parents=True, exist_ok=True)
            copy = HashingFile(place)
            try:
                for chunk in chunks:
                    copy.write(chunk)
                    on_bytes(len(chunk))
                _check(dataset, path, copy.sha256, sha256)
                copy.close()
            except BaseException:
                copy.abort()
                raise


def zip_dataset(dataset: DatasetFiles, target: Path, on_bytes: OnBytes = lambda _count: None) -> None:
    """Write the dataset into the new zip file `target`, and check what was written.

    The zip is the one that the service sends. Raises what `copy_dataset` raises.
    """
    if os.path.lexists(target):
        raise OutputOccupied(f"{target} already exists. Choose another file.")
    archive = dataset.archive()
    with _becoming(target) as part:
        with part.open("xb") as file:
            for chunk in archive.finalize():
                file.write(chunk)
                on_bytes(len(chunk))
        with ZipFile(part) as written:
            for entry in dataset.files:
                with written.open(entry.path) as content:
                    digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
                _check(dataset, entry.path, digest, entry.sha256)


@contextmanager
def _becoming(target: Path) -> Iterator[Path]:
    """Yield a temporary path that is renamed to `target` if the block succeeds, and removed otherwise."""
    target = target.absolute()
    with output_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with part_folder(target.parent) as folder:
            part = folder / "part"
            yield part
            part.rename(target)


def _contents(dataset: DatasetFiles) -> Iterator[tuple[str, str | None, Iterator[bytes]]]:
    """Yield path, sha256 and bytes of every file. The manifest, which has no checksum, comes last."""
    hashes = {file.path: file.sha256 for file in dataset.files}
    for path, size_bytes in dataset.contents():
        yield path, hashes.get(path), dataset.read(path, size_bytes)


def _check(dataset: DatasetFiles, path: str, sha256: str, expected: str | None) -> None:
    if expected not in (None, sha256):
        raise ExportFileNotFound(
            f"The file {path!r} of export {dataset.export_id} was changed after the export: its sha256 "
            f"is {sha256} instead of {expected}. Export again."
        )
