"""The option of how partitions are planned."""

from __future__ import annotations

from lumber.errors import FieldProblem


def planning_problems(planning: str, source: str | None) -> list[FieldProblem]:
    """Return what is wrong with the option."""
    if planning == "estimated" and source is not None:
        reason = "can't be used with source: nothing is known about how the ids of its rows are spread"
        return [FieldProblem("planning", planning, reason, ("exact",))]
    return []
