"""Lines of macOS with something between process and colon: `com.apple.xpc.launchd[1] (service): text`.

launchd writes the service in round brackets, the Apple System Log its level in angle brackets. The name of an
application may have spaces, and each of its words a capital letter.
"""

from __future__ import annotations

import re

from lumber.ingest.devices.body import Body, typed

_BODY = re.compile(
    r"(?P<process>[A-Za-z][\w./-]{0,120}(?: [A-Z(][\w.()-]{0,60}){0,3})\[(?P<pid>[0-9]{1,10})\]"
    r"(?: \((?P<service>[^()]{1,250})\))?(?: <(?P<level>[A-Z][a-z]+)>)?: (?P<message>.*)",
    re.DOTALL,
)
_LEVELS = frozenset({"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Info", "Debug"})


def read(text: str) -> Body | None:
    """Return the parts of such a message; None for any other text."""
    found = _BODY.fullmatch(text)
    if found is None or (found["level"] is not None and found["level"] not in _LEVELS):
        return None
    data = {"process_id": typed(found["pid"])}
    if found["service"] is not None:
        data["service"] = found["service"]
    return Body(found["message"], data, process=found["process"], severity=found["level"])
