"""Pieces of work: what an engine does, as small picklable values that any process can run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from lumber.catalog.registry import Declared, declaring
from lumber.engine.partition import Hooks, PartitionSpec, fit_partition, run_partition
from lumber.engine.source import Source

if TYPE_CHECKING:
    from lumber.engine.pool import WorkerPool
    from lumber.engine.result import PartitionResult
    from lumber.steps.step import Fit


@dataclass(frozen=True, slots=True)
class _OfPartition:
    """Work on the rows of a partition."""

    spec: PartitionSpec

    @property
    def kind(self) -> str:
        """The kind of its rows."""
        return self.spec.kind

    @property
    def ordinal(self) -> int:
        """The number of its partition."""
        return self.spec.ordinal


@dataclass(frozen=True, slots=True)
class PartitionWork(_OfPartition):
    """A partition to run."""

    stage: ClassVar[str] = "partition"

    def start(self, pool: WorkerPool, counter: str | None = None) -> Future[PartitionResult]:
        """Start it in a pool. It counts its rows under its kind, or under another name."""
        return pool.submit(self.spec, counter)

    def run(self, hooks: Hooks) -> PartitionResult:
        """Run it here."""
        return run_partition(self.spec, hooks)


@dataclass(frozen=True, slots=True)
class FitWork(_OfPartition):
    """A first pass over a partition, for the step at `place` of its recipe."""

    place: int

    stage: ClassVar[str] = "fit"

    def start(self, pool: WorkerPool, counter: str | None = None) -> Future[Fit]:
        """Start it in a pool."""
        return pool.submit_fit(self.spec, self.place, counter)

    def run(self, hooks: Hooks) -> Fit:
        """Run it here."""
        source = Source(self.spec.source)
        try:
            return fit_partition(self.spec, self.place, source, hooks)
        finally:
            source.close()


@dataclass(frozen=True, slots=True)
class CallWork:
    """A function of files in staging, and its argument."""

    call: Callable[[Any], Any]
    argument: Any
    # What the mappings of a source declare, which another process doesn't know.
    declared: Declared | None = None

    stage: ClassVar[str] = "call"
    kind: ClassVar[None] = None
    ordinal: ClassVar[None] = None

    def start(self, pool: WorkerPool, counter: str | None = None) -> Future[Any]:
        """Start it in a pool. It counts no rows."""
        return pool.submit_call(_run, self)

    def run(self, hooks: Hooks) -> Any:
        """Run it here, to its end."""
        return _run(self)


def _run(work: CallWork) -> Any:
    if work.declared is None:
        return work.call(work.argument)
    with declaring(work.declared.source, work.declared.declarations):
        return work.call(work.argument)


Work = PartitionWork | FitWork | CallWork
