"""Cleans a destination: data that no manifest names, claims that were left, and unfinished uploads.

Only roots with Lumber's mark are looked at, and only keys that Lumber makes are deleted. Everything younger
than a grace period stays, by the store's own clock. See `claims.py` for what keeps publications safe.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lumber.destinations.claims import CLAIM_LIMIT, Cleaning, is_publishing
from lumber.destinations.layout import MANIFESTS, data_key, is_data_key, mark_key
from lumber.destinations.promises import Promises
from lumber.destinations.store import KeyMissing, Store, Stored
from lumber.errors import DatasetDamaged
from lumber.files.json_text import DOCUMENT_BYTES, load_document

GRACE_HOURS = 24.0
UNREADABLE = "a manifest can't be read, so nobody knows which files it names"
_DELETED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What a clean-up deleted, or would delete. `skipped` says in words what wasn't looked at, and why."""

    roots: int = 0
    files: int = 0
    size_bytes: int = 0
    claims: int = 0
    uploads: int = 0
    skipped: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {**asdict(self), "skipped": list(self.skipped)}

    def plus(self, other: Cleaned) -> Cleaned:
        """Return the sum of both."""
        return Cleaned(
            self.roots + other.roots,
            self.files + other.files,
            self.size_bytes + other.size_bytes,
            self.claims + other.claims,
            self.uploads + other.uploads,
            self.skipped + other.skipped,
        )


def clean(
    store: Store,
    promises: Promises,
    *,
    grace: timedelta = timedelta(hours=GRACE_HOURS),
    claim_limit: timedelta = CLAIM_LIMIT,
    is_dry_run: bool = False,
) -> Cleaned:
    """Delete what failed publications left, if it is older than `grace`. Blocks.

    Raises a DestinationError if the destination can't be listed or written.
    """
    if not promises.list or not promises.delete:
        return Cleaned(skipped=("The destination can't list or delete, so nothing was cleaned.",))
    done = Cleaned()
    for root in sorted(store.folders()):
        if store.find(mark_key(root)) is not None:
            done = done.plus(_Root(store, root, grace, claim_limit, is_dry_run=is_dry_run).clean())
    return done


class _Root:
    def __init__(
        self, store: Store, root: str, grace: timedelta, claim_limit: timedelta, *, is_dry_run: bool
    ) -> None:
        self._store = store
        self._root = root
        self._grace = grace
        self._claim_limit = claim_limit
        self._is_dry_run = is_dry_run
        self._cleaning = Cleaning(store, root)

    def clean(self) -> Cleaned:
        mark = self._cleaning.begin()
        if mark is None:
            return self._skipped("another clean-up runs")
        try:
            claims = self._cleaning.claims()
            now = mark.modified_at
            if is_publishing(claims, now, self._claim_limit):
                return self._skipped("a publication runs")
            named = named_keys(self._store, self._root)
            if named is None:
                return self._skipped(UNREADABLE)
            unnamed = [
                each
                for each in self._store.list(f"{self._root}/data/")
                if is_data_key(self._root, each.key) and each.key not in named and self._is_old(each, now)
            ]
            done = self._delete(claims, unnamed)
            return replace(done, uploads=self._abandon(now)).plus(self._unlisted())
        finally:
            self._cleaning.end()

    def _delete(self, claims: Sequence[Stored], unnamed: Sequence[Stored]) -> Cleaned:
        files = size_bytes = 0
        for start in range(0, len(unnamed), _DELETED_AT_ONCE):
            batch = unnamed[start : start + _DELETED_AT_ONCE]
            if not self._is_dry_run:
                self._cleaning.require()
                self._store.delete([each.key for each in batch])
            files, size_bytes = files + len(batch), size_bytes + sum(each.size_bytes for each in batch)
        if not self._is_dry_run and claims:
            self._store.delete([each.key for each in claims])
        return Cleaned(1, files, size_bytes, len(claims))

    def _abandon(self, now: datetime) -> int:
        """Abort unfinished uploads, and return how many."""
        found = self._store.unfinished(f"{self._root}/") or ()
        old = [each for each in found if now - each.begun_at >= self._grace]
        for each in old:
            if not self._is_dry_run:
                self._store.abandon(each)
        return len(old)

    def _unlisted(self) -> Cleaned:
        if self._store.unfinished(f"{self._root}/") is not None:
            return Cleaned()
        text = "unfinished uploads can't be listed here: a lifecycle rule of the bucket has to remove them"
        return self._skipped(text)

    def _is_old(self, stored: Stored, now: datetime) -> bool:
        return now - stored.modified_at >= self._grace

    def _skipped(self, why: str) -> Cleaned:
        return Cleaned(skipped=(f"{self._root}: {why}.",))


def named_keys(store: Store, root: str, *, without: Collection[str] = ()) -> set[str] | None:
    """Return the keys of the files that manifests name; None if a manifest can't be read.

    `without` are the keys of manifests that don't count.
    """
    named: set[str] = set()
    for each in store.list(f"{root}/{MANIFESTS}/"):
        if each.key in without:
            continue
        try:
            content, _ = store.read(each.key, DOCUMENT_BYTES)
            named |= keys_in(content, root).keys()
        except KeyMissing:
            continue  # somebody withdrew it just now
        except (ValueError, KeyError, TypeError, DatasetDamaged):
            return None
    return named


def keys_in(manifest: bytes, root: str) -> dict[str, int]:
    """Return the keys of the files that a manifest names, with their bytes.

    Raises ValueError, KeyError, TypeError or DatasetDamaged for another content.
    """
    files = load_document(manifest)["files"]
    return {data_key(root, str(file["sha256"]), str(file["path"])): int(file["bytes"]) for file in files}
