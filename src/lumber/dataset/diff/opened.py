"""Opened: a dataset whose shards give the same plain values in every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from lumber.dataset.manifest import FieldEntry, FileEntry
from lumber.dataset.manifest_file import read_manifest
from lumber.dataset.verify.files import open_listed
from lumber.dataset.verify.report import Report
from lumber.errors import DatasetDamaged
from lumber.formats.reading import ShardName, ShardReader, Unreadable, parse_shard_name
from lumber.formats.unescape import is_escaped, unescaped


class Opened:
    """A dataset. Raises DatasetMissing or DatasetDamaged, as its methods do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)

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

    def shards(self, kind: str) -> list[tuple[FileEntry, ShardName]]:
        """Return the shards of a kind, split by split; none if the dataset doesn't have it."""
        if kind not in self.manifest.kinds:
            return []
        named = [(entry, parse_shard_name(entry.path)) for entry in self.manifest.files if entry.kind == kind]
        unnamed = [entry.path for entry, name in named if name is None]
        if unnamed:
            raise DatasetDamaged(f"{self.folder}: {unnamed[0]} is not the name of a shard")
        return sorted(
            ((entry, name) for entry, name in named if name is not None),
            key=lambda item: (item[1].split, item[1].index),
        )

    def batches(self, entry: FileEntry, name: ShardName, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield these columns of a shard's rows. JSON is canonical text."""
        report = Report()
        file = open_listed(self.folder, entry, report)
        if file is None:
            raise DatasetDamaged(f"{self.folder}: {_first(report)}")
        with closing(file):
            reader = ShardReader(file, name, self.fields(name.kind), has_json=True, columns=columns)
            try:
                for batch in reader.batches():
                    plain = unescaped(batch) if is_escaped(name.format, self.manifest.config) else batch
                    # Without metadata, and in one order for both datasets.
                    arrays = [plain.column(column) for column in columns]
                    yield pa.RecordBatch.from_arrays(arrays, list(columns))
            except Unreadable as error:
                raise DatasetDamaged(f"{self.folder / entry.path} {error}") from error


def _first(report: Report) -> str:
    return f"{report.problems[0].path} {report.problems[0].problem}"
