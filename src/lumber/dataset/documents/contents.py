"""Contents: the facts about a dataset that its documents are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.dataset.manifest import FileEntry
from lumber.dataset.totals import KindTotals
from lumber.formats import Format, get_format
from lumber.formats.staged_file import StagedFile
from lumber.privacy.rule import PrivacyRule


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the dataset: the records of a kind, or a table derived from them.

    `shards` are the files of each split that has any. `has_nulls` names the columns that may contain nulls.
    """

    name: str
    description: str
    schema: pa.Schema
    descriptions: Mapping[str, str]
    shards: Mapping[str, Sequence[StagedFile]]
    has_nulls: frozenset[str]
    id_column: str | None = None

    @property
    def rows(self) -> int:
        """The rows of all splits."""
        return sum(shard.rows for shards in self.shards.values() for shard in shards)


@dataclass(frozen=True, slots=True)
class Contents:
    """A dataset before its documents: its kinds with their totals, and its files so far.

    suffix        the ending of its shards
    config        without values that would reveal something private
    version       that of Lumber
    data_version  that of the dataset's layout
    derived       tables other than the kinds
    cuts          first moments of the splits in time after train, in microseconds since 1970 UTC
    """

    kinds: Mapping[str, tuple[Kind, KindTotals]]
    files: Sequence[FileEntry]
    output_format: str
    suffix: str
    config: Mapping[str, Any]
    version: str
    data_version: str
    reproducibility_hash: str
    privacy: PrivacyRule | None = None
    derived: Sequence[Table] = ()
    cuts: Sequence[tuple[str, int]] = ()

    @property
    def format(self) -> Format:
        """The format of the shards."""
        return get_format(self.output_format)

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that have rows; the others have no files."""
        tables = [*(kind_table(kind, totals) for kind, totals in self.kinds.values()), *self.derived]
        return tuple(table for table in tables if table.shards)


def kind_table(kind: Kind, totals: KindTotals) -> Table:
    """Return the table of a kind's records."""
    return Table(
        kind.name,
        kind.description or kind.title,
        kind.schema,
        kind.descriptions,
        totals.shards_by_split(),
        frozenset(name for name in kind.schema.names if totals.quality.filled[name] < totals.written),
        kind.id_column if kind.id_column in kind.schema.names else None,
    )
