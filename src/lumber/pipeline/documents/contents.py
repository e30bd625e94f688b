"""Contents: what is known of a dataset when its documents are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lumber.catalog.kind import Kind
from lumber.pipeline.manifest import KindTotals, ShardEntry
from lumber.pipeline.writers import OutputFormat


@dataclass(frozen=True, slots=True)
class Contents:
    """A dataset before its documents: its kinds as they are written, what was counted, and its files so far.

    `suffix` is the ending of its shards, `version` that of Lumber, `data_version` that of the layout.
    """

    kinds: Mapping[str, tuple[Kind, KindTotals]]
    files: Sequence[ShardEntry]
    output_format: OutputFormat
    suffix: str
    config: Mapping[str, Any]
    version: str
    data_version: str
    reproducibility_hash: str

    @property
    def filled(self) -> dict[str, tuple[Kind, KindTotals]]:
        """The kinds that have rows: the others have no files."""
        return {name: item for name, item in self.kinds.items() if item[1].shards}
