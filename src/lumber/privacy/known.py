"""KnownValues: what a first pass found in the columns of hosts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KnownValues:
    """The values that are replaced, in lower case and in order, and how many were left out, by reason."""

    values: tuple[str, ...] = field(default=(), repr=False)
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """The number of values that are replaced (`taken`), and of those left out, by reason."""
        return {"taken": len(self.values), **dict(self.left_out)}
