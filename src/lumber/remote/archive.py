"""Writes a downloaded dataset as a zip of uncompressed files, as the service does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from lumber.errors import OutputOccupied
from lumber.files.temporary import part_folder
from lumber.remote.staging import Staging

_CHUNK_BYTES = 1024 * 1024


def write_archive(staging: Staging, paths: Sequence[str], target: Path) -> None:
    """Write the files of a staging folder into the new zip file `target`, and remove them from the folder."""
    with part_folder(target.absolute().parent) as folder:
        part = folder / "part"
        with ZipFile(part, "x", ZIP_STORED) as archive:
            for path in paths:
                with (
                    staging.dataset.file(path) as source,
                    archive.open(ZipInfo(path), "w", force_zip64=True) as copy,
                ):
                    shutil.copyfileobj(source, copy, _CHUNK_BYTES)
        if os.path.lexists(target):
            raise OutputOccupied(f"{target} already exists. Choose another file.")
        part.rename(target)
    for path in paths:
        staging.forget(path)
