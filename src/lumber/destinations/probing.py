"""Probes a destination: tries what datasets need, with small objects that are removed at the end.

Some stores answer a conditional request with success and overwrite all the same. Only a trial shows it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress

from lumber.destinations.promises import Promises, Status
from lumber.destinations.registry import Probe
from lumber.destinations.store import KeyChanged, KeyExists, KeyMissing, Store, Unsupported
from lumber.errors import DestinationError, DestinationUnfit, LumberError
from lumber.store.models.base import utc_now

# The smallest part that S3 allows before the last one.
_PART_BYTES = 8 * 1024 * 1024
_FIRST, _SECOND = b"lumber probe 1\n", b"lumber probe 2\n"


def probe(opened: Callable[[], Store]) -> Probe:
    """Return what a destination promises. Blocks. One that can't be opened or used is failing."""
    trial = None
    try:
        trial = _Trial(opened())
        trial.run()
        promises = trial.promises()
    except LumberError as error:
        return Probe(Status.FAILING, Promises(), str(error), utc_now())
    finally:
        if trial is not None:
            trial.clear()
    status = Status.OK if promises.is_complete else Status.LIMITED
    return Probe(status, promises, " ".join(promises.missing), utc_now())


def require_fit(found: Probe) -> Probe:
    """Return a probe unless it failed. Raises DestinationUnfit."""
    if found.status is Status.FAILING:
        raise DestinationUnfit(f"The destination can't be used. {found.message}")
    return found


class _Trial:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._root = f"lumber-probe-{secrets.token_hex(8)}"
        self._small, self._large = f"{self._root}/small", f"{self._root}/large"
        self._found: dict[str, bool] = {}

    def run(self) -> None:
        """Try everything. Raises a DestinationError for what no dataset can do without."""
        self._found["conditional_put"] = self._creates_once()
        self._reads(self._small, _FIRST if self._found["conditional_put"] else _SECOND)
        self._found["conditional_update"] = self._updates_with_care()
        self._found["multipart"] = self._takes_parts()
        self._found["list"] = self._lists()
        self._found["delete"] = self._deletes()

    def promises(self) -> Promises:
        return Promises(**self._found)

    def clear(self) -> None:
        """Remove the objects of the trial. Never raises."""
        with suppress(Exception):
            self._store.delete([self._small, self._large])

    def _creates_once(self) -> bool:
        try:
            self._store.create(self._small, _FIRST)
        except KeyExists:
            # The name is random: nothing can be there.
            raise self._unfit("says that a new object exists already") from None
        except Unsupported:
            self._store.replace(self._small, _SECOND)
            return False
        try:
            self._store.create(self._small, _SECOND)
        except KeyExists:
            return True
        return False

    def _reads(self, key: str, expected: bytes) -> str | None:
        try:
            content, etag = self._store.read(key, 2 * len(expected))
        except KeyMissing:
            raise self._unfit("doesn't return an object that was just written") from None
        if content != expected:
            raise self._unfit("returns another content than was written")
        return etag

    def _updates_with_care(self) -> bool:
        """Return whether a stale etag is refused, and the right one isn't."""
        content, etag = self._store.read(self._small, 2 * len(_FIRST))
        if etag is None:
            return False
        try:
            self._store.replace(self._small, content + b"3", etag=etag)
            self._store.replace(self._small, content, etag=etag)
        except KeyChanged:
            return self._store.read(self._small, 2 * len(_FIRST))[0] == content + b"3"
        except Unsupported:
            return False
        return False

    def _takes_parts(self) -> bool:
        size_bytes = _PART_BYTES + 1
        try:
            self._store.upload(self._large, iter((bytes(_PART_BYTES), b"1")), size_bytes)
        except DestinationError:
            return False
        found = self._store.find(self._large)
        return found is not None and found.size_bytes == size_bytes

    def _lists(self) -> bool:
        try:
            keys = {each.key for each in self._store.list(f"{self._root}/")}
        except DestinationError:
            return False
        return self._small in keys

    def _deletes(self) -> bool:
        try:
            self._store.delete([self._small])
            return self._store.find(self._small) is None
        except DestinationError:
            return False

    def _unfit(self, what: str) -> DestinationUnfit:
        return DestinationUnfit(f"{self._store.address} {what}.")
