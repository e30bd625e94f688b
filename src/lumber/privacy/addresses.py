"""IP addresses in texts, in all their spellings, and the few that identify nobody.

Found: IPv4 and IPv6 with ports, brackets, prefix lengths, zones and ranges; IPv4-mapped IPv6; octets with
leading zeros; `ip-10-0-0-1` and `ec2-10-0-0-1`; names below `in-addr.arpa`. Not
found: an address inside a longer chain of numbers, such as `1.2.3.4.5` (a version, an OID, tcpdump's
`address.port`), one right after the `v` of a version, IPv4 as one number, and IPv6 nibbles below `ip6.arpa`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import numpy as np
import numpy.typing as npt

from lumber.privacy.found import ADDRESS, Form, Found

# A text with an address matches this pattern, in the syntax of Polars.
MAYBE = (
    r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){5}"
    r"|(?i:ip|ec2)-[0-9]{1,3}-[0-9]{1,3}-[0-9]{1,3}-[0-9]"
)
# `v1.2.3.4` is a version, `srv1.2.3.4` is not. A hexadecimal digit before the `v` may end a token.
_V4 = re.compile(
    r"(?<![0-9])(?<![0-9]\.)(?<!(?<![G-Zg-z])[vV])([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![0-9])(?!\.[0-9])"
)
_DASHED = re.compile(r"(?<![0-9A-Za-z])(?:[iI][pP]|[eE][cC]2)-([0-9]{1,3}(?:-[0-9]{1,3}){3})(?![0-9])")
# No address is longer. The limit keeps the search linear in long runs.
_V6_RUN = re.compile(r"(?<![0-9A-Za-z_])(?<!::)[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,60}(?![0-9A-Za-z_])")
_EUI64 = re.compile(r"(?:[0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2}")
_END = re.compile(r"(?<!:):$|\.++$")
_PORT = re.compile(r"\.[0-9]{1,5}$")
_MAX_LENGTH = 45
_ARPA = ".in-addr.arpa"


def _networks(*texts: str) -> tuple[tuple[int, int], ...]:
    """Return networks as pairs of numbers: first address and mask."""
    networks = map(ip_network, texts)
    return tuple((int(network.network_address), int(network.netmask)) for network in networks)


_SPECIAL_V4 = _networks(
    "0.0.0.0/32", "127.0.0.0/8", "255.255.255.255/32", "224.0.0.0/23", "239.255.255.250/32"
)
_SPECIAL_V6 = _networks("::/128", "::1/128", "ff00::/12")
# These multicast groups end in bits of a host's address.
_TELLING_V6 = _networks("ff02::1:ff00:0/104", "ff02::2:ff00:0/104")


@lru_cache(maxsize=65_536)
def parse(text: str) -> IPv4Address | IPv6Address | None:
    """Parse one address. IPv4 may have leading zeros; an IPv4-mapped address stays IPv6."""
    if len(text) > _MAX_LENGTH or not ("." in text or ":" in text):
        return None
    try:
        return ip_address(text)
    except ValueError:
        octets = text.split(".")
        if len(octets) == 4 and ":" not in text and all(o.isascii() and o.isdigit() for o in octets):
            values = [int(octet) for octet in octets]
            if max(values) < 256:
                return IPv4Address(bytes(values))
        return None


def is_special(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address identifies nobody and is kept.

    Loopback, unspecified, broadcast, and well-known multicast groups. A link-local address is not among
    them: it often holds the hardware address.
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_special(address.ipv4_mapped)
        return _is_in(address, _SPECIAL_V6) and not _is_in(address, _TELLING_V6)
    return _is_in(address, _SPECIAL_V4)


def special_ipv4(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Return the same for many IPv4 addresses, given as numbers."""
    is_special = np.zeros(len(values), np.bool_)
    for network, mask in _SPECIAL_V4:
        is_special |= (values & np.uint32(mask)) == network
    return is_special


def _is_in(address: IPv4Address | IPv6Address, networks: tuple[tuple[int, int], ...]) -> bool:
    value = int(address)
    return any(value & mask == network for network, mask in networks)


def reverse_octets(text: str) -> str:
    """Turn `1.2.3.4` into `4.3.2.1`."""
    return ".".join(reversed(text.split(".")))


def find_addresses(text: str, start: int, end: int) -> Iterator[Found]:
    """Find addresses. The value of each is its canonical text."""
    found = []
    if text.find(":", start, end) >= 0:
        found = list(_find_v6(text, start, end))
    if text.find(".", start, end) >= 0:
        found += [item for item in _find_v4(text, start, end) if not _overlaps(item, found)]
    lower = text[start:end].lower()
    if "ip-" in lower or "ec2-" in lower:
        found += _find_dashed(text, start, end)
    yield from sorted(found)


def _overlaps(item: Found, others: list[Found]) -> bool:
    return any(item.start < other.end and other.start < item.end for other in others)


def _find_v4(text: str, start: int, end: int) -> Iterator[Found]:
    for match in _V4.finditer(text, start, end):
        octets = match[1]
        form = Form.PLAIN
        if text[match.end() : match.end() + len(_ARPA)].lower() == _ARPA:
            octets, form = reverse_octets(octets), Form.REVERSED
        address = parse(octets)
        if address is not None:
            yield Found(match.start(), match.end(), ADDRESS, str(address), form)


def _find_dashed(text: str, start: int, end: int) -> Iterator[Found]:
    for match in _DASHED.finditer(text, start, end):
        address = parse(match[1].replace("-", "."))
        if address is not None:
            yield Found(match.start(), match.end(), ADDRESS, str(address), Form.DASHED)


def _find_v6(text: str, start: int, end: int) -> Iterator[Found]:
    for match in _V6_RUN.finditer(text, start, end):
        run, at = match[0], match.start()
        if run.startswith(":") and not run.startswith("::"):
            # A colon before is a separator, as in `peer:2001:db8::1`; two are a path in a program.
            if text[max(at - 1, 0) : at].endswith(":"):
                continue
            run, at = run[1:], at + 1
        for candidate in _candidates(run):
            address = _v6(candidate)
            if address is not None:
                yield Found(at, at + len(candidate), ADDRESS, str(address))
                break


def _candidates(run: str) -> Iterator[str]:
    """Yield what may be an address at the start of a run, without a final full stop or a port."""
    yield run
    shorter = _END.sub("", run)
    if shorter != run:
        yield shorter
    yield _PORT.sub("", shorter)


def _v6(text: str) -> IPv6Address | None:
    if text.count(":") < 2 or _EUI64.fullmatch(text):
        return None
    # Two names around `::` are a path in a program, not an address.
    if not any(map(str.isdigit, text)) and sum(map(bool, text.split(":"))) < 3:
        return None
    address = parse(text)
    return address if isinstance(address, IPv6Address) else None
