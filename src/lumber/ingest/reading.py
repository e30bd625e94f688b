"""How a source was read: the options that the ledger keeps, so that a load can be repeated."""

from __future__ import annotations

from typing import Any

from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.zones import UTC_ZONE


def reading_of(options: IngestOptions) -> dict[str, Any]:
    """Return the reading options of a load that are not the default, by the names that uploads have.

    A saved format is kept with its definition, which may be another one later.
    """
    values = {
        "saved_format": options.saved_format,
        "format": None if options.format is Format.AUTO else str(options.format),
        "pattern": options.pattern.text if options.pattern is not None else None,
        "map": {column.column: column.text for column in options.mapping.columns},
        "time_format": options.time_format.text if options.time_format is not None else None,
        "timezone": None if options.zone.name == UTC_ZONE.name else options.zone.name,
        "year": options.year,
        "default_level": options.default_level,
        "multiline": None if options.is_joining_lines else "none",
    }
    return {name: value for name, value in values.items() if value}
