"""Removes versions from a destination, with the files that no other manifest names.

What names a version goes first, then its manifest, then its files. So a process that dies in between leaves
a version that is whole or not there, and files that no manifest names: those are the janitor's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from lumber.destinations.claims import Cleaning, is_publishing
from lumber.destinations.janitor import UNREADABLE, keys_in, named_keys
from lumber.destinations.layout import is_data_key, latest_key, manifest_key, mark_key, version_key
from lumber.destinations.promises import Promises
from lumber.destinations.reading.pointers import read_pointer
from lumber.destinations.store import KeyMissing, Store
from lumber.errors import DatasetDamaged
from lumber.files.json_text import DOCUMENT_BYTES

_DELETED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Unwanted:
    """A version that is to go: its number, its export, and the hash of the manifest that was published."""

    number: int
    export_id: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class Removed:
    """What was deleted of a version: files that no other version shares, and their bytes."""

    files: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The versions that are gone, by their export. `skipped` says in words what stays, and why."""

    removed: Mapping[str, Removed] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


def withdraw_versions(
    store: Store, promises: Promises, root: str, versions: Sequence[Unwanted]
) -> Withdrawal:
    """Remove versions from a root, and the files that no other manifest names. Blocks. Repeatable.

    Nothing is deleted while a publication or another clean-up runs. Raises a DestinationError if the
    destination can't be used, and DatasetDamaged if what names a version is damaged.
    """
    where = store.address.below(root)
    if not promises.list or not promises.delete:
        return Withdrawal(skipped=(f"{where}: the destination can't list or delete.",))
    if store.find(mark_key(root)) is None:
        return Withdrawal(skipped=(f"{where} has no mark of Lumber (lumber.json), so nothing is deleted.",))
    cleaning = Cleaning(store, root)
    mark = cleaning.begin()
    if mark is None:
        return Withdrawal(skipped=(f"{where}: another clean-up runs.",))
    try:
        if is_publishing(cleaning.claims(), mark.modified_at):
            return Withdrawal(skipped=(f"{where}: a publication runs.",))
        return _Root(store, root, cleaning).withdraw(versions)
    finally:
        cleaning.end()


class _Root:
    def __init__(self, store: Store, root: str, cleaning: Cleaning) -> None:
        self._store = store
        self._root = root
        self._cleaning = cleaning

    def withdraw(self, versions: Sequence[Unwanted]) -> Withdrawal:
        contents: dict[Unwanted, Mapping[str, int]] = {}
        skipped = []
        for each in versions:
            found = self._files(each)
            if isinstance(found, str):
                skipped.append(f"{self._store.address.below(self._root)}: v{each.number} stays: {found}.")
            else:
                contents[each] = found
        manifests = [manifest_key(self._root, each.export_id) for each in contents]
        kept = named_keys(self._store, self._root, without=manifests)
        if kept is None:
            return Withdrawal(skipped=(f"{self._store.address.below(self._root)}: {UNREADABLE}.",))
        self._delete([key for each in contents for key in self._names(each)])
        self._delete(manifests)
        removed = {}
        for each, files in contents.items():
            only = {key: size for key, size in files.items() if key not in kept}
            self._delete([*only])
            # Two of these versions may share a file: it is counted once.
            kept |= only.keys()
            removed[each.export_id] = Removed(len(only), sum(only.values()))
        return Withdrawal(removed, tuple(skipped))

    def _files(self, version: Unwanted) -> Mapping[str, int] | str:
        """Return the files of a version; none if it is gone already. A text says why it must stay."""
        latest = read_pointer(self._store, latest_key(self._root))
        if latest is not None and latest.export_id == version.export_id:
            return "latest.json names it"
        try:
            manifest, _ = self._store.read(manifest_key(self._root, version.export_id), DOCUMENT_BYTES)
        except KeyMissing:
            return {}
        if sha256(manifest).hexdigest() != version.manifest_sha256:
            return "its manifest isn't the one that was published"
        try:
            found = keys_in(manifest, self._root)
        except (ValueError, KeyError, TypeError, DatasetDamaged):
            return "its manifest can't be read"
        return {key: size for key, size in found.items() if is_data_key(self._root, key)}

    def _names(self, version: Unwanted) -> Sequence[str]:
        key = version_key(self._root, version.number)
        pointer = read_pointer(self._store, key)
        return [key] if pointer is not None and pointer.export_id == version.export_id else []

    def _delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            self._cleaning.require()
            self._store.delete(keys[start : start + _DELETED_AT_ONCE])
