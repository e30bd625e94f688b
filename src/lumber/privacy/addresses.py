"""IP addresses in texts, in all their spellings, and the few that identify nobody.

This is the one definition of an address: the rewrite replaces what it finds, and the scan after writing
reports it. Found: IPv4 and IPv6 with ports (`:443`, `.443`), brackets, prefix lengths, zones and ranges;
IPv4-mapped IPv6; octets with leading zeros; names below `in-addr.arpa`; the forms of `address_forms`. Not
found: versions, and an address inside a longer chain of numbers, such as an OID.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import numpy as np
import numpy.typing as npt

from lumber.privacy.address_forms import find_forms
from lumber.privacy.found import ADDRESS, Form, Found
from lumber.privacy.versions import is_version

# A text with an address matches this pattern, in the syntax of Polars.
MAYBE = (
    r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){5}|6\.(?:arpa|ARPA)"
    r"|[0-9](?:-[0-9]{1,3}-[0-9]{1,3}-|_[0-9]{1,3}_[0-9]{1,3}_)[0-9]|[0-9][\[({](?:\.|dot)[\])}][0-9]"
)
# Numbers between dots: an address, an address and a port, or a longer chain such as an OID.
_CHAIN = re.compile(r"(?<![0-9])(?<![0-9]\.)[0-9]++(?:\.[0-9]++){3,}+")
# `v1.2.3.4` is a version, `srv1.2.3.4` is not. A hexadecimal digit before the `v` may end a token.
_BEHIND_V = re.compile(r"(?<![G-Zg-z])[vV]\Z")
# Smaller fifth numbers may belong to a version or an OID.
_PORTS = range(1_024, 65_536)
# No address is longer. The limit keeps the search linear in long runs.
_V6_RUN = re.compile(r"(?<![0-9A-Za-z_])(?<!::)[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,60}(?![0-9A-Za-z_])")
_EUI64 = re.compile(r"(?:[0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2}")
_END = re.compile(r"(?<!:):$|\.++$")
_PORT = re.compile(r"\.[0-9]{1,5}$")
_MAX_LENGTH = 45
_ARPA = ".in-addr.arpa"
_GROUPS = 8
# What follows an IPv6 address without brackets.
_V6_PORT = re.compile(r":([0-9]{1,5})\Z")


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


def find_addresses(text: str, start: int, end: int) -> Iterator[Found]:
    """Find addresses. The value of each is its canonical text."""
    # Nibbles below `ip6.arpa` may look like `1.2.3.4`.
    found = list(find_forms(text, start, end, _canonical))
    if text.find(":", start, end) >= 0:
        found += [item for item in _find_v6(text, start, end) if not _overlaps(item, found)]
    if text.find(".", start, end) >= 0:
        found += [item for item in _find_v4(text, start, end) if not _overlaps(item, found)]
    yield from sorted(found)


def _canonical(text: str) -> str | None:
    address = parse(text)
    return None if address is None else str(address)


def overlap(item: Found, other: Found) -> bool:
    """Return whether two matches have a character in common."""
    return item.start < other.end and other.start < item.end


def _overlaps(item: Found, others: list[Found]) -> bool:
    return any(overlap(item, other) for other in others)


def _find_v4(text: str, start: int, end: int) -> Iterator[Found]:
    for match in _CHAIN.finditer(text, start, end):
        octets = match[0].split(".")
        if len(octets) > 5 or max(map(len, octets[:4])) > 3:
            continue
        if len(octets) == 5 and (len(octets[4]) > 5 or int(octets[4]) not in _PORTS):
            continue
        first, form = match.start(), Form.PLAIN
        last = first + len(".".join(octets[:4]))
        is_behind_v = (
            text[first - 1 : first] in ("v", "V") and _BEHIND_V.search(text, first - 1, first) is not None
        )
        if is_behind_v or is_version(text, first, match.end()):
            continue
        if text[last : last + len(_ARPA)].lower() == _ARPA:
            octets, form = octets[::-1], Form.REVERSED
        address = parse(".".join(octets[:4]))
        if address is not None:
            yield Found(first, last, ADDRESS, str(address), form)


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
    port = _V6_PORT.search(shorter)
    # After eight groups, or of five digits, it can't be a group.
    if port is not None and (len(port[1]) == 5 or shorter.count(":") == _GROUPS):
        yield shorter[: port.start()]


def _v6(text: str) -> IPv6Address | None:
    if text.count(":") < 2 or _EUI64.fullmatch(text):
        return None
    # Two names around `::` are a path in a program, not an address.
    if not any(map(str.isdigit, text)) and sum(map(bool, text.split(":"))) < 3:
        return None
    address = parse(text)
    return address if isinstance(address, IPv6Address) else None
