"""The names of the forms of lines and records that a load recognises, as its report tells them.

Layouts and devices declare their own names. Rows have the name of their form in the column FORM.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from lumber.ingest.chunks import Chunk
from lumber.ingest.devices.table import DEVICES
from lumber.ingest.layouts.table import LAYOUTS
from lumber.ingest.options import Format
from lumber.ingest.recognition import Recognition
from lumber.ingest.rejects import Reject
from lumber.ingest.syslog import program_lines
from lumber.ingest.syslog.lines import FORM

SYSLOG_NAMES: Mapping[Format, str] = {
    Format.RFC3164: "syslog (RFC 3164)",
    Format.ISO8601: "a log with ISO 8601 times",
    Format.RFC5424: "syslog (RFC 5424)",
    Format.LABELLED: "syslog behind a label",
}
RECORD_NAMES: Mapping[Format, str] = {
    Format.JSONL: "JSON",
    Format.JOURNALD: "JSON of journalctl",
    Format.LOGFMT: "logfmt",
    Format.ZEEK: "Zeek",
    Format.WINDOWS_XML: "Windows events",
    Format.VPC_FLOW: "VPC flow logs",
    Format.MYSQL_SLOW: "a slow query log of MySQL",
    Format.W3C: "the W3C extended log format",
    Format.JOURNAL_EXPORT: "the export format of the journal",
    Format.ERLANG: "reports of Erlang",
    Format.ORACLE_ALERT: "an alert log of Oracle",
    Format.CSV: "CSV",
    Format.PARQUET: "Parquet",
}
PATTERN_NAME = "a pattern of your own"
# The columns whose share is told, of the kinds that have them.
TOLD_COLUMNS = ("log_level", "process_name", "host_name")
# The format by which `--format` names each form.
FORMATS: Mapping[str, str] = {
    **{name: str(format_) for format_, name in (*SYSLOG_NAMES.items(), *RECORD_NAMES.items())},
    **{layout.name: str(format_) for format_, layouts in LAYOUTS.items() for layout in layouts},
    **{device.name: str(format_) for format_, device in DEVICES.items()},
    **dict.fromkeys(program_lines.FORMS, str(Format.ISO8601)),
    PATTERN_NAME: "pattern",
}


def recognition_of(chunk: Chunk) -> Recognition:
    """Count the lines of a chunk, all rows of a form at once."""
    names: Counter[str] = Counter(reject.form for reject in chunk.rejects if reject.form is not None)
    if chunk.forms is not None:
        for name, count in chunk.forms.value_counts().iter_rows():
            names[name] += count
    rows = chunk.rows
    filled = {name: len(rows) - rows[name].null_count() for name in TOLD_COLUMNS if name in rows.columns}
    counts = {(FORMATS.get(name, "auto"), name): count for name, count in names.items()}
    return Recognition.counted(counts, chunk.lines - names.total(), filled)


def named(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return rows with the name of their form, where they have none. It costs nothing per row."""
    form = pl.lit(name).cast(pl.Categorical)
    if FORM in rows.columns and rows[FORM].null_count() < len(rows):
        form = pl.coalesce(FORM, form)
    return rows.with_columns(form.alias(FORM))


def named_rejects(rejects: Sequence[Reject], name: str, unknown: tuple[str, ...] = ()) -> list[Reject]:
    """Return rejects with the name of their form, but not those whose reason begins with one of `unknown`."""
    return [
        reject if unknown and reject.reason.startswith(unknown) else replace(reject, form=name)
        for reject in rejects
    ]
