"""RowSteps: takes the source rows of a partition through every step up to canonical records.

    valid -> split -> duplicates -> canonical record -> sample -> privacy -> templates

Whoever uses it gets records and their splits, in the order of keys; it counts what it leaves out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind, Level
from lumber.steps.cast import cast_batch
from lumber.steps.deduplicate import Deduplicator
from lumber.steps.labels import Labeler
from lumber.steps.recipe import Recipe
from lumber.steps.transform import DataTransformer
from lumber.steps.validate import DataValidator

if TYPE_CHECKING:
    from lumber.privacy.step import PrivacyStep
    from lumber.steps.templates.step import TemplateStep

# The column of a row's place among the splits, while it is in memory.
PLACE = "__place"


@dataclass(frozen=True, slots=True)
class Records:
    """Canonical records, at least one, and the place of each one's split; None: there is one split."""

    batch: pa.RecordBatch
    places: pl.Series | None


class RowSteps:
    """The steps of one partition. Give it every batch in order, then `finish`."""

    def __init__(
        self,
        kind: Kind,
        recipe: Recipe,
        level: Level,
        now: datetime,
        on_rejects: Callable[[pl.DataFrame], None] = lambda _rejects: None,
        labeler: Labeler | None = None,
    ) -> None:
        self.read = 0
        self.rejected = 0
        self.deduplicated = 0
        self.sampled_out = 0
        self.rules: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()
        self._source_kind = kind
        self._on_rejects = on_rejects
        self._labeler = labeler
        self.privacy = _privacy(recipe, kind)
        redact = None if self.privacy is None else self.privacy.redact
        self._validator = DataValidator(kind, level, now, redact)
        # The record with what the steps add to it.
        self._transformer = DataTransformer(recipe.transformed(kind))
        self._split = recipe.split
        self._sample = recipe.sample
        self._kind = recipe.transformed(kind)
        self._templates = _templates(recipe, kind)
        self._has_splits = len(recipe.split.names) > 1
        self._duplicates = None
        if recipe.duplicates is not None:
            self._duplicates = Deduplicator(recipe.duplicates, kind, (PLACE,) if self._has_splits else ())

    def add(self, batch: pa.RecordBatch) -> Records | None:
        """Take one batch of source rows. Return records of it and of earlier ones; None: there are none."""
        return self._records(self._distinct(self._placed(self._labelled(self._valid(batch)))))

    def finish(self) -> Records | None:
        """Return the last records, once; None: there are none."""
        held = None if self._duplicates is None else self._duplicates.finish()
        records = None if held is None else self._records(held)
        self.deduplicated = 0 if self._duplicates is None else self._duplicates.dropped
        self.changes.update(self._transformer.changes)
        return records

    def _valid(self, batch: pa.RecordBatch) -> pl.DataFrame:
        """Return the valid rows of a batch; the others are rejects."""
        self.read += batch.num_rows
        cast = cast_batch(batch, self._source_kind)
        self.changes.update(cast.changes)
        verdict = self._validator.check(cast)
        if not verdict.rejected_rows:
            return cast.frame
        self.rejected += verdict.rejected_rows
        self.rules.update(verdict.rows_by_rule)
        self._on_rejects(verdict.rejects)
        return cast.frame.filter(~verdict.rejected)

    def _labelled(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame if self._labeler is None else self._labeler.apply(frame)

    def _placed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that belong to a split, with its place in a column, where there are several."""
        if not self._has_splits:
            return frame
        placed = frame.with_columns(self._split.of(frame, self._source_kind).alias(PLACE))
        kept = placed.filter(pl.col(PLACE).is_not_null())
        self.sampled_out += placed.height - kept.height
        return kept

    def _distinct(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that no later one can be a duplicate of any more, without their duplicates."""
        return frame if self._duplicates is None else self._duplicates.add(frame)

    def _records(self, frame: pl.DataFrame) -> Records | None:
        if frame.is_empty():
            return None
        places = frame[PLACE] if PLACE in frame.columns else None
        records = self._sampled(Records(self._transformer.apply(frame), places))
        batch = records.batch
        if not batch.num_rows:
            return None
        if self.privacy is not None:
            batch = self.privacy.apply(batch)
        if self._templates is not None:
            batch = self._templates.apply(batch)
        return Records(batch, records.places)

    def _sampled(self, records: Records) -> Records:
        """Return the records that the sample keeps."""
        if self._sample is None:
            return records
        kept = self._sample.kept(records.batch, self._kind)
        self.sampled_out += len(kept) - int(kept.sum())
        places = None if records.places is None else records.places.filter(kept)
        return Records(records.batch.filter(kept.to_arrow()), places)


def _privacy(recipe: Recipe, kind: Kind) -> PrivacyStep | None:
    if recipe.privacy is None:
        return None
    # It takes time to load, and most exports do without it.
    from lumber.privacy.step import PrivacyStep

    return PrivacyStep(recipe.privacy, kind, recipe.transformed(kind))


def _templates(recipe: Recipe, kind: Kind) -> TemplateStep | None:
    if recipe.templates is None:
        return None
    from lumber.steps.templates.step import TemplateStep

    return TemplateStep(recipe.templates, recipe.complete(kind))
