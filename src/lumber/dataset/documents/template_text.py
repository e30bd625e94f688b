"""Sentences about log templates: the forms of values and the texts that the config of an export names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

# The config in the manifest has all of them in full.
_MOST_KEPT = 20
_LONGEST_PATTERN = 200


def template_steps(config: Mapping[str, Any]) -> list[str]:
    """Name the custom masks and the texts that templates keep; nothing without them."""
    options = config.get("templates") or {}
    steps = []
    if custom := options.get("custom_masks"):
        forms = ", ".join(f"{_code(f'<:{name}:>')} for {_code(custom[name])}" for name in sorted(custom))
        steps.append(f"Templates have slots for further forms of values, by regular expression: {forms}.")
    if kept := options.get("keep"):
        steps.append(f"In templates, these texts stay as they are: {_listed(kept)}.")
    return steps


def _listed(texts: Sequence[str]) -> str:
    shown = [_code(text) for text in texts[:_MOST_KEPT]]
    others = len(texts) - len(shown)
    return ", ".join(shown) + (f" and {others} more" if others else "")


def _code(text: str) -> str:
    """Return a text as code in Markdown, on one line and cut if it is long."""
    shown = text if text.isprintable() else json.dumps(text)
    if len(shown) > _LONGEST_PATTERN:
        shown = f"{shown[:_LONGEST_PATTERN]}…"
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    space = " " if "`" in shown else ""
    return f"{fence}{space}{shown}{space}{fence}"
