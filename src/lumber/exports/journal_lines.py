"""The lines of the journal about what is planned and read: numbers of rows, and none of their values."""

from __future__ import annotations

from lumber.engine.plan import Plan
from lumber.engine.result import PartitionResult
from lumber.text import counted


def planned_texts(plan: Plan, finished: int) -> list[str]:
    """Return a line for each kind of a plan, and one for what earlier attempts finished."""
    found = [
        f"Planned {'about ' if kind.is_estimate else ''}{counted(kind.rows, 'row')} of {kind.kind} in "
        f"{counted(len(kind.partitions), 'partition')}."
        for kind in plan.kinds
    ]
    return [*found, f"Kept {counted(finished, 'finished partition')}."] if finished else found


def partition_text(plan: Plan, result: PartitionResult) -> str:
    """Return the line of a finished partition."""
    parts = len(plan.kind(result.kind).partitions)
    counts = {
        "rejected": result.rejected,
        "duplicates": result.deduplicated,
        "sampled out": result.sampled_out,
    }
    others = "".join(f", {count:,} {name}" for name, count in counts.items() if count)
    return (
        f"Partition {result.ordinal + 1} of {parts} of {result.kind}: {counted(result.read, 'row')} read, "
        f"{result.written:,} written{others}."
    )
