"""A finished file in staging, and the keys of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class Key(NamedTuple):
    """The place of a row in the order of the dataset: microseconds since 1970 UTC, then id."""

    time_us: int
    id: int


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One finished file in staging; keys are those of its first and last row, of a shard only."""

    name: str
    rows: int
    size_bytes: int
    sha256: str
    first_key: Key | None = None
    last_key: Key | None = None
    split: str | None = None
    content_sha256: str | None = None

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StagedFile:
        """Read the plain JSON values of its fields."""
        keys = {
            name: None if value[name] is None else Key(*value[name]) for name in ("first_key", "last_key")
        }
        return cls(**{**value, **keys})
