"""Logs of Squid, and the access logs of S3 and of the Application Load Balancer of AWS.

Sources of the forms: Squid, "logformat squid"; Amazon S3, "server access log format"; Elastic Load Balancing,
"access logs for your Application Load Balancer".
"""

from __future__ import annotations

import polars as pl

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.layouts.moments import Epochs, IsoTimes
from lumber.ingest.time_format import TimeFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_QUOTED = r'(?:[^"\\]|\\.)*'


def _squid(groups: pl.DataFrame) -> pl.DataFrame:
    message = pl.format("{} {}/{} {} {}", "client", "result", "status", "method", "url")
    return groups.with_columns(message.alias("message"))


def _request(groups: pl.DataFrame) -> pl.DataFrame:
    """Add the message of an access log."""
    return groups.with_columns(pl.format('{} "{}" {}', "client", "request", "status").alias("message"))


SQUID = Layout(
    name="an access log of Squid",
    start=r"^[0-9]{9,10}\.[0-9]{3} +-?[0-9]+ \S+ [A-Z_]+/[0-9]{3} -?[0-9]+ ",
    pattern=(
        r"(?s)^(?P<stamp>[0-9.]+) +(?P<elapsed_ms>-?[0-9]{1,18}) (?P<client>\S+) (?P<result>[A-Z_]+)/"
        r"(?P<status>[0-9]{3}) (?P<size>-?[0-9]{1,18}) (?P<method>\S+) (?P<url>\S+) (?P<user>\S+) "
        r"(?P<hierarchy>[^\s/]+)/(?P<peer>\S+) (?P<content_type>\S+)(?: (?P<rest>.*))?$"
    ),
    time_format=Epochs(),
    numbers=frozenset({"elapsed_ms", "status", "size"}),
    absent=("", "-"),
    prepare=_squid,
)
SQUID_CACHE = Layout(
    name="a log of Squid",
    start=rf"^[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} {_CLOCK}(?: kid[0-9]+)?\| ",
    pattern=(
        r"(?s)^(?P<stamp>\S+ [0-9:]+)(?: (?P<kid>kid[0-9]+))?\| "
        r"(?:(?P<severity_text>WARNING|ERROR|FATAL): )?(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%Y/%m/%d %H:%M:%S"),
)
S3 = Layout(
    name="an access log of S3",
    start=(
        rf"^\S{{20,64}} \S+ \[[0-9]{{2}}/[A-Z][a-z]{{2}}/[0-9]{{4}}:{_CLOCK} [+-][0-9]{{4}}\] "
        r"\S+ \S+ \S+ [A-Z0-9]+\."
    ),
    pattern=(
        r"(?s)^(?P<bucket_owner>\S+) (?P<bucket>\S+) \[(?P<stamp>[^\]]+)\] (?P<client>\S+) "
        r"(?P<requester>\S+) (?P<request_id>\S+) (?P<operation>\S+) (?P<key>\S+) "
        rf'(?:"(?P<request>{_QUOTED})"|-) (?P<status>[0-9]{{3}}|-) (?P<error_code>\S+) '
        r"(?P<size>[0-9]{1,18}|-) (?P<object_size>[0-9]{1,18}|-) (?P<total_ms>[0-9]{1,18}|-) "
        r"(?P<turnaround_ms>[0-9]{1,18}|-) "
        rf'(?:"(?P<referrer>{_QUOTED})"|-) (?:"(?P<agent>{_QUOTED})"|-)(?: (?P<rest>.*))?$'
    ),
    time_format=TimeFormat.parse("%d/%b/%Y:%H:%M:%S %z"),
    numbers=frozenset({"status", "size", "object_size", "total_ms", "turnaround_ms"}),
    absent=("", "-"),
    prepare=lambda groups: _request(groups.with_columns(pl.col("request").fill_null("-"))),
)
ALB = Layout(
    name="an access log of a load balancer of AWS",
    start=rf"^(?:https?|h2|grpcs?|wss?) [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}\.[0-9]+Z \S+ \S+:[0-9]+ ",
    pattern=(
        r"(?s)^(?P<type>\S+) (?P<stamp>\S+) (?P<load_balancer>\S+) (?P<client>\S+) (?P<target>\S+) "
        r"(?P<request_seconds>\S+) (?P<target_seconds>\S+) (?P<response_seconds>\S+) "
        r"(?P<status>[0-9]{3}|-) (?P<target_status>[0-9]{3}|-) (?P<received>[0-9]{1,18}|-) "
        rf'(?P<size>[0-9]{{1,18}}|-) "(?P<request>{_QUOTED})" "(?P<agent>{_QUOTED})" (?P<cipher>\S+) '
        r"(?P<tls>\S+)(?: (?P<rest>.*))?$"
    ),
    time_format=IsoTimes(),
    numbers=frozenset({"status", "target_status", "received", "size"}),
    absent=("", "-"),
    prepare=_request,
)
