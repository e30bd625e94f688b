"""Logs of network services: BIND, Snort and Suricata, and switches of HP and Aruba."""

from __future__ import annotations

import polars as pl

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_SEVERITIES = "debug [0-9]{1,2}|dynamic|info|notice|warning|error|critical"
# A category is known without a severity behind it, too.
_CATEGORIES = (
    "client|config|database|default|delegation-only|dispatch|dnssec|edns-disabled|general|lame-servers|network"
    "|notify|queries|query-errors|rate-limit|resolver|rpz|security|unmatched|update|update-security|xfer-in"
    "|xfer-out|zoneload"
)


def _bind(groups: pl.DataFrame) -> pl.DataFrame:
    name = pl.coalesce("process_name", "category").alias("process_name")
    return groups.with_columns(name).drop("category")


BIND = Layout(
    name="a log of BIND",
    start=rf"^[0-9]{{2}}-[A-Z][a-z]{{2}}-[0-9]{{4}} {_CLOCK}\.[0-9]{{3}} ",
    # time category: severity: message
    pattern=(
        rf"(?s)^(?P<stamp>\S+ \S+) (?:(?:(?P<process_name>[a-z][a-z-]*): )?(?P<severity_text>{_SEVERITIES}): "
        rf"|(?P<category>{_CATEGORIES}): )?(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%d-%b-%Y %H:%M:%S.%f"),
    levels={f"debug {number}": "DEBUG" for number in range(100)},
    prepare=_bind,
)


def _alerts(date: str, form: str) -> Layout:
    """The month comes first, whatever the locale. Addresses are derived from messages, so both ends stay."""
    return Layout(
        name="alerts of Snort or Suricata",
        start=rf"^{date}-{_CLOCK}\.[0-9]+ +(?:\[\w+\] +)?\[\*\*\] \[[0-9]+:",
        # time [action] [**] [generator:signature:revision] text [**] [Classification: ] [Priority: ] {..}
        pattern=(
            r"(?s)^(?P<stamp>\S+) +(?:\[(?P<action>\w+)\] +)?\[\*\*\] \[(?P<generator>[0-9]{1,9}):"
            r"(?P<signature>[0-9]{1,18}):(?P<revision>[0-9]{1,9})\] (?P<text>.*?) \[\*\*\] "
            r"(?:\[Classification: (?P<classification>[^\]]*)\] )?"
            r"(?:\[Priority: (?P<priority>[0-9]{1,9})\] )?"
            r"(?P<flow>(?:\{(?P<protocol>[^}]*)\} )?(?P<source>\S+) -> (?P<destination>\S+))\s*$"
        ),
        time_format=TimeFormat.parse(form),
        numbers=frozenset({"generator", "signature", "revision", "priority"}),
        absent=("", "(null)"),
        prepare=lambda groups: groups.with_columns(pl.format("{} {}", "text", "flow").alias("message")).drop(
            "text", "flow"
        ),
    )


_TWO = "[0-9]{2}/[0-9]{2}"
ALERTS = _alerts(_TWO, "%m/%d-%H:%M:%S.%f")
ALERTS_WITH_SHORT_YEAR = _alerts(f"{_TWO}/[0-9]{{2}}", "%m/%d/%y-%H:%M:%S.%f")
ALERTS_WITH_YEAR = _alerts(f"{_TWO}/[0-9]{{4}}", "%m/%d/%Y-%H:%M:%S.%f")
# The month comes first: mm/dd/yy.
PROCURVE = Layout(
    name="an event log of HP or Aruba",
    start=rf"^[IWDEM] [0-9]{{2}}/[0-9]{{2}}/[0-9]{{2}} {_CLOCK} [0-9]{{5}} \S",
    # severity time number module: message
    pattern=(
        r"(?s)^(?P<severity_text>[IWDEM]) (?P<stamp>\S+ \S+) (?P<event>[0-9]{5}) "
        r"(?P<process_name>[\w.-]+(?: [\w.-]+)?): +(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%m/%d/%y %H:%M:%S"),
    # M is a major event: a fatal error.
    levels={"I": "INFO", "W": "WARNING", "D": "DEBUG", "E": "ERROR", "M": "CRITICAL"},
)
