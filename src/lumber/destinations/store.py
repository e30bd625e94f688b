"""Store: what Lumber needs from a place that files are written to. `folder.py` and `objects.py` have it.

Keys are relative to the destination's prefix, with `/` between their parts. All calls block: call them in a
thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lumber.destinations.address import Address

# Files up to this size are sent in one request, larger ones in parts of at least this size.
PART_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """An object in a store. `etag` changes with its content."""

    key: str
    size_bytes: int
    modified_at: datetime
    etag: str | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload that was begun and never finished. It takes room, and nobody can read it."""

    key: str
    upload_id: str
    begun_at: datetime


class KeyExists(Exception):
    """There is something at the key already."""


class KeyMissing(Exception):
    """There is nothing at the key."""


class KeyChanged(Exception):
    """What is at the key isn't what the caller has seen."""


class Unsupported(Exception):
    """The store doesn't know this operation."""


class Store(Protocol):
    """A folder or a bucket. Each method raises a DestinationError if the store can't be used."""

    @property
    def address(self) -> Address:
        """Where it is."""

    def find(self, key: str) -> Stored | None:
        """Return what is at a key; None if nothing is there."""

    def read(self, key: str, limit_bytes: int) -> tuple[bytes, str | None]:
        """Return the content of a small object, with its etag.

        Raises KeyMissing, or DestinationError if it has more bytes than the limit.
        """

    def stream(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """Yield the content of an object from a place on. Raises KeyMissing."""

    def create(self, key: str, content: bytes) -> None:
        """Write a new object. Raises KeyExists if the store finds one there."""

    def replace(self, key: str, content: bytes, *, etag: str | None = None) -> None:
        """Write an object, whatever is there; with `etag`, only in the place of this content.

        Raises KeyChanged, and Unsupported if the store can't compare.
        """

    def upload(self, key: str, parts: Iterator[bytes], size_bytes: int) -> None:
        """Write a large object from its parts. If the iterator raises an error, nothing is at the key."""

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield all objects below a prefix, in any order."""

    def folders(self) -> Sequence[str]:
        """Return the names of the folders at the top."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects. Keys without one are fine."""

    def unfinished(self, prefix: str) -> Sequence[Unfinished] | None:
        """Return the unfinished uploads below a prefix; None if this store can't list them."""

    def abandon(self, upload: Unfinished) -> None:
        """Remove an unfinished upload and its parts. One that is gone is fine."""
