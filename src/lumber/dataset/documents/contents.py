"""Contents: the facts about a dataset that its documents are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.dataset.manifest import FileEntry, VersionSection
from lumber.dataset.totals import KindTotals
from lumber.errors import PolicyVersion
from lumber.formats import Format, get_format
from lumber.formats.periods import Period
from lumber.formats.staged_file import StagedFile
from lumber.privacy.rule import PrivacyRule


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the dataset: the records of a kind, or a table derived from them.

    `shards` are the files of each split that has any. `has_nulls` names the columns that may contain nulls.
    With `period` they lie in folders, one for each day or month.
    """

    name: str
    description: str
    schema: pa.Schema
    descriptions: Mapping[str, str]
    shards: Mapping[str, Sequence[StagedFile]]
    has_nulls: frozenset[str]
    id_column: str | None = None
    period: Period | None = None

    @property
    def folders(self) -> str:
        """What stands between the folder of the table and the names of its files, as a pattern."""
        return "" if self.period is None else f"*/{self.period}=*/"

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
    policies      the export policies that allowed it
    dataset       the version of a named dataset that it is
    created_at    when its export was created
    source        the database of other programs that its rows come from, as in the manifest's plan
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
    policies: Sequence[PolicyVersion] = ()
    dataset: VersionSection | None = None
    created_at: datetime | None = None
    source: Mapping[str, Any] | None = None

    @property
    def format(self) -> Format:
        """The format of the shards."""
        return get_format(self.output_format)

    @property
    def period(self) -> Period | None:
        """What the folders of the shards stand for; None without such folders."""
        period: Period | None = self.config.get("partition_by")
        return period

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that have rows; the others have no files."""
        kinds = (kind_table(kind, totals, self.period) for kind, totals in self.kinds.values())
        tables = [*kinds, *self.derived]
        return tuple(table for table in tables if table.shards)


def kind_table(kind: Kind, totals: KindTotals, period: Period | None = None) -> Table:
    """Return the table of a kind's records."""
    return Table(
        kind.name,
        kind.description or kind.title,
        kind.schema,
        kind.descriptions,
        totals.shards_by_split(),
        frozenset(name for name in kind.schema.names if totals.quality.filled[name] < totals.written),
        kind.id_column if kind.id_column in kind.schema.names else None,
        period,
    )
