"""Gives messages with a PRI, but without a time, the time of receipt, as RFC 3164 (4.3.2) asks.

The rest of such a message is the text behind time and host, so it may begin with a tag. What is behind the
PRI in JSON isn't looked at: it may have a time of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.rejects import Reject
from lumber.ingest.syslog.dispatch import UNKNOWN

# Of the parsers of lines, what they say of a line without a time. A time that is wrong stays a reject.
_REASONS = (
    UNKNOWN,
    "timestamp: the line has no",  # RFC 5424 with `-`, CEF, LEEF
    "the line has the uptime of a Cisco device, or no time",
)
_WITH_PRI = r"(?s)^<(?:[0-9]|[1-9][0-9]|1[0-8][0-9]|19[01])> *[^\s{]"
# The uptime of a Cisco device, perhaps behind the number of the message: only raw_message keeps it.
_UPTIME = (
    r"^(<[0-9]{1,3}>(?:[0-9]+: )?)"
    r"[*.]?(?:[0-9]+[ywdh][0-9ywdhms]*|[0-9]+:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?): (%[A-Z])"
)
_WITH_HEADER = r"^(<[0-9]{1,3}>1 )- "
_ANY_TIME = "1970-01-01T00:00:00Z"
# A host that no message has.
_NO_HOST = "0.0.0.0"
_HEADER = rf"${{1}}Jan  1 00:00:00 {_NO_HOST} "
_FLAG = '"time_of_receipt":true}'

Parse = Callable[[pl.DataFrame], pl.DataFrame]


def can_be_undated(options: IngestOptions) -> bool:
    """Say whether messages may be without a time: not if the user says what form all of them have."""
    has_form = options.pattern is not None or options.mapping or options.time_format is not None
    return options.format in (Format.AUTO, Format.SYSLOG) and not has_form


def with_time_of_receipt(
    rejects: Sequence[Reject], received_us: Callable[[pl.Series], pl.Series], parse: Parse
) -> tuple[pl.DataFrame, list[Reject]]:
    """Return rows of the rejects that only lack a time, and the other rejects.

    `received_us` turns numbers of messages into the microseconds of their arrival. Rows have the columns of
    `parse`, with a mark in structured_data.
    """
    found = [reject for reject in rejects if reject.reason.startswith(_REASONS)]
    lines = pl.DataFrame(
        {"number": [reject.line for reject in found], "sent": [reject.raw for reject in found]},
        {"number": pl.Int64, "sent": pl.String},
    ).filter(pl.col("sent").str.contains(_WITH_PRI))
    if lines.is_empty():
        return lines, list(rejects)
    sent = pl.col("sent")
    completed = (
        pl.when(sent.str.contains(_WITH_HEADER))
        .then(sent.str.replace(_WITH_HEADER, f"${{1}}{_ANY_TIME} "))
        .otherwise(sent.str.replace(_UPTIME, "${1}${2}").str.replace(r"^(<[0-9]{1,3}>) *", _HEADER))
    )
    rows = parse(lines.select("number", completed.alias("line"))).filter(pl.col("reason").is_null())
    rows = rows.join(lines, on="number", how="left", maintain_order="left")
    data, host = pl.col("structured_data"), pl.col("host_name")
    is_empty = data.is_null() | (data == "{}")
    rows = rows.with_columns(
        received_us(rows["number"]).cast(pl.Int64).alias("timestamp"),
        pl.when(host != _NO_HOST).then(host).alias("host_name"),
        sent.alias("raw_message"),
        pl.when(is_empty)
        .then(pl.lit("{" + _FLAG))
        .otherwise(pl.concat_str(data.str.strip_suffix("}"), pl.lit("," + _FLAG)))
        .alias("structured_data"),
    )
    loaded = set(rows["number"])
    return rows.drop("reason", "sent"), [reject for reject in rejects if reject.line not in loaded]
