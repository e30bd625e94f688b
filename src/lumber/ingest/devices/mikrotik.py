"""MikroTik's messages, which begin with their topics: `system,info,account user admin logged in`.

Source of the form: "Log" of the RouterOS documentation. A level is one of the topics.
"""

from __future__ import annotations

import re

from lumber.ingest.devices.body import Body

_BODY = re.compile(r"(?P<topics>[a-z0-9-]{1,30}(?:,[a-z0-9!-]{1,30}){1,8}) (?P<message>.*)", re.DOTALL)
_TOPICS = frozenset(
    {
        "account", "async", "backup", "bfd", "bgp", "bridge", "calc", "caps", "capsman", "certificate",
        "critical", "ddns", "debug", "dhcp", "dns", "dot1x", "dude", "e-mail", "error", "event", "firewall",
        "gps", "gsm", "health", "hotspot", "igmp-proxy", "info", "interface", "ipsec", "iscsi", "isdn",
        "l2tp", "ldp", "lora", "lte", "manager", "mme", "mpls", "mqtt", "mvrp", "natpmp", "netinstall",
        "netwatch", "ntp", "ospf", "ospfv3", "ovpn", "packet", "pim", "poe-out", "ppp", "pppoe", "pptp",
        "ptp", "queue", "radius", "radvd", "raw", "read", "rip", "route", "rpki", "rsvp", "script",
        "sertcp", "smb", "sms", "snmp", "ssh", "sstp", "state", "store", "stp", "system", "telephony",
        "tftp", "timer", "tr069", "update", "upnp", "ups", "vpls", "vrrp", "warning", "watchdog",
        "web-proxy", "wireguard", "wireless", "wpa", "write", "zerotier", "zigbee",
    }
)  # fmt: skip
# The most severe first. Packets and raw data are topics of debug messages.
_LEVELS = ("critical", "error", "warning", "info", "debug")


def read(text: str) -> Body | None:
    """Return the message, with its topics as data; None for a text without topics or without a level."""
    found = _BODY.fullmatch(text)
    if found is None:
        return None
    topics = found["topics"].split(",")
    if topics[0] not in _TOPICS:
        return None
    level = next((level for level in _LEVELS if level in topics), None)
    return None if level is None else Body(found["message"], {"topics": found["topics"]}, severity=level)
