"""Publishes a finished dataset to a destination: its files by content, and the manifest last.

The manifest is the commit: before it is there, nobody can see the dataset. What an earlier attempt uploaded
is there under the hash of its content, so it isn't sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumber.dataset.layout import MANIFEST
from lumber.destinations.claims import Claim
from lumber.destinations.layout import data_key, manifest_key, mark_key
from lumber.destinations.promises import Promises
from lumber.destinations.store import KeyExists, KeyMissing, Store
from lumber.destinations.uploading import Item, Uploads
from lumber.errors import DatasetDamaged, DestinationConflict, DestinationError
from lumber.files.folder import Folder
from lumber.files.json_text import DOCUMENT_BYTES, load_document

_MARK = b'{"lumber": "destination", "layout": 1}\n'


@dataclass(frozen=True, slots=True)
class Publication:
    """Where a dataset is in a destination, and what it took to write it there.

    `not_promised` says in words what the destination can't promise. `was_there`: an earlier attempt had
    published the same manifest.
    """

    url: str
    root: str
    export_id: str
    manifest_sha256: str
    files: int
    size_bytes: int
    uploaded_files: int
    uploaded_bytes: int
    not_promised: tuple[str, ...] = ()
    was_there: bool = False


def publish(
    store: Store,
    promises: Promises,
    folder: Path,
    root: str,
    *,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Publication:
    """Write the dataset in a folder to a root of the destination. Blocks until it is published.

    `on_progress` gets the bytes that are done, and all bytes. Raises ExportCancelled soon after
    `is_cancelled` is true, DestinationConflict if the destination has another manifest of the export,
    DatasetDamaged if a file isn't what the manifest lists, and other DestinationErrors. Then this call left
    no manifest.
    """
    manifest = _manifest(folder)
    export_id, items = _contents(folder, manifest, root)
    digest = hashlib.sha256(manifest).hexdigest()
    uploads = Uploads(store, folder, items, on_progress, is_cancelled)
    claim = Claim(store, root, export_id)
    try:
        _mark(store, root)
        claim.hold(uploads.check)
        uploads.run()
        uploads.check()
        claim.require()
        was_there = _commit(store, promises, manifest_key(root, export_id), manifest)
    finally:
        claim.release()
    return Publication(
        store.address.url,
        root,
        export_id,
        digest,
        len(items),
        sum(item.size_bytes for item in items),
        uploads.uploaded_files,
        uploads.uploaded_bytes,
        promises.missing,
        was_there,
    )


def _manifest(folder: Path) -> bytes:
    with Folder.open(folder) as opened, opened.file(MANIFEST) as file:
        return file.read(DOCUMENT_BYTES + 1)


def _contents(folder: Path, manifest: bytes, root: str) -> tuple[str, Sequence[Item]]:
    """Return the export's id, and each content of its files once. Raises DatasetDamaged."""
    try:
        value: Any = load_document(manifest)
        export_id = str(value["export_id"])
        files = [(str(each["path"]), int(each["bytes"]), str(each["sha256"])) for each in value["files"]]
        # It becomes a part of keys.
        manifest_key(root, export_id)
    except (ValueError, KeyError, TypeError):
        raise DatasetDamaged(f"{folder}: {MANIFEST} can't be read.") from None
    items: dict[str, Item] = {}
    for path, size_bytes, sha256 in files:
        item = Item(data_key(root, sha256, path), path, size_bytes, sha256)
        items.setdefault(item.key, item)
    return export_id, list(items.values())


def _mark(store: Store, root: str) -> None:
    """Mark the root as Lumber's: only marked roots are ever cleaned."""
    if store.find(mark_key(root)) is None:
        try:
            store.create(mark_key(root), _MARK)
        except KeyExists:
            return


def _commit(store: Store, promises: Promises, key: str, manifest: bytes) -> bool:
    """Write the manifest. Return whether the same one was there. Raises DestinationConflict."""
    # A store that overwrites would otherwise replace another manifest.
    if not promises.conditional_put and store.find(key) is not None:
        _require_same(store, key, manifest)
        return True
    try:
        store.create(key, manifest)
    except KeyExists:
        # Also the answer to a repeated request, if the first one got through and its answer didn't.
        _require_same(store, key, manifest)
        return True
    return False


def _require_same(store: Store, key: str, manifest: bytes) -> None:
    try:
        present, _ = store.read(key, DOCUMENT_BYTES)
    except KeyMissing:
        raise DestinationError(f"{store.address.below(key)} vanished while it was read. Try again.") from None
    if present != manifest:
        raise DestinationConflict(
            f"{store.address.below(key)} holds another manifest of the same export. Nothing was overwritten: "
            "export again, which makes a new id."
        )
