"""Settings: read once from the environment and passed to whatever needs them."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

from pydantic import ValidationError, model_validator

from lumber.errors import ConfigError, FieldProblem
from lumber.settings.accounts import AccountSettings
from lumber.settings.client import ClientSettings
from lumber.settings.exports import ExportSettings
from lumber.settings.notices import NoticeSettings
from lumber.settings.service import ServiceSettings
from lumber.settings.sources import SourceSettings
from lumber.settings.storage import StorageSettings

_PREFIX = "lumber_"


class Settings(
    StorageSettings,
    ExportSettings,
    SourceSettings,
    AccountSettings,
    ServiceSettings,
    ClientSettings,
    NoticeSettings,
):
    """The settings of an operator, each an environment variable `LUMBER_<NAME>`, in any case."""

    def __init__(self, **given: Any) -> None:
        # pydantic-settings would take longer to load than all the rest of the settings.
        super().__init__(**{**_environment(type(self).model_fields), **given})

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if value not in ("", None)}

    def changed_from_defaults(self) -> dict[str, str]:
        """Return the settings that aren't at their default, as texts. Secrets are only said to be set."""
        found = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value != field.get_default(call_default_factory=True):
                found[name] = str(value) if field.repr else "(set)"
        return found


def _environment(names: Collection[str]) -> dict[str, str]:
    """Return the values of the environment variables that belong to these settings."""
    variables = {name.lower(): value for name, value in os.environ.items()}
    return {name: variables[f"{_PREFIX}{name}"] for name in names if f"{_PREFIX}{name}" in variables}


def load_settings(**overrides: Any) -> Settings:
    """Build the settings from the environment, overridden by the `overrides` that aren't None.

    Raises ConfigError naming the variable, its value and the reason.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [
            FieldProblem(
                field=f"LUMBER_{str(item['loc'][0] if item['loc'] else '').upper()}",
                value=item["input"],
                message=f"{item['msg'].removeprefix('Value error, ')}, got {item['input']!r}",
            )
            for item in error.errors()
        ]
        raise ConfigError(problems) from None
