"""Access logs of Apache and nginx, in the common and the combined format, with and without a virtual host.

The message is client, request and status: addresses are derived from messages. Python's http.server and Flask
write the same format, with a time that has no zone.
"""

from __future__ import annotations

import polars as pl

from lumber.ingest import calendar
from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

# Apache writes a quote in a field as \", nginx as \x22.
_QUOTED = r'(?:[^"\\]|\\.)*'
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_ADDRESS = r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*)"
# X-Forwarded-For is a list.
_OTHERS = r"(?:, ?[^\s,]+)*"
_USER = r"[^\s\[][^\[]*?"
# With a virtual host before a client that is a name, only an identity of `-` tells which is which.
_WHO = (
    r"(?:(?P<vhost>[\w.*-]+(?::[0-9]+)?) "
    rf"(?:(?P<address>{_ADDRESS}{_OTHERS}) (?P<asked>\S+)|(?P<named>\w[^\s,]*{_OTHERS}) -) "
    rf"(?P<visitor>{_USER})"
    rf"|(?P<client>[^\s,]+{_OTHERS}) (?P<identity>\S+) (?P<user>{_USER}))"
)
_REQUEST = rf"(?P<method>[A-Za-z][A-Za-z-]*) (?P<path>{_QUOTED}?)(?: (?P<protocol>HTTP/[0-9.]+))?"
_PATTERN = (
    rf'(?s)^{_WHO} \[(?P<stamp>[^\]]*)\] "(?P<request>{_REQUEST}|{_QUOTED})" '
    rf"(?P<status>[0-9]{{3}}|-) (?P<size>[0-9]{{1,18}}|-)"
    rf'(?: "(?P<referrer>{_QUOTED})" "(?P<agent>{_QUOTED})")?(?: (?P<rest>.*))?$'
)
_TIME = TimeFormat(
    "%d/%b/%Y:%H:%M:%S %z",
    rf"^(?P<day>[0-9]{{1,2}})/(?P<name>{'|'.join(calendar.MONTHS)})/(?P<year>[0-9]{{4}})[: ]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?"
    r"(?: (?P<zone>[+-][0-9]{2}:?[0-9]{2}))?$",
)
_SAME = {"client": ("address", "named"), "identity": ("asked",), "user": ("visitor",)}


def _completed(groups: pl.DataFrame) -> pl.DataFrame:
    """Add the message. A request that isn't one, such as the beginning of TLS, stays whole."""
    groups = groups.with_columns(pl.coalesce(name, *others).alias(name) for name, others in _SAME.items())
    client = pl.when(pl.col("client") != "-").then(pl.format("{} ", "client")).otherwise(pl.lit(""))
    return groups.with_columns(
        pl.format('{}"{}" {}', client, "request", "status").alias("message"),
        pl.when(pl.col("method").is_null()).then("request").alias("request"),
    ).drop(*(other for others in _SAME.values() for other in others))


ACCESS = Layout(
    name="an access log",
    start=rf'^\S+ [^\[]*\[[0-9]{{1,2}}/[A-Z][a-z]{{2}}/[0-9]{{4}}[: ]{_CLOCK}[^\]]*\] "',
    pattern=_PATTERN,
    time_format=_TIME,
    numbers=frozenset({"status", "size"}),
    absent=("", "-"),
    prepare=_completed,
)
