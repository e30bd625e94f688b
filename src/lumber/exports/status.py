"""The states of an export."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Status of an export."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
