"""What a call counts for: its API key, else its account, else the address of the client."""

from __future__ import annotations

import hashlib
import ipaddress

from starlette.types import Scope

from lumber.identity.rights import Principal

_CREDENTIALS = (b"authorization", b"cookie")
_UNKNOWN = "unknown"
# What one customer of a provider gets, at least.
_IPV6_BITS = 64


def address_of(scope: Scope) -> str:
    """Return the address of the client; of IPv6 its network of 64 bits.

    A proxy that is trusted may name anything: what is no address counts as one address.
    """
    client = scope.get("client")
    try:
        address = ipaddress.ip_address(client[0] if client else "")
    except ValueError:
        return _UNKNOWN
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{int(address) >> (128 - _IPV6_BITS):x}::/{_IPV6_BITS}"


def holder_of(principal: Principal) -> str | None:
    """Return what the calls of a principal count for; None for the machine itself, which has no limits."""
    if principal.key_id is not None:
        return f"key {principal.key_id}"
    return None if principal.user_id is None else f"account {principal.user_id}"


def fingerprint_of(scope: Scope) -> bytes | None:
    """Return a hash of the key or cookie of a request; None if it has neither."""
    found = [value for name, value in scope["headers"] if name in _CREDENTIALS]
    return hashlib.sha256(b"\n".join(found)).digest() if found else None
