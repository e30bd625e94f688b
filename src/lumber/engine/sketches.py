"""Sketched: the output that gathers the sketches of a kind's shards, and makes those that are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumber.catalog.registry import get_kind
from lumber.engine.output import Job, KindDone, Made, Output

if TYPE_CHECKING:
    from lumber.dataset.sketches.shards import SketchRule, SketchSpec


@dataclass(frozen=True, slots=True)
class Sketched(Output):
    """The sketches of the shards that an export wrote; those of earlier versions are in these."""

    rule: SketchRule

    # Other exports don't load the library.

    def jobs(self, done: KindDone) -> Sequence[Job]:
        """Return a job for each shard without its sketch.

        An attempt of an earlier Lumber wrote it, or one before the gate got another test set.
        """
        from lumber.dataset.sketches.shards import sketch_shard

        return [
            Job(sketch_shard, each)
            for each in self._specs(done)
            if each.shard.sketch is None or each.shard.sketch[0] != each.name
        ]

    def made(self, done: KindDone, answers: Sequence[str]) -> Made:
        """Return the sketches, in the order of the shards."""
        return Made(sketches=tuple((each.shard.name, each.name) for each in self._specs(done)))

    def _specs(self, done: KindDone) -> list[SketchSpec]:
        from lumber.dataset.sketches.shards import SketchSpec

        spec = done.spec
        kind = spec.recipe.written(get_kind(spec.kind))
        return [
            SketchSpec(spec.staging, shard, kind.schema, spec.options, kind.content_columns, self.rule)
            for shard in done.shards
            if shard.since is None
        ]
