"""Logs of supercomputers: the RAS events of Blue Gene/L, and the state changes of HPC clusters.

Source of the form: Oliner and Stearley, "What Supercomputers Say", DSN 2007. The label `-` means normal; any
other names the alert that an expert found in the line.
"""

from __future__ import annotations

import polars as pl

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.layouts.moments import Epochs
from lumber.ingest.syslog.rfc3164 import STAMP

_EXACT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{6}"


def _with_fraction(groups: pl.DataFrame) -> pl.DataFrame:
    """Add the fraction of the local time to the epoch, if both are the same second of a minute."""
    second = pl.col("local").str.slice(17, 2).cast(pl.Int64)
    is_same = pl.col("stamp").cast(pl.Int64) % 60 == second
    exact = pl.format("{}.{}", "stamp", pl.col("local").str.slice(20))
    return groups.with_columns(pl.when(is_same).then(exact).otherwise("stamp").alias("stamp")).drop("local")


BLUE_GENE = Layout(
    name="a log of Blue Gene",
    start=rf"^(?:\S+ )?[0-9]{{9,10}} [0-9]{{4}}\.[0-9]{{2}}\.[0-9]{{2}} \S+ {_EXACT} ",
    # label epoch date node time node type component level message
    pattern=(
        rf"(?s)^(?:(?P<label>\S+) )?(?P<stamp>[0-9]{{9,10}}) \S+ \S+ (?P<local>{_EXACT}) (?P<host_name>\S+) "
        r"(?P<type>\S+) (?P<process_name>\S+) (?P<severity_text>[A-Z]+)(?: (?P<message>.*))?$"
    ),
    time_format=Epochs(),
    levels={"FAILURE": "CRITICAL"},
    prepare=_with_fraction,
)
# epoch date node, then a line of RFC 3164. With a label before it, `syslog/labelled.py` reads it.
NODE = Layout(
    name="a log of the nodes of a cluster",
    start=rf"^[0-9]{{9,10}} [0-9]{{4}}\.[0-9]{{2}}\.[0-9]{{2}} \S+ {STAMP} ",
    pattern=(
        rf"(?s)^(?P<stamp>[0-9]{{9,10}}) \S+ \S+ {STAMP} (?P<host_name>\S+) "
        r"(?:(?P<process_name>[^\s\[:=,;<>]+)(?:\[(?P<process_id>[0-9]{1,9})\])?: ?)?(?P<message>.*)$"
    ),
    time_format=Epochs(),
    numbers=frozenset({"process_id"}),
)
CLUSTER = Layout(
    name="a log of an HPC cluster",
    start=r"^[0-9]+ [A-Za-z]\S* [a-z]\S* [a-z_]\S* [0-9]{9,10} [0-9] ",
    # id node component state epoch flag message
    pattern=(
        r"(?s)^(?P<id>[0-9]{1,18}) (?P<host_name>\S+) (?P<process_name>\S+) (?P<state>\S+) "
        r"(?P<stamp>[0-9]{9,10}) (?P<flag>[0-9]) (?P<message>.*)$"
    ),
    time_format=Epochs(),
    numbers=frozenset({"id", "flag"}),
)
