"""Which addresses a webhook may connect to: none inside this machine or its network, unless allowed."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry, and what clouds use
# for the metadata of machines. Written out, because Python's own lists differ between its versions.
_CLOSED_IPV4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # carriers, and the metadata of Alibaba
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's own address in each of its networks
            "169.254.0.0/16",  # with the metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# Everything else in IPv6 is no address of another machine on the internet.
_OPEN_IPV6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_IPV6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # Teredo, which has an IPv4 address inside, and others
            "2001:db8::/32",
            "2002::/16",  # 6to4: an IPv4 address inside
            "3fff::/20",
        ),
    )
)


def parsed(text: str) -> Address:
    """Return an address as it is used on the wire: an IPv4 address in IPv6 form is one of IPv4."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def networks(text: str) -> tuple[Network, ...]:
    """Return networks separated by commas. Raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_in(address: Address, allowed: Sequence[Network]) -> bool:
    """Say whether an address is in one of the networks."""
    return any(address.version == network.version and address in network for network in allowed)


def is_public(address: Address) -> bool:
    """Say whether an address is that of another machine on the internet."""
    if isinstance(address, ipaddress.IPv4Address):
        closed = any(address in network for network in _CLOSED_IPV4)
    else:
        closed = address not in _OPEN_IPV6 or any(address in network for network in _CLOSED_IPV6)
    return not closed and address.is_global and not address.is_multicast and not _is_own(address)


def resolved(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, in the order in which to try them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _is_own(address: Address) -> bool:
    """Say whether a public address is one of this machine's own. Nothing is sent."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return bool(probe.getsockname()[0] == str(address))
    except OSError:
        return False  # it can't be reached at all
