"""Sentences about a sample that is smaller than requested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class HasCounts(Protocol):
    """A kind with its balance: a section of the manifest, or totals before there is one."""

    @property
    def read(self) -> int:
        """The rows of the selection."""

    @property
    def written(self) -> int:
        """The rows in the files."""


def sample_notes(config: Mapping[str, Any], kinds: Mapping[str, HasCounts]) -> list[str]:
    """Name the kinds that have fewer rows than the sample asked for. A kind without rows has no note."""
    asked = (config.get("sample") or {}).get("rows")
    if asked is None:
        return []
    return [
        sample_note(name, asked, section.read, section.written)
        for name, section in kinds.items()
        if section.read and section.written < asked
    ]


def sample_note(kind: str, asked: int, selected: int, written: int | None = None) -> str:
    """Say that a sample asked for more rows than there are. `written` are the rows that remain."""
    text = f"{kind}: the sample asked for {asked:,}, the selection has {selected:,}"
    if written is not None and written < selected:
        text += f", of which {written:,} are left without rejects, duplicates and rows in no split"
    return f"{text}."
