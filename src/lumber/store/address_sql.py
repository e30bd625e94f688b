"""Asks in SQL whether a text is an internet address inside one of several networks.

What counts as an address is what Python's `ipaddress` takes, without a zone (`%eth0`). Text that is not one
never matches and never raises. An IPv4 network holds no IPv6 address and the reverse.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from lumber.store.url import Dialect

Clause = sa.ColumnElement[bool]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Text = sa.ColumnElement[Any]

# No leading zeros: PostgreSQL would read 010.0.0.1 as 10.0.0.1.
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4_PATTERN = rf"^{_OCTET}([.]{_OCTET}){{3}}$"
_IPV6_PATTERN = "^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$"


def in_networks(column: Text, networks: Sequence[str], dialect: Dialect) -> Clause:
    """Return whether `column` is an address inside any of `networks`; false or null otherwise."""
    parsed: list[Network] = [ipaddress.ip_network(text, strict=False) for text in networks]
    if dialect == "postgresql":
        return _in_networks_postgresql(column, parsed)
    alternatives = []
    four = [network for network in parsed if network.version == 4]
    if four:
        alternatives.append(_is_between(column, "0123456789.", _ipv4_key(column), four))
    return sa.or_(sa.false(), *alternatives)


def _in_networks_postgresql(column: Text, networks: Sequence[Network]) -> Clause:
    array = "{" + ",".join(str(network) for network in networks) + "}"
    targets = sa.cast(sa.literal(array, sa.Text()), postgresql.ARRAY(postgresql.INET()))
    is_address = sa.and_(
        sa.or_(column.regexp_match(_IPV4_PATTERN), column.regexp_match(_IPV6_PATTERN)),
        sa.func.pg_input_is_valid(column, "inet"),
    )
    # Only CASE promises that the cast does not run on text that is not an address.
    within = sa.cast(column, postgresql.INET()).bool_op("<<=")(sa.func.any(targets))
    return sa.case((is_address, within), else_=sa.false())


def _is_between(column: Text, alphabet: str, key: Text, networks: Sequence[Network]) -> Clause:
    """Return whether `key` lies between the bounds of any of `networks`."""
    bounds = json.dumps([[_key(network[0]), _key(network[-1])] for network in networks])
    address = _each(sa.func.json_array(key), "address")
    network = _each(sa.literal(bounds, sa.Text()), "network")
    low, high = (sa.func.json_extract(network.c.value, path) for path in ("$[0]", "$[1]"))
    found = sa.exists(sa.select(1).select_from(address, network).where(address.c.value.between(low, high)))
    # Cheap, and true for almost every row: what holds another character is not looked at any further.
    return sa.case((sa.func.ltrim(column, alphabet) == "", found), else_=sa.false())


def _ipv4_key(text: Text) -> Text:
    """Return the address as `7f00:0001`, two groups of four hexadecimal digits; null when it is none."""
    octets = _each(_array(text, "."), "octets")
    value = octets.c.value
    number = sa.cast(value, sa.Integer)
    is_octet = sa.and_(sa.cast(number, sa.Text) == value, number <= 255)
    digits = sa.func.printf(sa.case((octets.c.key == 2, ":%02x"), else_="%02x"), number)
    is_address = sa.and_(sa.func.count() == 4, sa.func.min(is_octet) == 1)
    key = sa.case((is_address, sa.func.group_concat(digits, "")))
    return sa.select(key).select_from(octets).scalar_subquery()


def _array(text: Text, separator: str) -> Text:
    """Return `text`, split, as a JSON array; it must hold no character that JSON would escape."""
    return sa.literal('["', sa.Text()) + sa.func.replace(text, separator, '","') + sa.literal('"]', sa.Text())


def _each(json_text: Text, name: str) -> sa.TableValuedAlias:
    """Return the elements of a JSON array as a table with `key` and `value`."""
    function = sa.func.json_each(json_text)
    return function.table_valued(
        sa.column("key", sa.Integer), sa.column("value", sa.Text), name=name, joins_implicitly=True
    )


def _key(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    digits = address.packed.hex()
    return ":".join(digits[start : start + 4] for start in range(0, len(digits), 4))
