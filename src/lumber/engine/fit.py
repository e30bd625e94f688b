"""A first pass over the rows of a partition, for what must be known before any row is written.

That is the templates of train's messages, and the limits of a sample of so many rows or of strata. The pass
takes the same steps as the export itself, and writes nothing.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.catalog.registry import get_kind
from lumber.engine.partition import Hooks, PartitionSpec, open_labeler
from lumber.engine.source import Source
from lumber.errors import ExportCancelled
from lumber.steps.fit import FitRequest
from lumber.steps.recipe import Recipe
from lumber.steps.rows import Records, RowSteps
from lumber.steps.sample import SampleCounts
from lumber.steps.templates import TemplateMiner

_MESSAGE = "message"


class Fit:
    """What was found: of one partition, or merged of several."""

    def __init__(self, request: FitRequest) -> None:
        self.request = request
        self.counts = SampleCounts()
        self.miner = None if request.templates is None else TemplateMiner(request.templates)

    def add(self, records: Records, kind: Kind) -> None:
        """Look at records. Templates are those of train, the first split."""
        batch, places = records.batch, records.places
        if self.request.sample is not None:
            self.counts.add(batch, kind, self.request.sample)
        if self.miner is not None:
            train = batch if places is None else batch.filter((places == 0).to_arrow())
            if train.num_rows:
                self.miner.fit_batch(_series(train, _MESSAGE), _series(train, kind.time_column))

    def merge(self, other: Fit) -> None:
        """Add what was found elsewhere with the same request."""
        if self.request.sample is not None:
            self.counts.merge(other.counts, self.request.sample)
        if self.miner is not None and other.miner is not None:
            self.miner.merge(other.miner)

    def completed(self, recipe: Recipe) -> Recipe:
        """Return the recipe with what was found."""
        if self.request.sample is not None:
            recipe = replace(recipe, sample=self.request.sample.rule(self.counts))
        if self.miner is not None:
            recipe = replace(recipe, templates=self.miner.finish())
        return recipe


def fit_partition(
    spec: PartitionSpec,
    request: FitRequest,
    source: Source,
    hooks: Hooks | None = None,
) -> Fit:
    """Take the rows of a partition through the steps and look at them.

    Raises ExportCancelled or ExportError.
    """
    hooks = hooks or Hooks()
    kind = get_kind(spec.kind)
    # What the sample leaves out is not looked at, once it is known.
    recipe = replace(spec.recipe, mining=None)
    steps = RowSteps(kind, recipe, spec.level, spec.now, labeler=open_labeler(spec, source))
    found = Fit(request)
    complete = recipe.complete(kind)
    for batch in source.batches(spec.statement, spec.batch_size):
        if hooks.is_cancelled():
            raise ExportCancelled("The export was cancelled.")
        if (records := steps.add(batch)) is not None:
            found.add(records, complete)
        hooks.on_rows(batch.num_rows)
    if (records := steps.finish()) is not None:
        found.add(records, complete)
    return found


def _series(batch: pa.RecordBatch, name: str) -> pl.Series:
    return pl.Series(pl.from_arrow(batch.column(name)))
