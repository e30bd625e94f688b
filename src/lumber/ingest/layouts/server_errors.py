"""Error logs of Apache (2.2 and 2.4) and nginx."""

from __future__ import annotations

import polars as pl

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

_APACHE_TIME = r"[A-Z][a-z]{2} [A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)? [0-9]{4}"
_APACHE_LEVELS = "emerg|alert|crit|error|warn|notice|info|debug|trace[1-8]"
_NGINX_TIME = r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"


def with_fraction(groups: pl.DataFrame) -> pl.DataFrame:
    """Give every time a fraction of its seconds, as the form of times has one."""
    stamp = pl.col("stamp").str.replace(r"(:[0-9]{2})((?: [0-9]{4})?)$", "${1}.0${2}")
    return groups.with_columns(stamp.alias("stamp"))


# [file.c(1)] (1)error of the system: [client address:port] message, referer: address
_APACHE_MESSAGE = (
    r"(?s)^(?:(?P<location>[\w/.-]+\.c(?:pp)?\([0-9]+\)): )?(?:\([0-9]+\)[^:\[]+: )?"
    r"(?:\[(?:client|remote) (?P<client>[^\]\s]+)\])?(?:.*, referer: (?P<referrer>\S+)$)?"
)
# What nginx adds when it works for a client, who may put quotes and commas into its request and referrer.
_NGINX_MESSAGE = (
    r"(?s), client: (?P<client>[^,\s]+)(?:, server: (?P<server>[^,]*))?"
    r'(?:, request: "(?P<request>.*?)")?(?:, subrequest: "(?P<subrequest>[^"]*)")?'
    r'(?:, upstream: "(?P<upstream>[^"]*)")?(?:, host: "(?P<host>[^"]*)")?'
    r'(?:, referrer: "(?P<referrer>.*?)")?$'
)


def _apache(groups: pl.DataFrame) -> pl.DataFrame:
    found = groups["message"].str.extract_groups(_APACHE_MESSAGE).struct.unnest()
    return with_fraction(groups.hstack(found))


def _nginx(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.hstack(groups["message"].str.extract_groups(_NGINX_MESSAGE).struct.unnest())


APACHE_ERRORS = Layout(
    name="an error log of Apache",
    # The kernel's log has such a time, too, and perhaps a word in brackets after it.
    start=rf"^\[{_APACHE_TIME}\] \[(?:[\w-]*:)?(?:{_APACHE_LEVELS})\]",
    # [time] [module:level] [pid 1:tid 2] message
    pattern=(
        r"(?s)^\[(?P<stamp>[^\]]+)\] \[(?:(?P<process_name>[\w-]*):)?(?P<severity_text>\w+)\]"
        r"(?: \[pid (?P<process_id>[0-9]{1,18})(?::tid (?P<thread_id>[0-9]{1,18}))?\])?"
        r"(?: (?P<message>.*))?$"
    ),
    time_format=TimeFormat.parse("%a %b %d %H:%M:%S.%f %Y"),
    numbers=frozenset({"process_id", "thread_id"}),
    absent=("", "-"),
    levels={f"trace{number}": "DEBUG" for number in range(1, 9)},
    prepare=_apache,
)
NGINX_ERRORS = Layout(
    name="an error log of nginx",
    start=rf"^{_NGINX_TIME} \[[a-z]+\] [0-9]+#[0-9]+: ",
    # time [level] pid#tid: *connection message
    pattern=(
        r"(?s)^(?P<stamp>\S+ \S+) \[(?P<severity_text>[a-z]+)\] (?P<process_id>[0-9]{1,18})#"
        r"(?P<thread_id>[0-9]{1,18}): (?:\*(?P<connection>[0-9]{1,18}) )?(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%Y/%m/%d %H:%M:%S"),
    numbers=frozenset({"process_id", "thread_id", "connection"}),
    prepare=_nginx,
)
