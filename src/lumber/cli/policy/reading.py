"""Reads a policy from a JSON or YAML file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lumber.errors import ConfigError, FieldProblem
from lumber.identity.policies.document import AppliesTo, PolicyDocument, data_problems

_MOST_BYTES = 1_000_000


def read_policy(path: Path) -> PolicyDocument:
    """Read a policy. Raises ConfigError that names every wrong field."""
    value = _values(path)
    if not isinstance(value, dict):
        raise ConfigError([FieldProblem("FILE", str(path), f"{path} must have an object of fields")])
    try:
        return PolicyDocument.model_validate(value)
    except ValidationError as error:
        raise ConfigError(_problems(error, value)) from None


def _values(path: Path) -> Any:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError([FieldProblem("FILE", str(path), f"can't read {path}: {error.strerror}")]) from None
    if len(content) > _MOST_BYTES:
        message = f"{path} has {len(content):,} bytes"
        raise ConfigError([FieldProblem("FILE", str(path), message, (f"at most {_MOST_BYTES:,}",))])
    try:
        if path.suffix.lower() in (".yaml", ".yml"):
            # It takes time to load, and JSON doesn't need it.
            import yaml

            return _yaml(yaml, content)
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConfigError([FieldProblem("FILE", str(path), f"can't read {path}: {error}")]) from None


def _yaml(yaml: Any, content: bytes) -> Any:
    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise ValueError(f"it is not YAML: {error}") from None


def _problems(error: ValidationError, value: dict[str, Any]) -> Sequence[FieldProblem]:
    problems: list[FieldProblem] = []
    for item in error.errors(include_url=False):
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, ConfigError):
            return cause.problems  # of the whole policy: each field has the right form
        field = ".".join(str(part) for part in item["loc"]) or "FILE"
        if item["type"] == "extra_forbidden":
            model = AppliesTo if field.startswith("applies_to.") else PolicyDocument
            problems.append(FieldProblem(field, item["input"], "is not a field", tuple(model.model_fields)))
        elif item["type"] == "missing":
            problems.append(FieldProblem(field, None, "is required"))
        else:
            message = str(item["msg"]).removeprefix("Value error, ")
            problems.append(FieldProblem(field, item["input"], f"{message}, got {item['input']!r}"))
    return [*problems, *_named_data(value)]


def _named_data(value: dict[str, Any]) -> Sequence[FieldProblem]:
    """Return what is wrong with names of data. The model checks them if each field has the right form."""
    kinds, columns = value.get("kinds"), value.get("columns")
    return data_problems(
        _texts(kinds),
        {name: _texts(chosen) for name, chosen in columns.items() if isinstance(name, str)}
        if isinstance(columns, dict)
        else None,
    )


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
