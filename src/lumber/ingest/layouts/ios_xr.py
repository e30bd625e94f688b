"""Lines of Cisco IOS XR, whose node stands before the time.

Source of the form: "Implementing System Logging" of IOS XR: node, time, process, mnemonic.
"""

from __future__ import annotations

from lumber.catalog.severity import TEXT_BY_CODE
from lumber.ingest import calendar
from lumber.ingest.abbreviations import OFFSETS, UNCLEAR
from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

_MONTH = f"(?:{'|'.join(calendar.MONTHS)})"
_TIME = rf"{_MONTH} +[0-9]{{1,2}} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}"
_ZONE = "|".join(sorted({*OFFSETS, *UNCLEAR}))
_NODE = r"[A-Z0-9]+/[\w/]+"
_BEFORE = rf"(?:(?P<sequence>[0-9]{{1,10}}): )?(?:(?P<host_name>[\w.-]+) )?(?P<node>{_NODE}):"
IOS_XR = Layout(
    name="a log of Cisco IOS XR",
    start=rf"^(?:[0-9]{{1,10}}: )?(?:[\w.-]+ )?{_NODE}:{_TIME}",
    # node:time zone : process[pid]: %group-severity-code : message
    pattern=(
        rf"(?s)^{_BEFORE}(?P<stamp>{_TIME}(?:\.[0-9]{{1,9}})?)(?: (?P<zone>{_ZONE}))? ?: "
        r"(?P<program>[^\s\[:]+)(?:\[(?P<process_id>[0-9]{1,9})\])? ?: "
        r"(?P<process_name>%[A-Z0-9_]+(?:-[A-Z0-9_]+)*-(?P<severity_text>[0-7])-[A-Z0-9_]+) ?: ?"
        r"(?P<message>.*)$"
    ),
    time_format=TimeFormat(
        "%b %d %H:%M:%S.%f%z",
        rf"^(?P<name>{'|'.join(calendar.MONTHS)}) +(?P<day>[0-9]{{1,2}}) (?P<hour>[0-9]{{2}}):"
        r"(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?(?P<zone>[+-][0-9]{4})?$",
    ),
    numbers=frozenset({"sequence", "process_id"}),
    levels={str(code): text for code, text in TEXT_BY_CODE.items()},
)
