"""TemplateConfig: how an export mines the templates of log messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lumber.catalog.kind import Kind
from lumber.catalog.registry import all_kinds
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.form import require_object
from lumber.exports.options.json_types import NAME, Number, Whole, words
from lumber.steps.templates.masks import (
    CUSTOM_NAME,
    DEFAULT_MASKS,
    MOST_CUSTOM,
    PATTERNS,
    kept_problem,
    name_problem,
    pattern_problem,
    together_problem,
)
from lumber.steps.templates.options import TemplateOptions

_DEFAULT = TemplateOptions()
_MOST_CHARACTERS = 500
_FORMS = 'true (the defaults), false or null (no templates), or an object such as {"similarity": 0.5}'


class TemplateConfig(BaseModel):
    """Log templates, mined from train only and applied to every split."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    masks: list[str] = Field(
        json_schema_extra={"items": words(*PATTERNS)},
        default=list(DEFAULT_MASKS),
        max_length=100,
        description="Forms that are masked as values: " + ", ".join(PATTERNS) + ".",
    )
    custom_masks: dict[str, str] = Field(
        json_schema_extra={
            "propertyNames": {"pattern": f"^{CUSTOM_NAME}$", "not": {"enum": list(PATTERNS)}},
            "additionalProperties": {**NAME, "maxLength": _MOST_CHARACTERS},
        },
        default={},
        max_length=MOST_CUSTOM,
        description="Further forms that are masked, tried before the others and in the order of their names: "
        "a name and a regular expression (the syntax of Rust's regex, without look-around). The slot of "
        "'order' is <:order:>.",
    )
    keep: list[str] = Field(
        json_schema_extra={"items": {**NAME, "maxLength": 100}},
        default=[],
        max_length=100,
        description="Texts that stay in the template where they are whole words or values, such as status "
        "codes. No slot stands for them.",
    )
    similarity: Number = Field(
        default=_DEFAULT.similarity,
        ge=0,
        le=1,
        description="Minimum share of equal words for a message to match a template.",
    )
    prefix_tokens: Whole = Field(
        default=_DEFAULT.prefix_tokens,
        ge=1,
        le=20,
        description="Number of first words that the lines of a template share.",
    )
    max_templates: Whole = Field(
        default=_DEFAULT.max_templates, ge=1, le=1_000_000, description="Maximum number of templates."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Accept `true` alone."""
        return {} if value is True else require_object("templates", value, _FORMS)

    @model_validator(mode="after")
    def _known_masks(self) -> TemplateConfig:
        unknown = [name for name in self.masks if name not in PATTERNS]
        if unknown:
            message = f"{unknown[0]!r} is not a mask"
            raise ConfigError([FieldProblem("templates.masks", unknown[0], message, tuple(PATTERNS))])
        return self

    @model_validator(mode="after")
    def _usable(self) -> TemplateConfig:
        problems = []
        for name, pattern in self.custom_masks.items():
            if (problem := name_problem(name)) is not None:
                problems.append(FieldProblem("templates.custom_masks", name, f"{name!r} {problem}"))
            elif len(pattern) > _MOST_CHARACTERS:
                message = f"is longer than {_MOST_CHARACTERS} characters"
                problems.append(FieldProblem(f"templates.custom_masks.{name}", pattern[:50], message))
            elif (problem := pattern_problem(pattern)) is not None:
                problems.append(
                    FieldProblem(f"templates.custom_masks.{name}", pattern, f"{pattern!r} {problem}")
                )
        problems += [
            FieldProblem("templates.keep", text, f"{text!r} {problem}")
            for text in self.keep
            if (problem := kept_problem(text)) is not None
        ]
        if not problems and (problem := together_problem(self.rule().masking)) is not None:
            problems.append(FieldProblem("templates.custom_masks", list(self.custom_masks), problem))
        if problems:
            raise ConfigError(problems)
        return self

    def rule(self) -> TemplateOptions:
        """Return the options of the miner."""
        return TemplateOptions(
            masks=tuple(self.masks),
            custom_masks=tuple(sorted(self.custom_masks.items())),
            keep=tuple(self.keep),
            similarity=self.similarity,
            prefix_tokens=self.prefix_tokens,
            max_templates=self.max_templates,
        )


def message_problems(option: str, kinds: Sequence[Kind]) -> list[FieldProblem]:
    """Return the problems of `templates` or `sequences` with these kinds.

    One kind must have messages and, for sequences, devices. Each option makes one table, so it can't use the
    messages of two kinds.
    """
    able = tuple(name for name, kind in all_kinds().items() if _is_able(kind, option))
    if not any(_is_able(kind, option) for kind in kinds):
        message = f"need {' or '.join(able)} in data_types"
        return [FieldProblem(option, None, message, able)]
    with_messages = [kind.name for kind in kinds if kind.message_column is not None]
    if len(with_messages) > 1:
        message = f"need one data type: export {' and '.join(with_messages)} separately"
        return [FieldProblem(option, None, message, able)]
    return []


def _is_able(kind: Kind, option: str) -> bool:
    has_device = option != "sequences" or kind.device_column is not None
    return kind.message_column is not None and has_device
