"""TemplateTable: the templates of a dataset, as a value and as an Arrow table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import TIMESTAMP, optional, required
from lumber.errors import ConfigError, FieldProblem
from lumber.steps.templates.masks import MASKS_VERSION, Masks
from lumber.steps.templates.options import TemplateOptions
from lumber.steps.templates.tokens import slots

TEMPLATE_SCHEMA = pa.schema(
    [
        required("template_id", pa.string()),
        required("template", pa.string()),
        required("slots", pa.list_(pa.string())),
        optional("count", pa.int64()),
        required("first_seen", TIMESTAMP),
        optional("last_seen", TIMESTAMP),
    ]
)
# The columns from which a table is read; the others follow from them.
COLUMNS_READ = ["template_id", "template", "count", "first_seen", "last_seen"]
# What each column is made of.
_POLARS: dict[str, pl.DataType] = {
    "template_id": pl.String(),
    "template": pl.String(),
    "slots": pl.List(pl.String),
    "count": pl.Int64(),
    "first_seen": pl.Int64(),
    "last_seen": pl.Int64(),
}
DESCRIPTIONS = {
    "template_id": "t_ and 16 hexadecimal digits of the SHA-256 of the template.",
    "template": "The text, with a slot for each value: <num>, <ip>, ..., and <*> for a whole token.",
    "slots": "The names of the slots in order, as `template_params` has their values.",
    "count": "Rows of train with this template; null when more was seen than is kept in memory.",
    "first_seen": "Time of the first of these rows, UTC.",
    "last_seen": "Time of the last of these rows, UTC; null as for `count`.",
}
_METADATA = b"lumber.templates"


@dataclass(frozen=True, slots=True)
class Template:
    """A template: its text, its rows in train, and their first and last time in microseconds since 1970.

    It holds no message as an example: a message may hold private data, the template's text has slots for it.
    """

    text: str
    count: int | None
    first_us: int
    last_us: int | None

    @property
    def id(self) -> str:
        """The id, which depends on the text alone."""
        return template_id(self.text)


@dataclass(frozen=True, slots=True)
class TemplateTable:
    """Templates by falling count and then by id, and the masks that they were mined with."""

    masks: Masks
    templates: tuple[Template, ...]

    @classmethod
    def of(cls, masks: Masks, templates: Iterable[Template]) -> TemplateTable:
        """Return the table of these templates, in its order."""
        return cls(masks, tuple(sorted(templates, key=lambda one: (-(one.count or 0), one.id))))

    def to_arrow(self) -> pa.Table:
        """Return the table in `TEMPLATE_SCHEMA`; its metadata says how to apply it."""
        columns: dict[str, list[Any]] = {
            "template_id": [one.id for one in self.templates],
            "template": [one.text for one in self.templates],
            "slots": [slots(one.text) for one in self.templates],
            "count": [one.count for one in self.templates],
            "first_seen": [one.first_us for one in self.templates],
            "last_seen": [one.last_us for one in self.templates],
        }
        masks: dict[str, Any] = {"masks": self.masks.names, "version": MASKS_VERSION}
        if self.masks.custom:
            masks["custom_masks"] = dict(self.masks.custom)
        if self.masks.keep:
            masks["keep"] = self.masks.keep
        metadata = {_METADATA: json.dumps(masks).encode()}
        arrays = [
            pl.Series(columns[field.name], dtype=_POLARS[field.name])
            .to_arrow(compat_level=pl.CompatLevel.oldest())
            .cast(field.type)
            for field in TEMPLATE_SCHEMA
        ]
        return pa.Table.from_arrays(arrays, schema=TEMPLATE_SCHEMA.with_metadata(metadata))

    def to_frame(self) -> pl.DataFrame:
        """Return the same as a Polars frame."""
        return pl.DataFrame(pl.from_arrow(self.to_arrow()))

    @classmethod
    def from_arrow(cls, table: pa.Table) -> TemplateTable:
        """Read what `to_arrow` made, also out of a Parquet file. Raises `ConfigError` for other tables."""
        return cls.from_rows(_masks_of(table), table.select(COLUMNS_READ))

    @classmethod
    def from_rows(cls, masks: Masks, rows: pa.Table) -> TemplateTable:
        """Return the table of templates that were mined with these masks, in the order of `rows`.

        `rows` has `COLUMNS_READ`. Raises `ConfigError` if an id isn't that of its template.
        """
        columns = [rows.column(name) for name in COLUMNS_READ[1:]]
        lists = [
            (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
            for column in columns
        ]
        result = cls(masks, tuple(map(Template, *lists)))
        if [one.id for one in result.templates] != rows.column("template_id").to_pylist():
            raise _refused("holds ids that are not those of its templates")
        return result


def template_id(text: str) -> str:
    """Return the id of a template's text."""
    return f"t_{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _masks_of(table: pa.Table) -> Masks:
    schema = table.schema
    if not schema.remove_metadata().equals(TEMPLATE_SCHEMA) or _METADATA not in (schema.metadata or {}):
        raise _refused("is not a template table")
    found = json.loads(schema.metadata[_METADATA])
    # Version 1 had no custom masks, and took a slot of one for plain text.
    is_old = found["version"] == 1 and "<:" not in "".join(map(str, table.column("template").to_pylist()))
    if found["version"] != MASKS_VERSION and not is_old:
        raise _refused(f"has masks of version {found['version']}; this program has version {MASKS_VERSION}")
    return TemplateOptions(
        masks=tuple(found["masks"]),
        custom_masks=tuple(found.get("custom_masks", {}).items()),
        keep=tuple(found.get("keep", ())),
    ).masking


def _refused(message: str) -> ConfigError:
    return ConfigError([FieldProblem("templates", None, message)])
