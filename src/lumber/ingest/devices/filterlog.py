"""The packet filter log of pfSense and OPNsense: comma-separated values after `filterlog[pid]: `.

Source of the format: "Raw Filter Log Format" of the pfSense documentation.
"""

from __future__ import annotations

from typing import Any

from lumber.ingest.devices.body import Body, typed

_START = (
    "rule", "sub_rule", "anchor", "tracker", "interface", "reason", "action", "direction", "ip_version",
)  # fmt: skip
_IP = {
    "4": ("tos", "ecn", "ttl", "id", "offset", "flags", "protocol_id", "protocol"),
    "6": ("class", "flow_label", "hop_limit", "protocol", "protocol_id"),
}
_ADDRESSES = ("length", "src_ip", "dst_ip")
_PROTOCOLS = {
    "tcp": (
        "src_port", "dst_port", "data_length", "tcp_flags", "sequence", "ack", "window", "urg", "options",
    ),
    "udp": ("src_port", "dst_port", "data_length"),
    "carp": ("carp_type", "carp_ttl", "vhid", "carp_version", "advbase", "advskew"),
    "icmp": ("icmp_type",),
}  # fmt: skip
_MOST_VALUES = 200
_ACTIONS = frozenset({"block", "pass", "rdr", "nat", "match", "scrub", "binat"})
# In these a number is a name: of an anchor, an interface, a label.
_TEXTS = frozenset(
    {"anchor", "interface", "reason", "action", "direction", "flags", "protocol", "tos", "options"}
)


def read(text: str) -> Body | None:
    """Return the values of a packet by their names; the message stays. None for any other text."""
    values = text.split(",", _MOST_VALUES)
    if not len(_START) <= len(values) <= _MOST_VALUES or values[6] not in _ACTIONS:
        return None
    ip = _IP.get(values[8], ())
    names = [*_START, *ip, *(_ADDRESSES if ip else ())]
    found = dict(zip(names, values, strict=False))
    rest = values[len(names) :]
    more = _PROTOCOLS.get(found.get("protocol", "").lower(), ())
    found |= zip(more, rest, strict=False)
    data: dict[str, Any] = {
        name: value if name in _TEXTS else typed(value) for name, value in found.items() if value != ""
    }
    if others := rest[len(more) :]:
        data["others"] = [typed(value) for value in others]
    return Body(message=text, data=data)
