"""Claims: keep a clean-up from deleting what a publication counts on, also without a common ledger.

A publication writes its claim and then looks for a clean-up; a clean-up writes its mark and then looks for
claims. So at least one of the two sees the other: the publication waits, and the clean-up gives up.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from lumber.destinations.layout import CLAIMS, claim_key, cleaning_key
from lumber.destinations.store import KeyExists, Store, Stored
from lumber.errors import DestinationError, DestinationUnreachable

# A clean-up that takes longer ends by itself, so an older mark was left by one that was killed.
CLEANING_LIMIT = timedelta(minutes=30)
# A publication renews its claim six times as often, so an older one was left by one that was killed.
CLAIM_LIMIT = timedelta(hours=1)
_WAIT_SECONDS = 1.0
_REFRESH_SECONDS = 600.0


class Claim:
    """The claim of a publication. `hold` it before looking at what is there, and `release` it at the end."""

    def __init__(self, store: Store, root: str, export_id: str) -> None:
        self._store = store
        self._root = root
        self._key = claim_key(root, export_id)
        # Two attempts at the same export have the same claim: its content tells them apart.
        self._content = json.dumps({"export_id": export_id, "token": secrets.token_hex(8)}).encode()
        self._is_released = threading.Event()
        self._refresher: threading.Thread | None = None

    def hold(self, check: Callable[[], None]) -> None:
        """Write the claim, and wait for a running clean-up. Meanwhile `check` is called; it may raise."""
        self._store.replace(self._key, self._content)
        self._refresher = threading.Thread(target=self._refresh, name="lumber-claim", daemon=True)
        self._refresher.start()
        while (cleaning := self._store.find(cleaning_key(self._root))) is not None:
            mine = self._store.find(self._key)
            if mine is None or mine.modified_at - cleaning.modified_at > CLEANING_LIMIT:
                break
            check()
            self._is_released.wait(_WAIT_SECONDS)
            self._store.replace(self._key, self._content)

    def require(self) -> None:
        """Raise DestinationUnreachable if a clean-up took the claim for abandoned."""
        if self._store.find(self._key) is None:
            raise DestinationUnreachable(
                f"{self._store.address.below(self._root)}: a clean-up took this publication for abandoned, "
                "because it stood still for too long. Try again."
            )

    def release(self) -> None:
        """Remove the claim. Never raises: one that stays expires."""
        self._is_released.set()
        with suppress(Exception):
            self._store.delete([self._key])

    def _refresh(self) -> None:
        while not self._is_released.wait(_REFRESH_SECONDS):
            with suppress(Exception):
                self._store.replace(self._key, self._content)


class Cleaning:
    """The mark of a clean-up of a root."""

    def __init__(self, store: Store, root: str) -> None:
        self._store = store
        self._root = root
        self._key = cleaning_key(root)
        self._content = json.dumps({"token": secrets.token_hex(8)}).encode()
        self._ends_at = time.monotonic() + CLEANING_LIMIT.total_seconds() / 2

    def begin(self) -> Stored | None:
        """Write the mark and return it, with the store's own time; None if another clean-up runs.

        A mark that a killed clean-up left is replaced. Two clean-ups at once delete the same, and no more.
        """
        try:
            self._store.create(self._key, self._content)
        except KeyExists:
            left = self._store.find(self._key)
            # Only the store's own clock can tell how old it is.
            now = self._now()
            if left is not None and now - left.modified_at <= CLEANING_LIMIT:
                return None
            self._store.replace(self._key, self._content)
        return self._store.find(self._key)

    def _now(self) -> datetime:
        """Return the time of the store, by an object that is written for it and removed."""
        key = f"{self._root}/clock-{secrets.token_hex(8)}.json"
        self._store.replace(key, self._content)
        found = self._store.find(key)
        self._store.delete([key])
        if found is None:
            raise DestinationUnreachable(f"{self._store.address.below(key)} vanished. Try again later.")
        return found.modified_at

    def is_held(self) -> bool:
        """Say whether the mark is still there and ours."""
        found = self._store.find(self._key)
        if found is None or found.size_bytes != len(self._content):
            return False
        return self._store.read(self._key, len(self._content))[0] == self._content

    def require(self) -> None:
        """Raise DestinationError if a publication may have taken this clean-up for one that was killed."""
        if time.monotonic() > self._ends_at or not self.is_held():
            raise DestinationError(
                f"{self._store.address.below(self._root)}: the clean-up took too long and stopped. Run it "
                "again."
            )

    def end(self) -> None:
        """Remove the mark. Never raises."""
        with suppress(Exception):
            if self.is_held():
                self._store.delete([self._key])

    def claims(self) -> list[Stored]:
        """Return the claims of publications in the root."""
        return list(self._store.list(f"{self._root}/{CLAIMS}/"))


def is_publishing(claims: Sequence[Stored], now: datetime, limit: timedelta = CLAIM_LIMIT) -> bool:
    """Say whether a claim is of a running publication. `now` is the time of the store."""
    return any(now - each.modified_at < limit for each in claims)
