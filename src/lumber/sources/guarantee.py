"""What an export of a source can promise."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Guarantee(StrEnum):
    """What an export of a source can promise, the strongest first."""

    SNAPSHOT = "snapshot"
    APPEND_ONLY = "append_only"
    BEST_EFFORT = "best_effort"


DESCRIBED = {
    Guarantee.SNAPSHOT: "every row is read as it was at one moment; an attempt after a crash begins anew",
    Guarantee.APPEND_ONLY: "rows are only added, with growing keys, as the mapping declares; an attempt "
    "after a crash continues",
    Guarantee.BEST_EFFORT: "rows that others change meanwhile may be missing or be there in an old form; an "
    "attempt after a crash begins anew",
}


def weakest(guarantees: Iterable[Guarantee]) -> Guarantee:
    """Return what holds for all of them together."""
    order = (Guarantee.BEST_EFFORT, Guarantee.SNAPSHOT, Guarantee.APPEND_ONLY)
    return min(guarantees, key=order.index)
