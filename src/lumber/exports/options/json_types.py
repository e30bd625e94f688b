"""Field types that take exactly the JSON types of the config's schema, and short forms in that schema.

By itself Pydantic also takes "yes" for true and "5" for 5, which the schema doesn't say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError


def _no_text(value: Any) -> Any:
    """Return a number; Pydantic takes 5.0 for 5, as JSON Schema does. Raises an error for others."""
    if isinstance(value, bool | str | bytes):
        raise PydanticKnownError("int_type")
    return value


# The OpenAPI document has limits as floats. All of its readers understand this integer, and the next, alike.
LARGEST_EXACT = 2**53 - 1
Flag = Annotated[bool, Strict()]
# For a field that may be null, whose limits must come first: `Annotated[int, Field(ge=1), NO_TEXT] | None`.
NO_TEXT = BeforeValidator(_no_text)
Whole = Annotated[int, NO_TEXT]
Number = Annotated[float, Strict()]

# No database column of text can hold a NUL.
TEXT: JsonSchemaValue = {"type": "string", "pattern": "^[^\\x00]*$"}
NAME: JsonSchemaValue = {**TEXT, "minLength": 1}
MOMENT: JsonSchemaValue = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]
}


@dataclass(frozen=True, slots=True)
class ShortForms:
    """Adds to the JSON schema of a field the other forms in which its value may be written."""

    schemas: tuple[JsonSchemaValue, ...]

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(schema)
        known = found.get("anyOf", [found])
        return {"anyOf": [*known, *(form for form in self.schemas if form not in known)]}


def words(*values: str) -> JsonSchemaValue:
    """Return the schema of a closed list of words."""
    return {"type": "string", "enum": list(values)}


TRUE: JsonSchemaValue = {"type": "boolean", "const": True}
FALSE: JsonSchemaValue = {"type": "boolean", "const": False}
NULL: JsonSchemaValue = {"type": "null"}
