"""LabelledOnly: leaves out records without a label."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lumber.catalog.kind import Kind
from lumber.steps.labels import LABEL
from lumber.steps.step import Filter, Records, Step, StepContext


@dataclass(frozen=True, slots=True)
class LabelledOnly(Step):
    """Keeps the records that have a label. Kinds that are not labelled keep all."""

    name = "labelled"

    def applies_to(self, kind: Kind) -> bool:
        """Say whether rows of this kind can have a label."""
        return kind.labels_from is not None

    def start(self, context: StepContext) -> Filter:
        """Begin a partition."""
        return _Labelled(context)


class _Labelled(Filter):
    def kept(self, records: Records) -> pl.Series:
        return records.column(LABEL).is_not_null()
