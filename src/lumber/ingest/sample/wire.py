"""The line in which a device would send a message: BSD syslog (RFC 3164) or RFC 5424."""

from __future__ import annotations

import polars as pl

from lumber.ingest.sample.templates import Process

# 32473 is the enterprise number for documentation (RFC 5612).
_SD_ID = "sample@32473"


def raw_line(process: Process, severity: int) -> pl.Expr:
    """Return the wire line of rows with `timestamp`, `host_name`, `pid`, `message`, `format` and `sd`."""
    priority = process.facility * 8 + severity
    return (
        pl.when(pl.col("format") == "rfc3164")
        .then(_bsd(process, priority))
        .otherwise(_rfc5424(process, priority))
    )


def _bsd(process: Process, priority: int) -> pl.Expr:
    stamp = pl.col("timestamp").dt.strftime("%b %e %H:%M:%S")
    pid = pl.concat_str(pl.lit("["), "pid", pl.lit("]: ")) if process.pid != "none" else pl.lit(": ")
    return pl.concat_str(
        pl.lit(f"<{priority}>"), stamp, pl.lit(" "), "host_name", pl.lit(f" {process.name}"), pid, "message"
    )


def _rfc5424(process: Process, priority: int) -> pl.Expr:
    stamp = pl.col("timestamp").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    pid = pl.col("pid").cast(pl.String) if process.pid != "none" else pl.lit("-")
    return pl.concat_str(
        pl.lit(f"<{priority}>1 "),
        stamp,
        pl.lit(" "),
        "host_name",
        pl.lit(f" {process.name} "),
        pid,
        pl.lit(" - "),
        pl.col("sd").fill_null("-"),
        pl.lit(" "),
        "message",
    )


def structured_element(names: tuple[str, ...]) -> pl.Expr:
    """Return the structured data of RFC 5424, section 6.3, from columns `v0`, `v1`, and so on."""
    pieces: list[pl.Expr] = [pl.lit(f"[{_SD_ID}")]
    for index, name in enumerate(names):
        pieces += [pl.lit(f' {name}="'), pl.col(f"v{index}").cast(pl.String), pl.lit('"')]
    return pl.concat_str(*pieces, pl.lit("]"))


def canonical_object(names: tuple[str, ...], numbers: tuple[bool, ...]) -> pl.Expr:
    """Return canonical JSON of columns `v0`, `v1`, and so on, whose `names` are sorted and need no escape."""
    pieces: list[pl.Expr] = []
    for index, (name, is_number) in enumerate(zip(names, numbers, strict=True)):
        quote = "" if is_number else '"'
        pieces += [
            pl.lit(f'{"," if index else "{"}"{name}":{quote}'),
            pl.col(f"v{index}").cast(pl.String),
            pl.lit(quote),
        ]
    return pl.concat_str(*pieces, pl.lit("}"))
