"""The body of a new export: its config, with a name, tags and a note beside the fields of the config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from lumber.exports.config import ExportConfig
from lumber.exports.naming import Naming, NamingChange, parse_naming
from lumber.exports.parsing import parse_config


@dataclass(frozen=True, slots=True)
class WantedExport:
    """A new export: what it exports, and what people call it."""

    config: ExportConfig
    naming: Naming

    @classmethod
    def parse(cls, value: Any) -> WantedExport:
        """Read the body. Raises ConfigError."""
        if not isinstance(value, Mapping):
            return cls(parse_config(value), Naming())
        named = {name: each for name, each in value.items() if name in NamingChange.model_fields}
        rest = {name: each for name, each in value.items() if name not in named}
        # The command line uses the same parser, so that both report the same errors.
        return cls(parse_config(rest), parse_naming(named))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        config, naming = (
            handler.resolve_ref_schema(handler(model.__pydantic_core_schema__))
            for model in (ExportConfig, NamingChange)
        )
        properties = {**config["properties"], **naming["properties"]}
        return {**config, "title": "NewExport", "properties": properties}
