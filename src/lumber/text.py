"""Words of messages that depend on a count."""

from __future__ import annotations

# Characters of an excerpt before and after its position.
_BEFORE, _AFTER = 60, 40


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun, such as `1 row` or `2,000 rows`. `plural` is for nouns without an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def excerpt(text: str, position: int) -> str:
    """Return a text around a position, and below it a line with a caret, both indented by two spaces."""
    start = max(0, position - _BEFORE)
    # A character without a width of its own would move the caret.
    shown = "".join(each if each.isprintable() else " " for each in text[start : position + _AFTER])
    return f"  {shown}\n  {' ' * (position - start)}^"
