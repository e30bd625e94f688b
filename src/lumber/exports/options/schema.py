"""The parts of the config's JSON schema that follow from the catalog: data types, columns and filters."""

from __future__ import annotations

from typing import Any

from lumber.exports.options.json_types import MOMENT, NAME, NULL
from lumber.exports.options.version import MAX_NAME, PATTERN


def describe_values(schema: dict[str, Any]) -> None:
    """Complete the JSON schema of ExportConfig with the values that the kinds and formats allow.

    Kinds of other packages are included. The schema can't express what depends on several fields, such as
    an end date before the start date.
    """
    # The schema is rarely made, and kinds are looked for when one is named.
    from lumber.catalog.registry import all_kinds
    from lumber.exports.options.filter_schema import filters_schema

    fields = schema["properties"]
    for name in ("start_date", "end_date"):
        _replace(fields[name], {"anyOf": [*MOMENT["anyOf"], NULL]})
    _replace(
        fields["dataset"], {"anyOf": [{"type": "string", "maxLength": MAX_NAME, "pattern": PATTERN}, NULL]}
    )
    fields["data_types"]["items"] = {"type": "string", "enum": list(all_kinds())}
    fields["processes"]["items"] = NAME
    fields["filters"].update(filters_schema())
    _replace(
        fields["fields"],
        {
            "type": "object",
            "properties": {name: _columns(kind.schema.names) for name, kind in all_kinds().items()},
            "additionalProperties": False,
        },
    )


def _columns(known: list[str]) -> dict[str, Any]:
    # Options such as labels add columns that aren't listed here, so the list isn't closed.
    return {
        "type": "array",
        "items": {"type": "string", "examples": known},
        "minItems": 1,
        "maxItems": 1_000,
        "uniqueItems": True,
    }


def _replace(field: dict[str, Any], schema: dict[str, Any]) -> None:
    """Replace the types of a field, and keep its title, description and default."""
    kept: dict[str, Any] = {
        name: field[name] for name in ("title", "description", "default") if name in field
    }
    field.clear()
    field.update({**schema, **kept})
