"""The issued address pseudonyms, so that the scan can tell them from real addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

import numpy as np
import numpy.typing as npt

_HASH_BYTES = 8
# Addresses collected in a set before they move into the array of 8 bytes each.
_PENDING = 65_536


class Issued:
    """A set of at most `limit` addresses as 64-bit numbers; IPv6 addresses are hashed.

    Beyond the limit the set is incomplete, and a missing address proves nothing.
    """

    def __init__(self, limit: int = 16_000_000) -> None:
        self.is_complete = True
        self._limit = limit
        self._pending: set[int] = set()
        self._hashes: npt.NDArray[np.uint64] = np.empty(0, np.uint64)

    def __len__(self) -> int:
        self._gather()
        return len(self._hashes)

    def __contains__(self, address: IPv4Address | IPv6Address) -> bool:
        number = _hash(address)
        if number in self._pending:
            return True
        at = int(np.searchsorted(self._hashes, np.uint64(number)))
        return at < len(self._hashes) and int(self._hashes[at]) == number

    def add(self, address: IPv4Address | IPv6Address) -> None:
        """Add an address."""
        self._pending.add(_hash(address))
        if len(self._pending) >= _PENDING:
            self._gather()

    def add_ipv4(self, values: npt.NDArray[np.uint32]) -> None:
        """Add IPv4 addresses, given as numbers."""
        self._pending.update(values.tolist())
        if len(self._pending) >= _PENDING:
            self._gather()

    def has_ipv4(self, values: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
        """Return, for each address, whether it is in the set."""
        self._gather()
        if not len(self._hashes):
            return np.zeros(len(values), np.bool_)
        at = np.minimum(np.searchsorted(self._hashes, values.astype(np.uint64)), len(self._hashes) - 1)
        return np.equal(self._hashes[at], values)

    def merge(self, others: Iterable[Issued]) -> None:
        """Add the addresses of other sets."""
        for other in others:
            self.is_complete &= other.is_complete
            self._pending |= other._pending
            self._put(other._hashes)
        self._gather()

    def _gather(self) -> None:
        pending = np.fromiter(self._pending, np.uint64, len(self._pending))
        self._pending.clear()
        self._put(pending)

    def _put(self, hashes: npt.NDArray[np.uint64]) -> None:
        if len(hashes):
            merged = np.union1d(self._hashes, hashes)
            if len(merged) > self._limit:
                self.is_complete = False
                merged = merged[: self._limit]
            self._hashes = merged


def _hash(address: IPv4Address | IPv6Address) -> int:
    if isinstance(address, IPv4Address):
        return int(address)  # as good as any hash, and as short
    return int.from_bytes(hashlib.blake2b(address.packed, digest_size=_HASH_BYTES).digest(), "big")
