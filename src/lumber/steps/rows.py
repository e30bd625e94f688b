"""RowSteps: takes the rows of a partition through the steps of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.steps.recipe import Recipe
from lumber.steps.step import Counts, Redact, Renumber, RunningStep, StepContext


def no_side_input(step: str) -> Iterable[pa.RecordBatch]:
    """Raise LookupError: there is no second input."""
    raise LookupError(f"Step {step} has no second input.")


class RowSteps:
    """The running steps of one partition. Give it every batch in order, then `finish`.

    What leaves has the form of the last step: records, where the recipe is complete. `counts` is complete
    after `finish`.
    """

    def __init__(
        self,
        kind: Kind,
        recipe: Recipe,
        now: datetime,
        *,
        on_rejects: Callable[[pl.DataFrame], None] = lambda _rejects: None,
        side_input: Callable[[str], Iterable[pa.RecordBatch]] = no_side_input,
    ) -> None:
        self.counts = Counts()
        running: list[RunningStep[Any, Any]] = []
        redact: Redact | None = None
        renumber: Renumber | None = None
        # From the last to the first: later steps decide what rejects may show, though they never get them.
        for place in reversed(range(len(recipe.steps))):
            context = StepContext(
                kind,
                recipe.record(kind, place + 1),
                recipe.splits_after(place + 1),
                now,
                self.counts,
                on_rejects,
                side_input,
                redact,
                renumber,
            )
            running.append(recipe.steps[place].start(context))
            redact = running[-1].redact or redact
            renumber = running[-1].renumber or renumber
        self.running = tuple(reversed(running))

    def add(self, batch: pa.RecordBatch) -> Any | None:
        """Take one batch of source rows. Return rows of it and of earlier ones; None: there are none yet."""
        return self._through(batch, 0)

    def finish(self) -> Iterator[Any]:
        """Yield the rows that steps held back, in order."""
        for place, step in enumerate(self.running):
            held = step.finish()
            if held is not None and (rows := self._through(held, place + 1)) is not None:
                yield rows

    def _through(self, rows: Any, place: int) -> Any | None:
        for step in self.running[place:]:
            if not len(rows):
                return None
            rows = step.add(rows)
        return rows if len(rows) else None
