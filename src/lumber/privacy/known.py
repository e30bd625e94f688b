"""KnownValues: what a first pass found in the columns of hosts and of users."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KnownValues:
    """The values that are replaced, in order, and how many were left out, by reason.

    `values` are hosts, in lower case. `users` are as they were found: the same name may be there in several
    spellings.
    """

    values: tuple[str, ...] = field(default=(), repr=False)
    left_out: tuple[tuple[str, int], ...] = ()
    users: tuple[str, ...] = field(default=(), repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """The number of values that are replaced (`taken`), of users among them, and of those left out."""
        users = {"users": len(self.users)} if self.users else {}
        return {"taken": len(self.values) + len(self.users), **users, **dict(self.left_out)}
