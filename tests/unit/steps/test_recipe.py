"""Recipes and the loop over their steps: forms fit each other, held rows come out in order, counts add up."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pytest

from lumber.catalog.kind import Kind
from lumber.catalog.registry import get_kind
from lumber.steps.cast import Cast
from lumber.steps.deduplicate import DuplicateMode, DuplicateRule
from lumber.steps.labels import LabelRule
from lumber.steps.recipe import PLAIN, Recipe
from lumber.steps.rows import RowSteps
from lumber.steps.sample import SampleRequest, SampleRule
from lumber.steps.split import SplitMode, SplitRule
from lumber.steps.step import Form, Records, RunningStep, Step, StepContext, Unfitted
from lumber.steps.transform import Transform
from lumber.steps.validate import Validate
from tests.unit.engine.batches import NOON, batch_of

LOGS = get_kind("logs")
SPLIT = SplitRule(SplitMode.RANDOM, (("train", 0.5), ("test", 0.5)))


@dataclass(frozen=True, slots=True)
class HoldBack(Step):
    """Holds every batch back until the next one comes."""

    name = "hold_back"
    takes, gives = Form.ROWS, Form.ROWS

    def start(self, context: StepContext) -> RunningStep[pl.DataFrame, pl.DataFrame]:
        return _HoldBack()


class _HoldBack(RunningStep[pl.DataFrame, pl.DataFrame]):
    def __init__(self) -> None:
        self._held: pl.DataFrame | None = None

    def add(self, rows: pl.DataFrame) -> pl.DataFrame:
        assert not rows.is_empty()
        held, self._held = self._held, rows
        return rows.clear() if held is None else held

    def finish(self) -> pl.DataFrame | None:
        return self._held


def ids(records: Records | None) -> list[int]:
    return [] if records is None else records.column("id").to_list()


def test_a_step_that_takes_another_form_than_it_gets_is_refused() -> None:
    with pytest.raises(ValueError, match="sample"):
        Recipe((Cast(), Validate(), SampleRule.of_share(0.5, 0), Transform()))


@pytest.mark.parametrize("holding", [1, 3])
def test_rows_that_steps_hold_back_come_out_in_order(holding: int) -> None:
    steps = RowSteps(LOGS, Recipe((Cast(), Validate(), *[HoldBack()] * holding, Transform())), NOON)
    batches = [batch_of(LOGS, *[{"id": 10 * batch + row} for row in range(3)]) for batch in range(5)]
    found = [ids(steps.add(batch)) for batch in batches]
    found += [ids(records) for records in steps.finish()]
    assert [id_ for part in found for id_ in part] == [
        10 * batch + row for batch in range(5) for row in range(3)
    ]
    assert steps.counts.read == 15


def test_no_step_gets_an_empty_batch() -> None:
    steps = RowSteps(LOGS, Recipe((Cast(), Validate(), HoldBack(), Transform())), NOON)
    assert steps.add(batch_of(LOGS, {"message": ""}, {"message": b"\xff"})) is None
    assert list(steps.finish()) == []
    assert (steps.counts.read, steps.counts.rejected) == (2, 2)


def test_added_columns_follow_the_order_of_the_steps() -> None:
    recipe = Recipe(
        (Cast(), Validate(), LabelRule(), SPLIT, DuplicateRule(DuplicateMode.BURST), Transform()),
        fields=("label", "repeat_count"),
    )
    added = recipe.record(LOGS).schema.names[len(LOGS.schema.names) :]
    assert added == ["label", "anomaly_types", "anomaly_score", "label_source", "repeat_count",
                     "first_timestamp", "last_timestamp"]  # fmt: skip
    assert recipe.record(LOGS).label_column == "label"
    assert recipe.written(LOGS).schema.names == ["label", "repeat_count"]
    assert PLAIN.written(LOGS) == LOGS


def test_splits_and_whole_steps_of_time_are_those_of_the_steps() -> None:
    recipe = Recipe((Cast(), Validate(), SPLIT, DuplicateRule(DuplicateMode.BURST, 5_000_000), Transform()))
    assert (recipe.splits, recipe.splits_after(2)) == (("train", "test"), ("train",))
    assert recipe.whole_us == 5_000_000
    assert (PLAIN.splits, PLAIN.whole_us) == (("train",), None)


def test_a_step_that_has_something_to_fit_does_not_run_before() -> None:
    recipe = Recipe((*PLAIN.steps, SampleRequest(1, 2, None, None)))
    assert recipe.unfitted(LOGS) == [3]
    with pytest.raises(Unfitted):
        RowSteps(LOGS, recipe, NOON)
    found = recipe.fit(3, LOGS)
    assert found is not None
    before = RowSteps(LOGS, recipe.before(3), NOON)
    found.add(before.add(batch_of(LOGS, *[{"id": id_} for id_ in range(5)])))
    fitted = recipe.fitted(3, found)
    assert fitted.unfitted(LOGS) == []
    steps = RowSteps(LOGS, fitted, NOON)
    kept = steps.add(batch_of(LOGS, *[{"id": id_} for id_ in range(5)]))
    assert (len(ids(kept)), steps.counts.sampled_out) == (2, 3)


@pytest.mark.parametrize(
    "kind", [get_kind(name) for name in ("anomalies", "ips")], ids=lambda kind: kind.name
)
def test_steps_about_messages_apply_only_to_kinds_that_have_them(kind: Kind) -> None:
    for step in (LabelRule(), DuplicateRule(DuplicateMode.EXACT)):
        assert step.applies_to(LOGS)
        assert not step.applies_to(kind)


def test_a_second_input_must_be_there() -> None:
    recipe = Recipe((Cast(), Validate(), LabelRule(), Transform()))
    with pytest.raises(LookupError, match="labels"):
        RowSteps(LOGS, recipe, NOON)
    asked: list[str] = []

    def read(step: str) -> list[pa.RecordBatch]:
        asked.append(step)
        return []

    RowSteps(LOGS, recipe, NOON, side_input=read)
    assert asked == ["labels"]
