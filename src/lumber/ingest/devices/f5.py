"""What BIG-IP of F5 writes after its host: `notice mcpd[4567]: 01070638:5: Pool ...`.

Source of the form: "BIG-IP log message overview" of F5: level, process, process id, message.
"""

from __future__ import annotations

import re

from lumber.ingest.devices.body import Body, typed

_BODY = re.compile(
    r"(?P<level>emerg|alert|crit|err|warning|notice|info|debug) (?P<process>[A-Za-z][\w./-]{0,60})"
    r"\[(?P<pid>[0-9]{1,10})\]: (?P<message>.*)",
    re.DOTALL,
)


def read(text: str) -> Body | None:
    """Return the parts of a message that begins with its level; None for any other text."""
    found = _BODY.fullmatch(text)
    if found is None:
        return None
    data = {"process_id": typed(found["pid"])}
    return Body(found["message"], data, process=found["process"], severity=found["level"])
