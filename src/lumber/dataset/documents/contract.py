"""datacontract.yaml: what readers of the dataset can rely on, in the Open Data Contract Standard 3.1.

It has every column with its type, and every rule that was checked. See
https://bitol-io.github.io/open-data-contract-standard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import yaml

from lumber.catalog.kind import Kind, Level, is_json_field
from lumber.dataset.documents import statements
from lumber.dataset.documents.contents import Contents, Table
from lumber.dataset.totals import KindTotals

API_VERSION = "v3.1.0"
_FOLDED_AT = 110


def data_contract(contents: Contents) -> str:
    """Return the document."""
    limits = [*statements.limitations(contents), *statements.sensitivity(contents)]
    value = {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"lumber-{contents.reproducibility_hash[:16]}",
        "name": "Lumber export",
        "version": contents.data_version,
        "status": "active",
        "description": {
            "purpose": statements.collection(contents),
            "limitations": " ".join(limits),
            "usage": "README.md says how to open it, manifest.json lists its files, quality_report.json "
            "describes their content.",
        },
        "servers": [
            {
                "server": table.name,
                "type": "local",
                "path": f"./{table.name}/{table.folders}*{contents.suffix}",
                "format": contents.format.name,
            }
            for table in contents.tables
        ],
        "schema": [
            _object(name, kind, totals, Level(contents.config["validation_level"]))
            for name, (kind, totals) in contents.kinds.items()
        ]
        + [_derived(table) for table in contents.derived],
    }
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=_FOLDED_AT)


def _object(name: str, kind: Kind, totals: KindTotals, level: Level) -> dict[str, Any]:
    return {
        "name": name,
        "logicalType": "object",
        "physicalType": "file",
        "physicalName": name,
        "description": kind.description or kind.title,
        "properties": [_property(kind, field, level) for field in kind.schema],
        "quality": [_row_count(totals.written)],
    }


def _derived(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "logicalType": "object",
        "physicalType": "file",
        "physicalName": table.name,
        "description": table.description,
        "properties": [_column(field, table.descriptions) for field in table.schema],
        "quality": [_row_count(table.rows)],
    }


def _row_count(rows: int) -> dict[str, Any]:
    return {"name": "rows", "metric": "rowCount", "mustBe": rows, "unit": "rows"}


def _column(field: pa.Field[Any], descriptions: Mapping[str, str]) -> dict[str, Any]:
    description = descriptions.get(field.name)
    return {
        "name": field.name,
        **({"description": description} if description else {}),
        **_types(field),
        "required": not field.nullable,
    }


def _property(kind: Kind, field: pa.Field[Any], level: Level) -> dict[str, Any]:
    is_id = field.name == kind.id_column and level.includes(Level.BASIC)
    quality = list(_quality(kind, field, level, is_id=is_id))
    return {
        **_column(field, kind.descriptions),
        **({"primaryKey": True, "primaryKeyPosition": 1, "unique": True} if is_id else {}),
        **({"quality": quality} if quality else {}),
    }


def _quality(kind: Kind, field: pa.Field[Any], level: Level, *, is_id: bool) -> Iterator[dict[str, Any]]:
    if not field.nullable:
        yield {"name": "not_null", "metric": "nullValues", "mustBe": 0, "dimension": "completeness"}
    if is_id:
        yield {"name": "unique_id", "metric": "duplicateValues", "mustBe": 0, "dimension": "uniqueness"}
    for rule in kind.rules:
        if rule.column == field.name and level.includes(rule.level):
            text = f"Rows were rejected if {rule.column} {rule.reason}."
            yield {"name": rule.id, "type": "text", "description": text, "dimension": "conformity"}


def _types(field: pa.Field[Any]) -> dict[str, Any]:
    if is_json_field(field):
        return {"logicalType": "string", "physicalType": "json"}
    type_ = field.type
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        items = {"name": "item", **_types(pa.field("item", type_.value_type))}
        return {"logicalType": "array", "physicalType": str(type_), "items": items}
    return {"logicalType": _logical(type_), "physicalType": str(type_)}


def _logical(type_: pa.DataType) -> str:
    if pa.types.is_timestamp(type_):
        return "timestamp"
    if pa.types.is_boolean(type_):
        return "boolean"
    if pa.types.is_integer(type_):
        return "integer"
    return "number" if pa.types.is_floating(type_) else "string"
