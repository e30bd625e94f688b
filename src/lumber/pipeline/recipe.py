"""Recipe: what is done with the valid rows of one kind beyond their canonical record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.pipeline.deduplicate import BURST_DESCRIPTIONS, DuplicateRule
from lumber.pipeline.privacy.rule import PrivacyRule
from lumber.pipeline.labels import LABEL_DESCRIPTIONS, LABEL_FIELDS, LabelRule
from lumber.pipeline.split import NO_SPLIT, SplitRule


@dataclass(frozen=True, slots=True)
class AddedColumn:
    """A column that a step adds to the record of a kind."""

    field: pa.Field[Any]
    description: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """The steps of one kind, with everything in them found. Small, frozen and picklable.

    They are taken in this order: labels, split, duplicates, sample, the canonical record, privacy, templates,
    choice of columns. `fields` names the columns that are written, in their order; None: all of them.
    """

    labels: LabelRule | None = None
    split: SplitRule = NO_SPLIT
    duplicates: DuplicateRule | None = None
    fields: tuple[str, ...] | None = None
    # With its key, which workers need and nothing else may have.
    privacy: PrivacyRule | None = field(default=None, repr=False)

    def added(self, kind: Kind) -> tuple[AddedColumn, ...]:
        """Return the columns that the steps add to the kind's record, in their order."""
        labels = () if self.labels is None else LABEL_FIELDS
        bursts = () if self.duplicates is None else self.duplicates.fields
        texts = {**LABEL_DESCRIPTIONS, **BURST_DESCRIPTIONS}
        return tuple(AddedColumn(field, texts[field.name]) for field in (*labels, *bursts))

    def complete(self, kind: Kind) -> Kind:
        """Return the kind with the columns that the steps add to its record."""
        added = self.added(kind)
        if not added:
            return kind
        schema = pa.schema([*kind.schema, *(column.field for column in added)])
        texts = {column.field.name: column.description for column in added}
        return replace(kind, schema=schema, descriptions={**kind.descriptions, **texts})

    def written(self, kind: Kind) -> Kind:
        """Return the kind as it is written: complete, or with the chosen columns only."""
        complete = self.complete(kind)
        if self.fields is None:
            return complete
        schema = pa.schema([complete.schema.field(name) for name in self.fields])
        return replace(complete, schema=schema)


PLAIN = Recipe()
