"""Read an ExportConfig from JSON, and report every problem in it as a FieldProblem."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lumber.catalog.kind import Level
from lumber.catalog.registry import all_kinds
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.exports.options.form import fields_at
from lumber.formats import all_formats
from lumber.steps.deduplicate import DuplicateMode
from lumber.steps.split import SplitMode
from lumber.text import counted

_MOST_PROBLEMS = 50
_LONGEST_SHOWN = 200
_MOST_DEPTH = 20
_TOO_LONG = {"too_long": "values", "string_too_long": "characters"}


def parse_config(value: Any) -> ExportConfig:
    """Build a config from plain JSON values.

    Raises ConfigError that names every offending field, its value and what is allowed.
    """
    _require_shallow(value)
    if not isinstance(value, Mapping):
        raise ConfigError([FieldProblem("config", value, "must be a JSON object of fields")])
    try:
        return ExportConfig.model_validate(dict(value))
    except ValidationError as error:
        found = config_problems(error)
        raise ConfigError([*found, *_further_problems(value, found)]) from None


def _require_shallow(value: Any) -> None:
    """Raise ConfigError if a config nests too deep for what walks through it by recursion."""
    level = [value] if isinstance(value, Mapping | list | tuple) else []
    for _ in range(_MOST_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, Mapping) else outer)
            if isinstance(inner, Mapping | list | tuple)
        ]
    if level:
        raise ConfigError([FieldProblem("config", None, f"nests deeper than {_MOST_DEPTH} levels")])


def read_config(path: Path) -> ExportConfig:
    """Read a config from a JSON file. Raises ConfigError."""
    return parse_config(read_json(path))


def read_json(path: Path) -> Any:
    """Read the JSON in a config file. Raises ConfigError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            [FieldProblem("--config", str(path), f"can't read {path}: {error.strerror}")]
        ) from None
    except (ValueError, RecursionError) as error:
        raise ConfigError([FieldProblem("--config", str(path), f"{path} is not JSON: {error}")]) from None


def config_problems(error: ValidationError) -> Sequence[FieldProblem]:
    """Turn the errors of pydantic into field problems."""
    problems: dict[tuple[str, str], FieldProblem] = {}
    for item in islice(error.errors(include_url=False), _MOST_PROBLEMS):
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, ConfigError):
            found: Sequence[FieldProblem] = cause.problems
        else:
            found = [_problem(item)]
        for problem in found:
            problems.setdefault((problem.field, problem.message), problem)
    return tuple(problems.values())


def _further_problems(value: Mapping[str, Any], found: Sequence[FieldProblem]) -> Sequence[FieldProblem]:
    """Return the problems between fields that are valid by themselves."""
    wrong = {problem.field.split(".", 1)[0] for problem in found}
    sound = {name: item for name, item in value.items() if name not in wrong}
    if "data_types" in wrong:
        named = value.get("data_types")
        kinds = all_kinds().keys()
        known = [name for name in kinds if name in named] if isinstance(named, list) else []
        if not known:
            return ()
        sound["data_types"] = known
    try:
        ExportConfig.model_validate(sound)
    except ValidationError as error:
        return config_problems(error)
    return ()


def _fields_beside(location: Sequence[str]) -> tuple[str, ...]:
    """Return the fields that are allowed where an unknown one stands; none inside of lists."""
    try:
        return tuple(fields_at(ExportConfig, location[:-1]))
    except KeyError:
        return ()


def _problem(item: Any) -> FieldProblem:
    location = [str(part) for part in item["loc"]]
    name = location[0] if location else "config"
    allowed: tuple[str, ...] = ()
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message, allowed = "is not a field", _fields_beside(location)
    elif location == ["split", "mode"]:
        message, allowed = "is not a split mode", tuple(SplitMode)
    elif location == ["deduplicate", "mode"]:
        message, allowed = "is not a mode of deduplication", tuple(DuplicateMode)
    elif name == "compression":
        # The location names a member of the union, which users don't know.
        location = [name]
        message, allowed = "is not a compression", ("true", "false", "none", "gzip", "zstd")
    elif item["type"].startswith("datetime"):
        message = "is not a time such as 2026-01-31 or 2026-01-31T12:00:00Z"
    elif name == "validation_level":
        allowed = tuple(Level)
    elif name == "output_format":
        allowed = tuple(all_formats())
    elif name == "data_types":
        allowed = tuple(all_kinds())
    if item["type"] == "missing":
        return FieldProblem(name, None, "is required", allowed)
    if item["type"] in _TOO_LONG:
        return _too_long(".".join(location), item)
    if item["type"] == "string_too_short":
        return _too_short(".".join(location), item)
    shown = repr(item["input"])
    got = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
    return FieldProblem(".".join(location) or "config", item["input"], f"{message}, got {got}", allowed)


def _too_short(field: str, item: Any) -> FieldProblem:
    least, size = item["ctx"]["min_length"], len(item["input"])
    message = f"has {counted(size, 'character')}" if size else "is empty"
    return FieldProblem(field, item["input"], message, (f"at least {counted(least, 'character')}",))


def _too_long(field: str, item: Any) -> FieldProblem:
    most, what = item["ctx"]["max_length"], _TOO_LONG[item["type"]]
    size = len(item["input"])
    return FieldProblem(field, size, f"has {size:,} {what}", (f"at most {most:,}",))
