"""Access points: hostapd, and UniFi devices, whose lines begin with a model, a MAC address and a version."""

from __future__ import annotations

import re
from typing import Any

from lumber.ingest.devices.body import Body, typed
from lumber.ingest.devices.rows import Line

HOSTAPD = "hostapd"
START = r"^[0-9]{10}\.[0-9]{1,6}: [A-Za-z][\w.-]*: "
_MAC = r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"
_STATION = re.compile(
    rf"(?P<interface>[\w.-]{{1,60}}): (?:STA (?P<station>{_MAC}) (?P<module>[A-Z][A-Za-z0-9. ]{{1,30}}?):"
    rf"|(?P<event>[A-Z][A-Z0-9-]{{1,60}})(?: (?P<of>{_MAC}))?(?: |$))"
)
_VERSION = r"v?(?P<version>[0-9]{1,9}\.[0-9][\w.+-]{0,60})"
_TAG = r"(?:(?P<tag>[\w./-]{1,60})(?:\[(?P<pid>[0-9]+)\])?: ?)?(?P<message>.*)"
_UNIFI = (
    # U7PG2,f09fc2aabbcc,v4.0.80: hostapd: ..., also in brackets and quotes
    re.compile(
        rf'\(?"?(?P<model>[A-Z][\w-]{{0,60}}),(?P<mac>[0-9a-f]{{12}}),{_VERSION}"?\)?:? {_TAG}', re.DOTALL
    ),
    # f09fc2aabbcc,UAP-AC-Pro-Gen2-6.6.55+15189: hostapd[123]: ...
    re.compile(rf"(?P<mac>[0-9a-f]{{12}}),(?P<model>[A-Z][\w-]{{0,60}}?)-{_VERSION}: {_TAG}", re.DOTALL),
)


def read_hostapd(text: str) -> Body | None:
    """Return the interface and the station of a message; the message stays."""
    found = _STATION.match(text)
    if found is None:
        return None
    data = {"interface": found["interface"], "station": found["station"] or found["of"]}
    data |= {"module": found["module"], "event": found["event"]}
    return Body(text, {name: value for name, value in data.items() if value is not None})


def read_line(text: str) -> Line | None:
    """Return a line of `hostapd -t` or `wpa_supplicant -t`, which begins with the time in seconds."""
    stamp, _, message = text.partition(": ")
    body = read_hostapd(message) or Body(message, {})
    is_access_point = "station" in body.data or str(body.data.get("event", "")).startswith("AP-")
    return Line(stamp, body._replace(process=HOSTAPD if is_access_point else None))


def read_unifi(text: str) -> Body | None:
    """Return the parts of a line of a UniFi device, whose MAC address is its id. None for any other text."""
    found = next((match for form in _UNIFI if (match := form.fullmatch(text)) is not None), None)
    if found is None:
        return None
    data: dict[str, Any] = {"model": found["model"], "firmware": found["version"]}
    message = found["message"]
    if found["pid"]:
        data["process_id"] = typed(found["pid"])
    if found["tag"] == HOSTAPD and (station := read_hostapd(message)) is not None:
        data |= station.data
    return Body(message, data, process=found["tag"], device=found["mac"])
