"""Recipe: the steps that the rows of one kind take, in order, and the columns that are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.steps.cast import Cast
from lumber.steps.split import TRAIN
from lumber.steps.step import AddedColumn, FileScan, Fit, Form, Step
from lumber.steps.transform import Transform
from lumber.steps.validate import Validate


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done with the rows of one kind. Small, frozen and picklable.

    `fields` names the columns that are written, in order; None: all of them. Raises ValueError when a step
    doesn't take the form of batches that the step before it gives.
    """

    # A step may hold a key, or a large table.
    steps: tuple[Step, ...] = field(default=(Cast(), Validate(), Transform()), repr=False)
    fields: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        form = Form.READ
        for step in self.steps:
            if step.takes is not form:
                raise ValueError(f"Step {step.name} takes {step.takes}, but gets {form}.")
            form = step.gives

    def record(self, kind: Kind, steps: int | None = None) -> Kind:
        """Return the kind with the columns that its first steps add to the record; None: all steps."""
        for step in self.steps[:steps]:
            kind = _with(kind, step.added(kind))
        return kind

    def written(self, kind: Kind) -> Kind:
        """Return the kind as it is written: its record with all added columns, or only the chosen ones."""
        record = self.record(kind)
        if self.fields is None:
            return record
        schema = pa.schema([record.schema.field(name) for name in self.fields])
        return replace(record, schema=schema)

    def step(self, name: str) -> Step | None:
        """Return the step of this name; None: there is none."""
        return next((step for step in self.steps if step.name == name), None)

    def splits_after(self, steps: int | None = None) -> tuple[str, ...]:
        """Return the names of the splits that rows are in after the first steps; None: after all of them."""
        found = [step.splits for step in self.steps[:steps] if step.splits is not None]
        return found[-1] if found else (TRAIN,)

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits that rows are written to."""
        return self.splits_after()

    @property
    def whole_us(self) -> int | None:
        """The length in microseconds of the steps since 1970 UTC that no partition may cut; None: any."""
        found = [step.whole_us for step in self.steps if step.whole_us is not None]
        return math.lcm(*found) if found else None

    def unfitted(self, kind: Kind) -> list[int]:
        """Return the places of the steps that a first pass has to find something for, in order."""
        return [place for place in range(len(self.steps)) if self.fit(place, kind) is not None]

    def fit(self, place: int, kind: Kind) -> Fit | None:
        """Return, empty, what a first pass has to find for a step; None: nothing."""
        return self.steps[place].fit(self.record(kind, place))

    def fitted(self, place: int, found: Fit) -> Recipe:
        """Return the recipe with what a first pass found for a step."""
        step = self.steps[place].fitted(found)
        return replace(self, steps=(*self.steps[:place], step, *self.steps[place + 1 :]))

    def before(self, place: int) -> Recipe:
        """Return the recipe of the steps before one."""
        return Recipe(self.steps[:place])

    def file_scans(self) -> list[FileScan]:
        """Return what looks into the files that later jobs make of the records."""
        return [scan for step in self.steps if (scan := step.file_scan()) is not None]


def _with(kind: Kind, added: Sequence[AddedColumn]) -> Kind:
    if not added:
        return kind
    schema = pa.schema([*kind.schema, *(column.field for column in added)])
    texts = {column.field.name: column.description for column in added}
    label = next((column.field.name for column in added if column.is_label), kind.label_column)
    return replace(kind, schema=schema, label_column=label, descriptions={**kind.descriptions, **texts})


PLAIN = Recipe()
