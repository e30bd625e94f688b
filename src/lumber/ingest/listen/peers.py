"""The address of a sender as text."""

from __future__ import annotations

import ipaddress
from typing import Any


def peer_name(address: Any) -> str:
    """Return the address of a socket's peer without its port; IPv4 as IPv4 also on a socket of IPv6."""
    host = str(address[0]) if address else "-"
    try:
        known = ipaddress.ip_address(host)
    except ValueError:
        return host
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return str(mapped or known)
