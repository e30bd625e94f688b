"""Semantic versions of a dataset: patch for the same data, minor for other rows, major for another form."""

from __future__ import annotations

FIRST_VERSION = "1.0.0"


def next_version(before: str | None, *, is_major: bool, is_same: bool) -> str:
    """Return the version after `before`, which is None for the first one. `is_same`: no row differs."""
    if before is None:
        return FIRST_VERSION
    major, minor, patch = map(int, before.split("."))
    if is_major:
        return f"{major + 1}.0.0"
    return f"{major}.{minor}.{patch + 1}" if is_same else f"{major}.{minor + 1}.0"
