"""The output format of an export: one that is built in, or that another package adds."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from lumber.formats import all_formats, get_format


class OutputFormat(str):
    """How rows are laid out in a shard."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Formats are looked for when one is named, not at import. With a `ref`, the type has its own schema.
        text = core_schema.str_schema()
        return core_schema.no_info_after_validator_function(cls._known, text, ref=cls.__name__)

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "enum": list(all_formats()),
            "title": cls.__name__,
            "description": cls.__doc__,
        }

    @classmethod
    def _known(cls, name: str) -> OutputFormat:
        try:
            return cls(get_format(name).name)
        except ValueError:
            *others, last = map(repr, all_formats())
            allowed = f"{', '.join(others)} or {last}"
            raise PydanticCustomError("enum", "Input should be {allowed}", {"allowed": allowed}) from None
