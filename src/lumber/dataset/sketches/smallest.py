"""Smallest: the smallest hashes of a column's values, of which a theta sketch is made.

The share of all hashes that they cover says how many values there are. With up to 1,024 values all hashes are
here, and the number is exact.

Sources: Dasgupta, Lang, Rhodes, Thaler, "A Framework for Estimating Stream Expression Cardinalities", ICDT
2016; for the bytes, https://datasketches.apache.org/docs/Theta/ThetaSketches.html.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass, field

import numpy as np

from lumber.dataset.sketches.document import Distinct
from lumber.dataset.sketches.hashing import SEEDS, Hashes, Hashing
from lumber.errors import DatasetDamaged

_MOST = 1_024
_ALL = (1 << 63) - 1
# Of the library's format: version 3, family "compact"; read only, compact and ordered.
_FORMAT = struct.Struct("<BBBHBHII")
_VERSION, _FAMILY, _EMPTY, _FLAGS = 3, 3, 0x04, 0x02 | 0x08 | 0x10


@dataclass(slots=True)
class Smallest:
    """The smallest hashes, ascending, below `below`."""

    hashing: Hashing
    hashes: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    below: int = _ALL

    def add(self, hashes: Hashes) -> None:
        """Add hashes of values; a value may come several times."""
        found = hashes[hashes < np.uint64(self.below)] if self.below < _ALL else hashes
        if not len(found):
            return
        # Of a long column only its smallest part can matter.
        joined = np.unique(np.concatenate([self.hashes, _lowest(found)]))
        if len(joined) > _MOST:
            self.below = int(joined[_MOST])
        self.hashes = joined[:_MOST]

    def merge(self, other: Smallest) -> None:
        """Add the hashes of other values, which are of the same hashing."""
        self.below = min(self.below, other.below)
        both = np.concatenate([self.hashes, other.hashes])
        self.hashes = np.empty(0, dtype=np.uint64)
        self.add(both[both < np.uint64(self.below)])

    @property
    def estimate(self) -> int:
        """About how many values there are."""
        rows = len(self.hashes)
        return rows if self.below == _ALL else round(rows / (self.below / _ALL))

    def as_distinct(self) -> Distinct:
        """Return what a document has of them."""
        return Distinct(
            estimate=self.estimate, hash=self.hashing, theta=base64.b64encode(self._bytes()).decode()
        )

    def _bytes(self) -> bytes:
        from datasketches import update_theta_sketch

        seed = update_theta_sketch(5, seed=SEEDS[self.hashing]).get_seed_hash()
        longs = 3 if self.below < _ALL else 2 if len(self.hashes) else 1
        flags = _FLAGS if len(self.hashes) or self.below < _ALL else _FLAGS | _EMPTY
        head = _FORMAT.pack(longs, _VERSION, _FAMILY, 0, flags, seed, len(self.hashes), 0)
        limit = struct.pack("<Q", self.below) if longs == 3 else b""
        return head[:8] if longs == 1 else head + limit + self.hashes.astype("<u8").tobytes()

    @classmethod
    def read(cls, distinct: Distinct) -> Smallest:
        """Read what a document has. Raises DatasetDamaged."""
        from datasketches import compact_theta_sketch

        try:
            content = base64.b64decode(distinct.theta or "", validate=True)
            theta = compact_theta_sketch.deserialize(content, SEEDS[distinct.hash])
        except (binascii.Error, ValueError, RuntimeError, IndexError) as error:
            raise DatasetDamaged(f"A sketch can't be read ({error}). Export the version again.") from error
        found = cls(distinct.hash, below=theta.theta64)
        found.add(np.array(list(theta), dtype=np.uint64))
        return found


def _lowest(hashes: Hashes) -> Hashes:
    return hashes if len(hashes) <= 8 * _MOST else _distinct_lowest(hashes)


def _distinct_lowest(hashes: Hashes) -> Hashes:
    """Return the smallest hashes, at least one more different ones than are kept; all if there are fewer."""
    part = np.unique(np.partition(hashes, 4 * _MOST)[: 4 * _MOST])
    return part if len(part) > _MOST else np.unique(hashes)
