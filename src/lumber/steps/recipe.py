"""Recipe: what is done with the valid rows of one kind beyond their canonical record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from lumber.catalog.kind import Kind, json_field, required
from lumber.engine.sequences.options import WindowOptions
from lumber.privacy.rule import PrivacyRule
from lumber.steps.deduplicate import BURST_DESCRIPTIONS, DuplicateRule
from lumber.steps.labels import LABEL, LABEL_DESCRIPTIONS, LABEL_FIELDS, LabelRule
from lumber.steps.order import ShuffleRule
from lumber.steps.sample import SampleRule
from lumber.steps.split import NO_SPLIT, SplitRule
from lumber.steps.templates.masks import UNKNOWN
from lumber.steps.templates.options import TemplateOptions
from lumber.steps.templates.table import TemplateTable


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
    sample: SampleRule | None = None
    shuffle: ShuffleRule | None = None
    # Asked for, and then found in a first pass over the rows.
    mining: TemplateOptions | None = None
    templates: TemplateTable | None = field(default=None, repr=False)
    sequences: WindowOptions | None = None
    # With its key, which workers need and nothing else may have.
    privacy: PrivacyRule | None = field(default=None, repr=False)

    def added(self, kind: Kind) -> tuple[AddedColumn, ...]:
        """Return the columns that the steps before the canonical record add to it, in their order."""
        labels = () if self.labels is None else LABEL_FIELDS
        bursts = () if self.duplicates is None else self.duplicates.fields
        texts = {**LABEL_DESCRIPTIONS, **BURST_DESCRIPTIONS}
        return tuple(AddedColumn(field, texts[field.name]) for field in (*labels, *bursts))

    def transformed(self, kind: Kind) -> Kind:
        """Return the kind with the columns that the steps before its canonical record add to it."""
        labelled = kind if self.labels is None else replace(kind, label_column=LABEL)
        return _with(labelled, self.added(kind))

    def complete(self, kind: Kind) -> Kind:
        """Return the kind with the columns that all steps add to its record."""
        return _with(self.transformed(kind), TEMPLATE_COLUMNS if self.mining is not None else ())

    def written(self, kind: Kind) -> Kind:
        """Return the kind as it is written: complete, or with the chosen columns only."""
        complete = self.complete(kind)
        if self.fields is None:
            return complete
        schema = pa.schema([complete.schema.field(name) for name in self.fields])
        return replace(complete, schema=schema)


def _with(kind: Kind, added: tuple[AddedColumn, ...]) -> Kind:
    if not added:
        return kind
    schema = pa.schema([*kind.schema, *(column.field for column in added)])
    texts = {column.field.name: column.description for column in added}
    return replace(kind, schema=schema, descriptions={**kind.descriptions, **texts})


TEMPLATE_COLUMNS = (
    AddedColumn(
        required("template_id", pa.string()),
        f"The template of the message, as the table of templates names it; {UNKNOWN}: none of train's.",
    ),
    AddedColumn(
        json_field("template_params"),
        "The values in the template's slots, in order, as JSON; null where there is no template.",
    ),
)
PLAIN = Recipe()
