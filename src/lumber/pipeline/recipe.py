"""Recipe: what is done with the valid rows of one kind beyond their canonical record."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.pipeline.split import NO_SPLIT, SplitRule


@dataclass(frozen=True, slots=True)
class Recipe:
    """The steps of one kind, with everything in them found. Small, frozen and picklable.

    `fields` names the columns that are written, in their order; None: all of them.
    """

    split: SplitRule = NO_SPLIT
    fields: tuple[str, ...] | None = None

    def written(self, kind: Kind) -> Kind:
        """Return the kind as it is written: with the chosen columns only."""
        if self.fields is None:
            return kind
        schema = pa.schema([kind.schema.field(name) for name in self.fields])
        return replace(kind, schema=schema)


PLAIN = Recipe()
