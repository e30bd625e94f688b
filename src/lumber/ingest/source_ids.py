"""The names of loaded sources. Apart from the other options, which load Polars."""

from __future__ import annotations

import re

from lumber.errors import ConfigError, FieldProblem

SOURCE_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"


def check_source_id(text: str | None) -> str | None:
    """Return a name for a source. Raises ConfigError if it isn't a file name on every system."""
    if text is not None and not re.fullmatch(SOURCE_ID, text):
        allowed = ("letters, digits, '.', '_' and '-', 1 to 128 of them, a letter or digit first",)
        raise ConfigError([FieldProblem("source_id", text, f"{text!r} cannot name a source", allowed)])
    return text
