"""Opened: a dataset whose shards give the same plain values in every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from lumber.dataset.files import DatasetFiles, files_of
from lumber.dataset.manifest import FieldEntry
from lumber.dataset.manifest_file import read_manifest
from lumber.dataset.shards import ListedShard, listed_shards, read_shard
from lumber.files.expansion import Expansion, ReadLimits


class Opened:
    """A dataset. Raises DatasetMissing or DatasetDamaged, as its methods do."""

    def __init__(self, place: Path | DatasetFiles, limits: ReadLimits) -> None:
        self.files = files_of(place)
        self.manifest = read_manifest(self.files, limits)
        self._expansion = Expansion(limits)

    @property
    def tables(self) -> list[str]:
        """The tables derived from the kinds, such as templates."""
        named = {entry.kind for entry in self.manifest.files if entry.kind is not None}
        return sorted(named - set(self.manifest.kinds))

    def fields(self, kind: str) -> list[FieldEntry]:
        """Return the columns of a kind; none if the dataset doesn't have it."""
        listed = self.manifest.kinds.get(kind)
        return [] if listed is None else listed.fields

    def rows(self, kind: str) -> int:
        """Return the number of rows of a kind, as listed."""
        return sum(entry.rows or 0 for entry in self.manifest.files if entry.kind == kind)

    def shards(self, kind: str) -> list[ListedShard]:
        """Return the shards of a kind, split by split; none where the dataset does not have it."""
        if kind not in self.manifest.kinds:
            return []
        return listed_shards(self.files, self.manifest, kind)

    def batches(self, shard: ListedShard, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield these columns of a shard's rows; columns of JSON are canonical text."""
        for batch in read_shard(self.files, self.manifest, shard, self._expansion, columns):
            # Without metadata, and in one order for both datasets.
            arrays = [batch.column(column) for column in columns]
            yield pa.RecordBatch.from_arrays(arrays, list(columns))
