"""Sketched: the output that sketches the rows of a kind, in its finished shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumber.catalog.registry import get_kind
from lumber.engine.output import Job, KindDone, Made, Output
from lumber.formats.staged_file import StagedFile

if TYPE_CHECKING:
    from lumber.dataset.sketches.shards import SketchedShards
    from lumber.dataset.sketches.test_set import TestSet


@dataclass(frozen=True, slots=True)
class Sketched(Output):
    """The sketches of a kind. With `test_set`, its rows in a frozen test set are counted."""

    test_set: TestSet | None = None

    # Other exports don't load the library.

    def jobs(self, done: KindDone) -> Sequence[Job]:
        """Return jobs that read the shards, in the order of the rows; one if there are none."""
        from lumber.dataset.sketches.shards import SketchSpec, sketch_shards

        spec = done.spec
        kind = spec.recipe.written(get_kind(spec.kind))
        test_set = self.test_set if set(kind.content_columns) <= set(kind.schema.names) else None
        return [
            Job(
                sketch_shards,
                SketchSpec(
                    [(spec.staging / shard.name, shard.rows) for shard in part],
                    kind.schema,
                    spec.options,
                    kind.content_columns,
                    test_set if kind.content_columns else None,
                ),
            )
            # Those of earlier versions are in the sketches of the parent.
            for part in _portions([shard for shard in done.shards if shard.since is None], done.rows_per_job)
        ]

    def made(self, done: KindDone, answers: Sequence[SketchedShards]) -> Made:
        """Return the sketches."""
        from lumber.dataset.sketches.shards import joined

        return Made(sketched=joined(answers))


def _portions(shards: Sequence[StagedFile], rows: int) -> Iterator[Sequence[StagedFile]]:
    """Divide shards into portions of at least so many rows; the last may have fewer. At least one."""
    portion: list[StagedFile] = []
    for shard in shards:
        if sum(each.rows for each in portion) >= rows:
            yield portion
            portion = []
        portion.append(shard)
    yield portion
