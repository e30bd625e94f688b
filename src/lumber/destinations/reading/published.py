"""PublishedFiles: the files of one export in a destination, each read on its own and checked."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from lumber.dataset.files import DatasetFiles
from lumber.dataset.folder_files import checked
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import FileEntry, Manifest
from lumber.dataset.verify.report import Report
from lumber.destinations.layout import data_key, latest_key, manifest_key, version_key
from lumber.destinations.reading.download import download
from lumber.destinations.reading.pointers import Pointer, numbers, read_pointer
from lumber.destinations.store import KeyMissing, Store
from lumber.errors import DatasetDamaged, DatasetMissing
from lumber.files.folder import Folder
from lumber.files.json_text import DOCUMENT_BYTES


class PublishedFiles(DatasetFiles):
    """An export that was published in a destination.

    `pointer` named it, if a version was asked for. Then its manifest must have the hash that the pointer has.
    Keys are made of hashes and ids that were checked, so no path of a manifest leads anywhere else.
    """

    def __init__(self, store: Store, root: str, export_id: str, pointer: Pointer | None = None) -> None:
        self.export_id = export_id
        self.pointer = pointer
        version = export_id if pointer is None else f"v{pointer.number}"
        self.name = store.address.below(f"{root}@{version}")
        self._store = store
        self._root = root

    def manifest(self) -> bytes:
        """Return the manifest. Raises ValueError if it isn't the one that the version names."""
        key = manifest_key(self._root, self.export_id)
        found = self._store.find(key)
        if found is None:
            raise DatasetMissing(f"{self._store.address.below(key)} doesn't exist: {self._missing()}")
        if found.size_bytes > DOCUMENT_BYTES:
            raise ValueError(f"it is larger than {DOCUMENT_BYTES:,} bytes")
        try:
            content, _ = self._store.read(key, DOCUMENT_BYTES)
        except KeyMissing:
            raise DatasetMissing(f"{self._store.address.below(key)} was removed just now.") from None
        sha256 = hashlib.sha256(content).hexdigest()
        if self.pointer is not None and sha256 != self.pointer.manifest_sha256:
            listed = f"v{self.pointer.number} lists {self.pointer.manifest_sha256}"
            raise ValueError(f"its sha256 is {sha256}, and {listed}")
        return content

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open a listed file: where it lies in a folder, or downloaded from a bucket."""
        key = data_key(self._root, entry.sha256, entry.path)
        folder = self._store.address.path
        if folder is None:
            return download(self._store, key, entry)
        with Folder.open(folder) as opened:
            file = opened.file(key)
        return checked(file, entry)

    def check_others(self, manifest: Manifest, report: Report) -> None:
        """Report pointers that don't agree with the manifest, or with each other."""
        if manifest.export_id != self.export_id:
            report.add(MANIFEST, f"is of the export {manifest.export_id}, and lies at {self.export_id}")
        version = version_of(manifest)
        if version is None:
            if self.pointer is not None:
                report.add(MANIFEST, f"is of no version of a dataset, and v{self.pointer.number} names it")
            return
        try:
            self._check_version(*version, report)
            self._check_latest(report)
        except DatasetDamaged as error:
            report.add(MANIFEST, str(error))

    def _check_version(self, number: int, data_version: str | None, report: Report) -> None:
        path = version_key(self._root, number).removeprefix(f"{self._root}/")
        found = read_pointer(self._store, version_key(self._root, number))
        if found is None:
            report.note(path, "doesn't exist: the version isn't published, or the export was stopped")
            return
        expected = (number, data_version, self.export_id)
        if (found.number, found.data_version, found.export_id) != expected:
            named = f"{found.number}, {found.data_version}, {found.export_id}"
            report.add(path, f"names {named}. The manifest is of {number}, {data_version}, {self.export_id}")
        sha256 = hashlib.sha256(self.manifest()).hexdigest()
        if found.manifest_sha256 != sha256:
            report.add(path, f"lists {found.manifest_sha256}, the manifest has the sha256 {sha256}")

    def _check_latest(self, report: Report) -> None:
        latest = read_pointer(self._store, latest_key(self._root))
        known = numbers(self._store, self._root)
        if latest is None:
            if known:
                report.add("latest.json", f"is missing: there are v{known[0]} to v{known[-1]}")
            return
        if latest.number not in known:
            report.add("latest.json", f"names v{latest.number}, which doesn't exist")
        elif read_pointer(self._store, version_key(self._root, latest.number)) != latest:
            report.add("latest.json", f"differs from v{latest.number}, which it names")
        elif known[-1] != latest.number:
            report.note("latest.json", f"names v{latest.number}, and there is v{known[-1]}")

    def _missing(self) -> str:
        if self.pointer is None:
            return "the export wasn't published there."
        return f"v{self.pointer.number} names it, so it was removed."


def version_of(manifest: Manifest) -> tuple[int, str | None] | None:
    """Return the number and the data version that a manifest gives; None: it is of no dataset."""
    section = manifest.as_json().get("dataset")
    if not isinstance(section, dict) or type(section.get("number")) is not int:
        return None
    return section["number"], section.get("data_version")
