"""The forms in which an option with fields of its own may be written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from lumber.errors import ConfigError, FieldProblem


def require_object(field: str, value: Any, forms: str) -> Any:
    """Return an object of fields as it is. Raises ConfigError for all else, which names the allowed forms."""
    if isinstance(value, Mapping | BaseModel):
        return value
    raise ConfigError([FieldProblem(field, value, f"got {value!r}, must be {forms}")])
