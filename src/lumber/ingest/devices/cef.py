"""The Common Event Format: `CEF:0|vendor|product|version|signature|name|severity|name=value ...`.

Source of the format: "Implementing ArcSight Common Event Format", version 26. A severity of 0 to 10 says how
important an event is for security; it is no level of a log.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from lumber.ingest.calendar import MONTH_NUMBERS
from lumber.ingest.devices.body import MOST_FIELDS, Body, typed
from lumber.ingest.devices.rows import Line

START = r"^CEF: ?[0-9]+\|"
BEGIN = "CEF:"
# When the device received or wrote the event; `start` and `end` are of what it is about.
_TIME = "rt"
_IN_WORDS = re.compile(r"([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{4}) ([0-9:.]{8,18})(?: (?:UTC|GMT|Z))?")
_HEADER = re.compile(
    r"CEF: ?(?P<cef_version>[0-9]+)" + r"\|((?:[^|\\]|\\.)*+)" * 6 + r"(?:\|(.*))?", re.DOTALL
)
_NAMES = ("vendor", "product", "version", "signature", "name", "severity")
_KEY = re.compile(r"(?:^|(?<=\s))([A-Za-z_][\w.\[\]-]*)=")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r"}


def read(text: str) -> Body | None:
    """Return the parts of an event; None for any other text. The product is the process."""
    found = _HEADER.fullmatch(text)
    if found is None:
        return None
    _, *header, rest = found.groups()
    values = {name: _unescaped(value) for name, value in zip(_NAMES, header, strict=True)}
    extension = _extension(rest or "")
    message = extension.pop("msg", None) or values["name"]
    data: dict[str, Any] = {
        "vendor": values["vendor"], "version": values["version"], "signature": typed(values["signature"]),
        "name": values["name"], "severity": typed(values["severity"]), "extension": extension,
    }  # fmt: skip
    host = extension.pop("dvchost", None)
    return Body(
        str(message), data, process=values["product"] or None, host=None if host is None else str(host)
    )


def read_line(text: str) -> Line | None:
    """Return an event without a header of syslog, whose time is `rt`."""
    body = read(text)
    if body is None:
        return None
    extension = dict(body.data["extension"])
    stamp = str(extension.pop(_TIME, ""))
    return Line(as_iso(stamp), body._replace(data={**body.data, "extension": extension}))


def as_iso(stamp: str) -> str:
    """Return `Mar 01 2024 12:00:00` in ISO 8601, and any other time as it is."""
    found = _IN_WORDS.fullmatch(stamp)
    if found is None or found[1] not in MONTH_NUMBERS:
        return stamp
    return f"{found[3]}-{MONTH_NUMBERS[found[1]]:02}-{int(found[2]):02}T{found[4]}{_zone(stamp)}"


def _zone(stamp: str) -> str:
    return "Z" if stamp[-1].isalpha() else ""


def _extension(text: str) -> dict[str, Any]:
    """Return the pairs of an extension. A value ends before the next name."""
    keys = list(islice(_KEY.finditer(text), MOST_FIELDS))
    ends = [*(key.start() for key in keys[1:]), len(text)] if keys else []
    return {
        key[1]: typed(_unescaped(text[key.end() : end].strip())) for key, end in zip(keys, ends, strict=True)
    }


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), text) if "\\" in text else text
