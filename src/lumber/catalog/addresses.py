"""IP addresses: canonical text, version and scope. Each distinct value is parsed once."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

_PRIVATE = tuple(
    ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed address: canonical text (RFC 5952 for version 6), version 4 or 6, and scope."""

    text: str
    version: int
    scope: str


@lru_cache(maxsize=65_536)
def parse_address(text: str) -> Address | None:
    """Parse one address; None if the text is not an address. An address with a zone (`%eth0`) is not one."""
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return Address(str(address), address.version, _scope(address))


def _scope(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Return the scope (IANA special-purpose address registries); reserved if no other fits."""
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link_local"
    if address.is_multicast:
        return "multicast"
    if any(address in network for network in _PRIVATE if network.version == address.version):
        return "private"
    return "global" if address.is_global else "reserved"


def address_frame(values: pl.Series) -> pl.DataFrame:
    """Look up each value: a frame as long as `values` with `text`, `version` and `scope`.

    All three are null if the value is null or not an address.
    """
    unique = values.unique().drop_nulls()
    parsed = [parse_address(value) for value in unique.to_list()]
    table = pl.DataFrame(
        {
            "value": unique,
            "text": pl.Series([item.text if item else None for item in parsed], dtype=pl.String),
            "version": pl.Series([item.version if item else None for item in parsed], dtype=pl.Int8),
            "scope": pl.Series([item.scope if item else None for item in parsed], dtype=pl.String),
        }
    )
    return (
        values.alias("value")
        .to_frame()
        .join(table, on="value", how="left", maintain_order="left")
        .drop("value")
    )
