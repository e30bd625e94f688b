"""RowTable: the columns of a data type or of a table made of one, and its files in order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from lumber.dataset.manifest import FieldEntry, KindSection, Manifest, TableSection
from lumber.dataset.shards import split_order
from lumber.formats.naming import ShardName
from lumber.formats.row_places import RowPlaces


@dataclass(frozen=True, slots=True)
class RowFile:
    """A shard: its place in the dataset, size and number of rows, and what its name says.

    `places` is what was learnt of where its rows begin, if it is a file of text.
    """

    path: str
    size_bytes: int
    rows: int
    name: ShardName
    places: RowPlaces = field(default_factory=RowPlaces, compare=False)


@dataclass(frozen=True, slots=True)
class RowTable:
    """A table of a dataset. The place of a row is its number, from 0, in the files one after the other.

    `is_escaped`: formulas were escaped in formats that do that. `is_derived`: it isn't a data type, but was
    made of one.
    """

    name: str
    fields: tuple[FieldEntry, ...]
    files: tuple[RowFile, ...]
    is_escaped: bool
    is_derived: bool

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(file.rows for file in self.files)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(field.name for field in self.fields)

    @property
    def is_columnar(self) -> bool:
        """Whether rows in the middle of a file, and single columns, are read without all others."""
        return not any(file.name.format.is_text for file in self.files)

    def splits(self) -> dict[str, int]:
        """Return the number of rows of each split: train first."""
        found: dict[str, int] = {}
        for file in self.files:
            found[file.name.split] = found.get(file.name.split, 0) + file.rows
        return found

    def of_split(self, split: str | None) -> RowTable:
        """Return the rows of a split; None: those of all splits."""
        if split is None:
            return self
        files = tuple(file for file in self.files if file.name.split == split)
        return RowTable(self.name, self.fields, files, self.is_escaped, self.is_derived)

    def files_from(self, place: int) -> Iterator[tuple[int, RowFile]]:
        """Yield the files with the row at a place and later ones, each with the place of its first row."""
        ends = list(accumulate(file.rows for file in self.files))
        for number in range(bisect_right(ends, place), len(self.files)):
            yield ends[number] - self.files[number].rows, self.files[number]


def tables_of(manifest: Manifest, files: Iterable[RowFile]) -> dict[str, RowTable]:
    """Return the tables of a dataset by name: data types first, then what was made of them.

    `manifest` needs no list of files.
    """
    by_table: dict[str, list[RowFile]] = {}
    for file in files:
        by_table.setdefault(file.name.kind, []).append(file)
    is_escaped = manifest.config.get("csv_escape_formulas") is True
    sections: dict[str, KindSection | TableSection] = {**manifest.kinds, **manifest.derived}
    return {
        name: RowTable(
            name,
            tuple(section.fields),
            tuple(_in_order(by_table.get(name, []))),
            is_escaped,
            is_derived=name in manifest.derived,
        )
        for name, section in sections.items()
    }


def _in_order(files: list[RowFile]) -> list[RowFile]:
    order = split_order({file.name.split for file in files})
    return sorted(files, key=lambda file: (order.index(file.name.split), file.name.index))
