"""Writes the rows of one template: message, structured data, wire line and severity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from lumber.catalog.severity import Severity
from lumber.ingest.sample.chance import whole
from lumber.ingest.sample.devices import World
from lumber.ingest.sample.templates import Placeholder, Process, Template
from lumber.ingest.sample.values import Rows, Values
from lumber.ingest.sample.wire import canonical_object, raw_line, structured_element

# Some devices write the short words; those of style "level_only" send the level and no text.
_SHORT = {"critical": "crit", "error": "err", "warning": "warn"}


def subjects_of(world: World, attackers: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Return the table behind each subject that a template can name."""
    return {
        "station": world.stations,
        "outside": world.outside,
        "device": world.device_table,
        "attacker": attackers,
    }


def render(
    random: np.random.Generator,
    world: World,
    process: Process,
    template: Template,
    rows: Rows,
    values: Values,
) -> pl.DataFrame:
    """Return the rows in the columns of `log_entries` without the id."""
    parts = [
        values.get(part).cast(pl.String) if isinstance(part, Placeholder) else pl.lit(part)
        for part in template.parts
    ]
    frame = pl.DataFrame({"time_us": rows.time_us}).select(
        pl.from_epoch("time_us", "us").dt.replace_time_zone("UTC").alias("timestamp"),
        pl.concat_str(*parts).alias("message"),
        pl.lit(_pids(random, process, rows)).alias("pid"),
        *_device_columns(world, rows),
    )
    return _with_structured_data(frame, template, values).select(
        "timestamp",
        pl.lit(template.severity.level).alias("log_level"),
        _severity_text(template.severity).alias("severity_text"),
        pl.lit(process.name).alias("process_name"),
        "message",
        "device_id",
        "device_ip",
        "host_name",
        raw_line(process, template.severity.code).alias("raw_message"),
        "structured_data",
    )


def _pids(random: np.random.Generator, process: Process, rows: Rows) -> pl.Series:
    """Return the pid of each row: services keep theirs, each session or job has its own."""
    if process.pid == "session":
        return pl.Series(whole(random, 1_000, 32_000, rows.count))
    return pl.Series((rows.device * 131 + len(process.name) * 97) % 900 + 300)


def _device_columns(world: World, rows: Rows) -> list[pl.Expr]:
    index = pl.Series(rows.device)
    names = {
        "device_id": "device_id",
        "ip": "device_ip",
        "host": "host_name",
        "style": "style",
        "format": "format",
    }
    return [pl.lit(world.device_table[source].gather(index)).alias(name) for source, name in names.items()]


def _severity_text(severity: Severity) -> pl.Expr:
    # The last spelling of informational is the usual one.
    long = "info" if severity.code == 6 else severity.spellings[0]
    style = pl.col("style")
    return (
        pl.when(style == "long")
        .then(pl.lit(long))
        .when(style == "short")
        .then(pl.lit(_SHORT.get(long, long)))
        .otherwise(pl.lit(None, dtype=pl.String))
    )


def _with_structured_data(frame: pl.DataFrame, template: Template, values: Values) -> pl.DataFrame:
    """Add `structured_data` (canonical JSON) and `sd` (as on the wire); both null on RFC 3164 devices."""
    nothing = pl.lit(None, dtype=pl.String)
    fields = sorted((part.name.replace(".", "_"), part) for part in template.data)
    if not fields:
        return frame.with_columns(nothing.alias("structured_data"), nothing.alias("sd"))
    names = tuple(name for name, _ in fields)
    are_numbers = tuple(part.is_number for _, part in fields)
    shown = [values.get(part).alias(f"v{index}") for index, (_, part) in enumerate(fields)]
    carries = pl.col("format") == "rfc5424"
    return frame.with_columns(*shown).with_columns(
        pl.when(carries).then(canonical_object(names, are_numbers)).alias("structured_data"),
        pl.when(carries).then(structured_element(names)).alias("sd"),
    )
