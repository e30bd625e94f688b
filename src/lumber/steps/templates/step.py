"""Templates: the step that gives records the templates of their messages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind, json_field, required
from lumber.steps.lists import json_lists
from lumber.steps.step import AddedColumn, Counts, Records, RunningStep, Step, StepContext, Unfitted
from lumber.steps.templates.masks import UNKNOWN
from lumber.steps.templates.options import TemplateOptions

if TYPE_CHECKING:
    from lumber.steps.templates.miner import TemplateMiner
    from lumber.steps.templates.table import TemplateTable

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


@dataclass(frozen=True, slots=True)
class Templates(Step):
    """Adds template ids and parameters. `table` holds the templates, once a first pass has mined them."""

    options: TemplateOptions
    table: TemplateTable | None = field(default=None, repr=False)

    name = "templates"

    def needed(self, kind: Kind) -> tuple[str, ...]:
        """Return the column of the message."""
        return () if kind.message_column is None else (kind.message_column,)

    def applies_to(self, kind: Kind) -> bool:
        """Say whether the rows of a kind have a message."""
        return kind.message_column is not None

    def added(self, kind: Kind) -> tuple[AddedColumn, ...]:
        """Return the template's id and the values in its slots."""
        return TEMPLATE_COLUMNS

    def fit(self, record: Kind) -> TemplateFit | None:
        """Return what mines the templates of train."""
        # Loaded only here and in `start`: every config looks at this module, and few exports mine.
        from lumber.steps.templates.miner import TemplateMiner

        if self.table is not None:
            return None
        return TemplateFit(TemplateMiner(self.options), _message_column(record), record.time_column)

    def fitted(self, found: TemplateFit) -> Templates:
        """Return the step with the templates that were mined."""
        return replace(self, table=found.miner.finish())

    def start(self, context: StepContext) -> RunningStep[Records, Records]:
        """Begin a partition."""
        if self.table is None:
            raise Unfitted(self.name)
        return _Matching(self.table, context.record, context.counts)


@dataclass(slots=True)
class TemplateFit:
    """Mines the templates of train, the first split."""

    miner: TemplateMiner
    message_column: str
    time_column: str

    def add(self, records: Records, /) -> None:
        """Look at the messages of the records that are in train."""
        train = records if records.places is None else records.filter(records.places == 0)
        if len(train):
            self.miner.fit_batch(train.column(self.message_column), train.column(self.time_column))

    def merge(self, other: TemplateFit, /) -> None:
        """Add what was seen in another partition."""
        self.miner.merge(other.miner)


class _Matching(RunningStep[Records, Records]):
    def __init__(self, table: TemplateTable, record: Kind, counts: Counts) -> None:
        from lumber.steps.templates.matcher import TemplateMatcher

        self._matcher = TemplateMatcher(table)
        self._message = _message_column(record)
        self._schema = record.schema
        self._counts = counts
        counts.unmatched = 0

    def add(self, records: Records) -> Records:
        found = self._matcher.apply(records.column(self._message))
        unmatched = int((found["template_id"] == UNKNOWN).sum())
        self._counts.unmatched = (self._counts.unmatched or 0) + unmatched
        params = found.select(json_lists("template_params"))
        return records.with_columns([_array(found["template_id"]), _array(params.to_series())], self._schema)


def _message_column(kind: Kind) -> str:
    """Return the column of the message. Raises ValueError for a kind that has none."""
    if kind.message_column is None:
        raise ValueError(f"kind {kind.name!r} declares no message_column")
    return kind.message_column


def _array(series: pl.Series) -> pa.Array[Any]:
    return series.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())
