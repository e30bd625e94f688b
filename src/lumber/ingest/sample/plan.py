"""What to generate. The same plan gives the same rows on every machine, database and run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

BLOCK_ROWS = 100_000
USUAL_ROWS = 20_000
USUAL_SEED = 7
DEFAULT_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How many rows, for which time and how many devices, and what share is damaged."""

    rows: int
    seed: int
    start: datetime = DEFAULT_START
    days: int = 30
    devices: int = 12
    damaged_share: float = 0.002

    @classmethod
    def usual(cls) -> SamplePlan:
        """Return the plan of `lumber sample` without options: what `make demo` loads."""
        return cls(USUAL_ROWS, USUAL_SEED)

    def blocks(self) -> range:
        """Return the numbers of the blocks; every block can be made without the others."""
        return range(-(-self.rows // BLOCK_ROWS))

    def block_rows(self, block: int) -> range:
        """Return the positions of a block's rows among all rows."""
        return range(block * BLOCK_ROWS, min(self.rows, (block + 1) * BLOCK_ROWS))

    def block_random(self, block: int) -> np.random.Generator:
        """Return the random generator of one block."""
        return self._random(1, block)

    def world_random(self) -> np.random.Generator:
        """Return the random generator of what all blocks share: devices, clients, addresses."""
        return self._random(0, 0)

    def _random(self, stream: int, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, stream, number])))
