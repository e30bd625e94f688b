"""SplitContents: the output that counts what the splits of a kind share, in its finished shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lumber.catalog.registry import get_kind
from lumber.engine.output import Job, KindDone, Made, Output
from lumber.steps.split import TRAIN

if TYPE_CHECKING:
    from lumber.catalog.kind import Kind
    from lumber.dataset.leakage.counts import Compared
    from lumber.dataset.leakage.shards import CountedShard


@dataclass(frozen=True, slots=True)
class SplitContents(Output):
    """The counts for the certificate of a kind with several splits. `split` holds its options."""

    split: Mapping[str, Any]

    # Reading shards back takes libraries that exports without splits don't load.

    def jobs(self, done: KindDone) -> Sequence[Job]:
        """Return a job for each shard; none where all shards are of one split."""
        if len({shard.split for shard in done.shards}) <= 1:
            return ()
        from lumber.dataset.leakage.shards import CountSpec, count_shard

        spec, kind = done.spec, _written(done)
        compared = self._compared(kind)
        return [
            Job(
                count_shard,
                CountSpec(
                    spec.staging / shard.name,
                    spec.kind,
                    shard.split or TRAIN,
                    kind.schema,
                    spec.options,
                    compared,
                ),
            )
            for shard in done.shards
        ]

    def made(self, done: KindDone, answers: Sequence[CountedShard]) -> Made:
        """Return the counts."""
        if not answers:
            return Made()
        from lumber.dataset.leakage.shards import CountedKind

        return Made(counted=CountedKind(self._compared(_written(done)), tuple(answers)))

    def _compared(self, kind: Kind) -> Compared:
        from lumber.dataset.leakage.counts import Compared

        return Compared.of(kind, kind.schema.names, self.split)


def _written(done: KindDone) -> Kind:
    return done.spec.recipe.written(get_kind(done.spec.kind))
