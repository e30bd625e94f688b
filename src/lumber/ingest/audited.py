"""The lines of the audit trail that tell of loads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lumber.audit.actions import Action
from lumber.audit.actor import Actor
from lumber.audit.line import Detail, NewLine, Result
from lumber.errors import LumberError


class LoadCounts(Protocol):
    """What one run read of a source: loaded + rejected = lines."""

    @property
    def lines(self) -> int: ...
    @property
    def loaded(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    @property
    def source_id(self) -> str | None: ...


def load_target(source_id: str) -> tuple[str, str]:
    """Return the target of a line about a load."""
    return ("load", source_id)


def loaded_line(
    by: Actor,
    kind: str,
    counts: LoadCounts,
    *,
    name: str | None = None,
    error: LumberError | None = None,
    is_partial: bool = False,
) -> NewLine:
    """Return the line for what was loaded. `is_partial`: the load ended before the end of the source."""
    reason = "interrupted" if error is None and is_partial else None if error is None else error.code
    return NewLine(
        by,
        Action.LOAD_CREATED,
        None if counts.source_id is None else load_target(counts.source_id),
        Result.OK if reason is None else Result.FAILED,
        reason,
        {
            "name": name if name is not None else getattr(counts, "source", None),
            "kind": kind,
            "rows": counts.loaded,
            "rejected": counts.rejected,
            "lines": counts.lines,
        },
    )


def sample_lines(by: Actor, rows: Mapping[str, int]) -> list[NewLine]:
    """Return the lines for sample data, one for each kind."""
    details: dict[str, dict[str, Detail]] = {
        kind: {"name": "sample data", "kind": kind, "rows": count, "rejected": 0, "lines": count}
        for kind, count in rows.items()
    }
    return [NewLine(by, Action.LOAD_CREATED, None, details=each) for each in details.values()]


def deleted_line(by: Actor, source_id: str, kind: str, name: str, rows: int) -> NewLine:
    """Return the line for a deleted load."""
    details: dict[str, Detail] = {"kind": kind, "name": name, "rows": rows}
    return NewLine(by, Action.LOAD_DELETED, load_target(source_id), details=details)
