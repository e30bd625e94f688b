"""Words of messages that depend on a count."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun, such as `1 row` or `2,000 rows`. `plural` is for nouns without an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
