"""The stages of an export before and after that of its partitions.

Before, first passes over the rows find what steps must know before any row is written. After, jobs finish the
outputs: they make shards and tables of what the partitions left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from lumber.catalog.registry import get_kind
from lumber.engine.output import KindDone, Made, Output
from lumber.engine.partition import PartitionSpec
from lumber.engine.protocol import Engine
from lumber.exports.folding import FoldedResults
from lumber.exports.running import run_jobs
from lumber.steps.fit_digest import fit_digest
from lumber.steps.recipe import Recipe
from lumber.steps.step import Fit


async def fit(
    engine: Engine, specs: Sequence[PartitionSpec], on_begin: Callable[[int], None]
) -> list[PartitionSpec]:
    """Return the specs with everything found that a first pass has to find, and with its digest.

    Specs that need no first pass stay as they are. A pass runs the steps before the one that it is for, so
    that a second one needs what the first has found. `on_begin` is called before the first pass, with the
    number of rows that all passes together read.
    """
    places = {spec.kind: spec.recipe.unfitted(get_kind(spec.kind)) for spec in specs}
    if any(places.values()):
        on_begin(sum(spec.planned_rows * len(places[spec.kind]) for spec in specs))
    done = list(specs)
    for asked in _rounds({spec.kind: spec.recipe for spec in specs}, places):
        done = await _fitted(engine, done, asked)
    recipes = {spec.kind: spec.recipe for spec in done}
    digests = {
        kind: fit_digest([recipes[kind].steps[place] for place in asked])
        for kind, asked in places.items()
        if asked
    }
    return [replace(spec, fit_digest=digests.get(spec.kind)) for spec in done]


def _rounds(recipes: Mapping[str, Recipe], places: Mapping[str, Sequence[int]]) -> Iterator[dict[str, int]]:
    """Yield the places of the steps that are fitted together, by kind, until all are.

    A step whose fit the kinds share waits until it is the next one of each kind that has it.
    """
    left = {kind: list(asked) for kind, asked in places.items() if asked}
    while left:
        waiting = {recipes[kind].steps[place].name for kind, asked in left.items() for place in asked[1:]}
        now = {kind: asked[0] for kind, asked in left.items()}
        now = {
            kind: place
            for kind, place in now.items()
            if not (step := recipes[kind].steps[place]).shares_fit or step.name not in waiting
        }
        assert now, "the kinds have their steps in different orders"
        yield now
        left = {kind: rest for kind, asked in left.items() if (rest := asked[1:] if kind in now else asked)}


async def _fitted(
    engine: Engine, specs: Sequence[PartitionSpec], places: Mapping[str, int]
) -> list[PartitionSpec]:
    """Run one first pass for each of these kinds, each for the step at this place of its recipe."""
    asked = [spec for spec in specs if spec.kind in places]
    recipes: dict[str, Recipe] = {spec.kind: spec.recipe for spec in asked}
    found: dict[str, Fit] = {}
    for kind, recipe in recipes.items():
        fit_ = recipe.fit(places[kind], get_kind(kind))
        assert fit_ is not None
        found[kind] = fit_

    async def merge(place: int, part: Fit) -> None:
        found[asked[place].kind].merge(part)

    await run_jobs(engine, [partial(engine.submit_fit, spec, places[spec.kind]) for spec in asked], merge)
    together: dict[str, Fit] = {}
    for kind, recipe in recipes.items():
        step = recipe.steps[places[kind]]
        if step.shares_fit:
            if step.name in together:
                together[step.name].merge(found[kind])
            found[kind] = together.setdefault(step.name, found[kind])
    fitted = {kind: recipe.fitted(places[kind], found[kind]) for kind, recipe in recipes.items()}
    return [replace(spec, recipe=fitted.get(spec.kind, spec.recipe)) for spec in specs]


async def finish(
    engine: Engine, specs: Sequence[PartitionSpec], results: FoldedResults, *, rows_per_job: int
) -> dict[str, Made]:
    """Finish the outputs of every kind, in their order, and return what was made, by kind.

    Raises what a job failed with, or Unbalanced.
    """
    made: dict[str, Made] = {}
    for kind, spec in {spec.kind: spec for spec in specs}.items():
        of_kind = results.of_kind(kind)
        shapes = results.json_shapes(kind)
        shards = tuple(shard for result in of_kind for shard in result.shards)
        made[kind] = Made()
        for output in spec.outputs:
            done = KindDone(spec, of_kind, (*shards, *made[kind].shards), rows_per_job, shapes)
            made[kind] = made[kind].with_(await _made(engine, output, done))
    return made


async def _made(engine: Engine, output: Output, done: KindDone) -> Made:
    jobs = output.jobs(done)
    answers: dict[int, Any] = {}

    async def keep(place: int, answer: Any) -> None:
        answers[place] = answer

    await run_jobs(engine, [partial(engine.submit_call, job.call, job.argument) for job in jobs], keep)
    return output.made(done, [answers[place] for place in range(len(jobs))])
