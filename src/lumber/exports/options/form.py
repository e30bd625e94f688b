"""Options with fields of their own: their fields, and the short forms in which they may be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lumber.errors import ConfigError, FieldProblem

_LONGEST_SHOWN = 200


def require_object(field: str, value: Any, forms: str) -> Any:
    """Return an object of fields unchanged. Raises ConfigError, which names the allowed forms, for others."""
    if isinstance(value, Mapping | BaseModel):
        return value
    raise ConfigError([FieldProblem(field, value, f"must be {forms}; got {repr(value)[:_LONGEST_SHOWN]}")])


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in a field's type; None for a field without fields of its own."""
    if get_origin(annotation) in (list, dict):
        return None
    for each in get_args(annotation) or (annotation,):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def fields_at(model: type[BaseModel], path: Sequence[str]) -> Mapping[str, FieldInfo]:
    """Return the fields of the part of a model at a path. Raises KeyError for an unknown field."""
    for name in path:
        part = model_in(model.model_fields[name].annotation)
        if part is None:
            raise KeyError(name)
        model = part
    return model.model_fields
