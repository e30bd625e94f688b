"""Access logs of Apache and nginx, in the common and the combined format, with and without a virtual host."""

from __future__ import annotations

import polars as pl

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

# Apache writes a quote in a field as \\", nginx as \\x22.
_QUOTED = r'(?:[^"\\]|\\.)*'
_TIME = r"[0-9]{1,2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2}"
_ADDRESS = r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*)"
# X-Forwarded-For is a list.
_CLIENT = r"[^\s,]+(?:, ?[^\s,]+)*"
_REQUEST = rf"(?P<method>[A-Za-z][A-Za-z-]*) (?P<path>{_QUOTED}?)(?: (?P<protocol>HTTP/[0-9.]+))?"
_PATTERN = (
    rf"(?s)^(?:(?P<vhost>[\w.*-]+(?::[0-9]+)?) (?P<address>{_ADDRESS})|(?P<client>{_CLIENT})) "
    rf'(?P<identity>\S+) (?P<user>[^\s\[][^\[]*?) \[(?P<stamp>[^\]]*)\] "(?P<message>{_REQUEST}|{_QUOTED})" '
    rf"(?P<status>[0-9]{{3}}|-) (?P<size>[0-9]{{1,18}}|-)"
    rf'(?: "(?P<referrer>{_QUOTED})" "(?P<agent>{_QUOTED})")?(?: (?P<rest>.*))?$'
)


def _one_client(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.with_columns(pl.coalesce("client", "address").alias("client")).drop("address")


ACCESS = Layout(
    name="an access log",
    start=rf'^\S+ [^\[]*\[{_TIME}[^\]]*\] "',
    pattern=_PATTERN,
    time_format=TimeFormat.parse("%d/%b/%Y:%H:%M:%S %z"),
    numbers=frozenset({"status", "size"}),
    absent=("", "-"),
    prepare=_one_client,
)
