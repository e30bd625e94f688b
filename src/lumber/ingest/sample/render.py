"""Writes the rows of one template: message, structured data, wire line and severity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from lumber.catalog.severity import SEVERITIES
from lumber.ingest.sample.chance import whole
from lumber.ingest.sample.devices import World
from lumber.ingest.sample.templates import Process, Template
from lumber.ingest.sample.values import Placeholder, Rows, Values, parse_template
from lumber.ingest.sample.wire import canonical_object, raw_line, structured_element

# How a device spells a syslog severity; a device of style "level_only" sends the level alone.
_SHORT = {2: "crit", 3: "err", 4: "warn", 5: "notice", 6: "info", 7: "debug"}


def render(
    random: np.random.Generator,
    world: World,
    process: Process,
    template: Template,
    rows: Rows,
    values: Values,
) -> pl.DataFrame:
    """Return one frame row per row, in the columns of `log_entries` without the id."""
    parts = [
        values.get(part).cast(pl.String) if isinstance(part, Placeholder) else pl.lit(part)
        for part in parse_template(template.text)
    ]
    frame = pl.DataFrame({"device": rows.device}).select(
        pl.from_epoch(pl.lit(pl.Series(rows.time_us)), "us").dt.replace_time_zone("UTC").alias("timestamp"),
        pl.concat_str(*parts).alias("message"),
        pl.lit(_pids(random, process, rows)).alias("pid"),
        *_device_columns(world, rows),
    )
    frame = _with_structured_data(frame, template, values)
    severity = SEVERITIES[template.severity]
    return frame.select(
        "timestamp",
        pl.lit(severity.level).alias("log_level"),
        _severity_text(severity.spellings[0], _SHORT[severity.code]).alias("severity_text"),
        pl.lit(process.name).alias("process_name"),
        "message",
        "device_id",
        "device_ip",
        "host_name",
        raw_line(process, severity.code).alias("raw_message"),
        "structured_data",
    )


def _pids(random: np.random.Generator, process: Process, rows: Rows) -> pl.Series:
    """Long-running processes keep their number; sessions and jobs have one each."""
    if process.name in ("sshd", "CRON", "sudo", "postfix/smtpd"):
        return pl.Series(whole(random, 1_000, 32_000, rows.count))
    return pl.Series((rows.device * 131 + len(process.name) * 97) % 900 + 300)


def _device_columns(world: World, rows: Rows) -> list[pl.Expr]:
    index = pl.Series(rows.device)
    table = world.device_table
    columns = {
        "device_id": "device_id",
        "ip": "device_ip",
        "host": "host_name",
        "style": "style",
        "format": "format",
    }
    return [pl.lit(table[source].gather(index)).alias(target) for source, target in columns.items()]


def _severity_text(long: str, short: str) -> pl.Expr:
    style = pl.col("style")
    return pl.when(style == "long").then(pl.lit(long)).when(style == "short").then(pl.lit(short))


def _with_structured_data(frame: pl.DataFrame, template: Template, values: Values) -> pl.DataFrame:
    """Add `structured_data` (canonical JSON) and `sd` (as on the wire); both null on RFC 3164 devices."""
    nothing = pl.lit(None, dtype=pl.String)
    if not template.data:
        return frame.with_columns(nothing.alias("structured_data"), nothing.alias("sd"))
    specs = {
        part.name: part for part in reversed(parse_template(template.text)) if isinstance(part, Placeholder)
    }
    fields = sorted((name.replace(".", "_"), specs[name]) for name in template.data)
    names = tuple(name for name, _ in fields)
    carries = pl.col("format") == "rfc5424"
    shown = [values.get(field).alias(f"v{index}") for index, (_, field) in enumerate(fields)]
    numbers = tuple(field.is_number for _, field in fields)
    return frame.with_columns(*shown).with_columns(
        pl.when(carries).then(canonical_object(names, numbers)).alias("structured_data"),
        pl.when(carries).then(structured_element(names)).alias("sd"),
    )


def subjects_of(world: World, attackers: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Return the table behind each subject that a template can name."""
    return {
        "station": world.stations,
        "outside": world.outside,
        "device": world.device_table,
        "attacker": attackers,
    }
