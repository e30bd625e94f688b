"""Downloads a dataset of a service: resumes what is there, and checks every byte before the last rename."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumber.dataset.layout import MANIFEST, output_errors
from lumber.errors import DatasetDamaged, DiskFull, OutputOccupied
from lumber.exports.metadata import FileRecord
from lumber.files.json_text import DOCUMENT_BYTES
from lumber.remote.archive import write_archive
from lumber.remote.fetching import fetch_all
from lumber.remote.naming import check_files
from lumber.remote.problems import stranger
from lumber.remote.staging import Staging, place_of, require_free, write_all
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.remote.client import Client

OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class RemoteDataset:
    """A completed dataset of a service: its files, and its manifest as it is sent."""

    client: Client
    export_id: str
    files: Sequence[FileRecord]
    manifest: bytes

    @property
    def server(self) -> str:
        """The address of the service."""
        return self.client.server

    @property
    def size_bytes(self) -> int:
        """The bytes of all files."""
        return sum(file.size_bytes for file in self.files) + len(self.manifest)

    def download(self, target: Path, on_bytes: OnBytes = lambda _count: None) -> None:
        """Download the dataset into `target`, a new or empty folder. `on_bytes` gets the size of each part.

        What an earlier download left beside the target is used, and each file is checked against its sha256.
        Raises OutputOccupied or another OutputError, DatasetDamaged if a file differs, and the errors of
        calls; what is downloaded by then stays for the next time.
        """
        require_free(target)
        with output_errors(target), Staging.open(target, self.export_id) as staging:
            self._fill(staging, target, on_bytes)
            staging.become(target)

    def download_zip(self, target: Path, on_bytes: OnBytes = lambda _count: None) -> None:
        """Download the dataset as the new zip file `target`. Raises what `download` raises."""
        if target.exists() or target.is_symlink():
            raise OutputOccupied(f"{target} already exists. Choose another file.")
        with output_errors(target), Staging.open(target, self.export_id) as staging:
            self._fill(staging, target, on_bytes)
            write_archive(staging, [*(file.path for file in self.files), MANIFEST], target)

    def _fill(self, staging: Staging, target: Path, on_bytes: OnBytes) -> None:
        staging.clear_strangers({file.path for file in self.files})
        self._require_space(staging, target)
        fetch_all(self.client, self.export_id, self.files, staging, on_bytes)
        with staging.file(MANIFEST) as file:
            file.truncate(0)
            write_all(file, self.manifest)
        on_bytes(len(self.manifest))

    def _require_space(self, staging: Staging, target: Path) -> None:
        missing = self.size_bytes - staging.staged_bytes()
        free = shutil.disk_usage(place_of(target).parent).free
        if missing > free:
            raise DiskFull(
                f"The disk of {target} has {counted(free, 'byte')} free, and the download needs {missing:,}. "
                "Free some space, or choose another disk."
            )


def dataset_of(client: Client, export_id: str, manifest: bytes) -> RemoteDataset:
    """Return the dataset of a completed export. Raises RemoteError for a list of files that isn't safe.

    Raises DatasetDamaged if the manifest lists other files than the service.
    """
    files = client.files(export_id)
    check_files(client.server, files)
    listed = {file.path: (file.size_bytes, file.sha256) for file in files}
    if _listed_in(client.server, manifest) != listed:
        raise DatasetDamaged(
            f"The manifest of export {export_id} lists other files than {client.server} does. Export again."
        )
    return RemoteDataset(client, export_id, files, manifest)


def _listed_in(server: str, manifest: bytes) -> dict[str, tuple[Any, Any]]:
    if len(manifest) > DOCUMENT_BYTES:
        raise stranger(server, f"its manifest has more than {DOCUMENT_BYTES:,} bytes")
    try:
        value = json.loads(manifest)
        return {entry["path"]: (entry["bytes"], entry["sha256"]) for entry in value["files"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise stranger(server, "its manifest can't be read") from None
