"""The Log Event Extended Format: `LEEF:2.0|vendor|product|version|event|delimiter|name=value...`.

Source of the format: "Log Event Extended Format (LEEF)", version 2. Version 1 has a tab between its
attributes. `sev` says how important an event is for security; it is no level of a log.
"""

from __future__ import annotations

import re
from typing import Any

from lumber.ingest.devices.body import MOST_FIELDS, Body, typed
from lumber.ingest.devices.cef import as_iso
from lumber.ingest.devices.rows import Line

START = r"^LEEF: ?[12]\.0\|"
BEGIN = "LEEF:"
_HEADER = re.compile(r"LEEF: ?([12])\.0\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|(.*)", re.DOTALL)
_DELIMITER = re.compile(r"(?:(?:0?x([0-9A-Fa-f]{1,4}))|([^|=\w\s]))?\|")
_TAB = "\t"
_TIME = "devTime"


def read(text: str) -> Body | None:
    """Return the parts of an event; None for any other text. The product is the process."""
    found = _HEADER.fullmatch(text)
    if found is None:
        return None
    number, vendor, product, version, event, rest = found.groups()
    delimiter = _TAB
    if number == "2" and (given := _DELIMITER.match(rest)) is not None:
        delimiter = chr(int(given[1], 16)) if given[1] else given[2] or _TAB
        rest = rest[given.end() :]
    if rest.count(delimiter) > MOST_FIELDS:
        return None
    attributes: dict[str, Any] = {}
    for pair in rest.split(delimiter):
        name, is_pair, value = pair.strip().partition("=")
        if is_pair:
            attributes[name] = typed(value)
    message = attributes.pop("msg", None)
    data = {"vendor": vendor, "version": version, "event": typed(event), "extension": attributes}
    return Body(text if message is None else str(message), data, process=product or None)


def read_line(text: str) -> Line | None:
    """Return an event without a header of syslog, whose time is `devTime`."""
    body = read(text)
    if body is None:
        return None
    attributes = dict(body.data["extension"])
    stamp = str(attributes.pop(_TIME, ""))
    return Line(as_iso(stamp), body._replace(data={**body.data, "extension": attributes}))
