"""Engine: where the work of an attempt is done. The worker pool is one, and so is what shares it with others.

All work of an attempt goes through an engine: partitions, first passes over them, and the calls that make
final files of what the partitions left. Rows pass none of it: a worker reads and writes them itself, and
returns counts and names of files.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from lumber.engine.partition import PartitionSpec
    from lumber.engine.result import PartitionResult
    from lumber.steps.step import Fit

S = TypeVar("S")
T = TypeVar("T")


class Engine(Protocol):
    """Does the work of one attempt. Futures of failed work raise what it failed with."""

    @property
    def in_flight(self) -> int:
        """How many pieces of work it takes before one of them has ended."""

    @property
    def helpers(self) -> tuple[str, ...]:
        """The names of the workers elsewhere that work on the export now."""

    @property
    def fitted_rows(self) -> int:
        """The rows that the first pass has looked at so far."""

    def submit(self, spec: PartitionSpec) -> Future[PartitionResult]:
        """Take a partition."""

    def submit_fit(self, spec: PartitionSpec, place: int) -> Future[Fit]:
        """Take a first pass over a partition, for the step at `place` of its recipe."""

    def submit_call(self, call: Callable[[S], T], argument: S) -> Future[T]:
        """Take a function of files in staging."""

    def done(self, kind: str) -> tuple[int, int]:
        """Return the rows and the batches of a kind that were read so far."""

    def has_recorded(self, result: PartitionResult) -> bool:
        """Return whether the ledger already has the result of a partition."""

    def cancel(self) -> None:
        """Ask all work to stop soon. Safe from any thread."""
