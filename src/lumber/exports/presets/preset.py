"""PresetDefinition: what a user states about a preset, checked, and the report of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.exports.metadata import ExportOwner
from lumber.exports.parsing import parse_config

MAX_NAME = 100


class PresetDefinition(BaseModel):
    """What a user states about a preset."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=MAX_NAME, description="Name of the preset.")
    config: dict[str, Any] = Field(description="Config of the exports. Relative dates stay relative.")

    @field_validator("name")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise ValueError("must have printable characters, not only spaces")
        return value.strip()

    @model_validator(mode="after")
    def _whole(self) -> PresetDefinition:
        try:
            # Equal configs are stored equal, with all their fields.
            self.config = parse_config(self.config).as_json()
        except ConfigError as error:
            raise ConfigError([_in_config(problem) for problem in error.problems]) from None
        return self

    @property
    def export_config(self) -> ExportConfig:
        """The config. Raises ConfigError if this program no longer knows what it names."""
        return parse_config(self.config)


class PresetChange(BaseModel):
    """Fields of a preset that get other values; the others stay as they are."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=MAX_NAME, description="Name.")
    config: dict[str, Any] | None = Field(default=None, description="Config of the exports.")

    def applied(self, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is stated about a preset after the change."""
        return {
            "name": name if self.name is None else self.name,
            "config": config if self.config is None else self.config,
        }


class PresetReport(BaseModel):
    """A named config of exports."""

    preset_id: str
    name: str
    config: dict[str, Any] = Field(description="Config of the exports, with all its fields.")
    owner: ExportOwner | None = Field(description="Account that it belongs to; null for this machine itself.")
    created_at: datetime
    updated_at: datetime = Field(description="When its name or config was changed last.")


def parse_preset(values: Mapping[str, Any]) -> PresetDefinition:
    """Return a checked definition. Raises ConfigError."""
    try:
        return PresetDefinition.model_validate(values)
    except ValidationError as error:
        raise ConfigError(
            [found for item in error.errors(include_url=False) for found in _of(item)]
        ) from None


def _in_config(problem: FieldProblem) -> FieldProblem:
    """Return the problem with the place of its field in the preset."""
    is_whole = problem.field == "config"
    return problem if is_whole else replace(problem, field=f"config.{problem.field}")


def _of(item: Any) -> list[FieldProblem]:
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, ConfigError):
        return list(cause.problems)
    field = ".".join(str(part) for part in item["loc"]) or "preset"
    message = str(item["msg"]).removeprefix("Value error, ")
    return [FieldProblem(field, item["input"], f"{message}, got {item['input']!r}")]
