"""Promises: what a probe found that a destination can do, and in words what it can't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum


class Status(StrEnum):
    """Result of a probe. A destination that is `limited` can be used, and doesn't promise everything."""

    OK = "ok"
    LIMITED = "limited"
    FAILING = "failing"


_NOT_PROMISED: Mapping[str, str] = {
    "conditional_put": "It overwrites although it was told not to (If-None-Match): if two publications with "
    "the same id ever ran at the same moment, the later one would replace the manifest of the other.",
    "conditional_update": "It doesn't compare before it replaces (If-Match): if two versions of a dataset "
    "are published at the same moment, latest.json may name the older one.",
    "multipart": "It takes no uploads in parts: files larger than 8 MiB can't be written.",
    "list": "It can't list: nothing can be cleaned up.",
    "delete": "It can't delete: what failed publications leave stays.",
}


@dataclass(frozen=True, slots=True)
class Promises:
    """What a destination does as it should."""

    conditional_put: bool = False
    conditional_update: bool = False
    multipart: bool = False
    list: bool = False
    delete: bool = False

    def as_json(self) -> dict[str, bool]:
        """Return them as plain JSON values."""
        return asdict(self)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the destination doesn't promise, in words."""
        return tuple(text for name, text in _NOT_PROMISED.items() if not getattr(self, name))

    @property
    def is_complete(self) -> bool:
        """Say whether nothing is missing."""
        return not self.missing
