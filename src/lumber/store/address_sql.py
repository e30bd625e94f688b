"""Tests in SQL whether a text is an IP address inside one of several networks.

An address is what Python's `ipaddress` accepts, without a zone (`%eth0`). Other text never matches and never
raises. An IPv4 network contains no IPv6 address, and vice versa.

PostgreSQL has a type for addresses. SQLite has none, and the driver that reads partitions can't call our own
functions. There an address becomes a key of fixed width that sorts like the address: groups of four
hexadecimal digits, two for IPv4 (`7f00:0001`) and eight for IPv6. A network is the range between two keys.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from lumber.store.url import Dialect

Clause = sa.ColumnElement[bool]
Text = sa.ColumnElement[Any]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_DECIMAL = "0123456789"
_HEXADECIMAL = "0123456789abcdefABCDEF"
# PostgreSQL would read 010.0.0.1 as 10.0.0.1, and pad ::1.2.3 to four octets.
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_DOTTED = f"{_OCTET}([.]{_OCTET}){{3}}"
_PATTERN = f"^({_DOTTED}|[0-9A-Fa-f:]*:([0-9A-Fa-f]*|{_DOTTED}))$"


def in_networks(column: Text, networks: Sequence[str], dialect: Dialect) -> Clause:
    """Return whether `column` is an address inside any of `networks`; false or null otherwise."""
    parsed = [ipaddress.ip_network(text, strict=False) for text in networks]
    return (_in_networks_postgresql if dialect == "postgresql" else _in_networks_sqlite)(column, parsed)


def _in_networks_postgresql(column: Text, networks: Sequence[Network]) -> Clause:
    from sqlalchemy.dialects import postgresql  # exports from SQLite don't load it

    array = "{" + ",".join(str(network) for network in networks) + "}"
    targets = sa.cast(sa.literal(array, sa.Text()), postgresql.ARRAY(postgresql.INET()))
    is_address = sa.and_(column.regexp_match(_PATTERN), sa.func.pg_input_is_valid(column, "inet"))
    # Only CASE guarantees that the cast does not run on other text.
    within = sa.cast(column, postgresql.INET()).bool_op("<<=")(sa.func.any(targets))
    return sa.case((is_address, within), else_=sa.false())


def _in_networks_sqlite(column: Text, networks: Sequence[Network]) -> Clause:
    four = [network for network in networks if isinstance(network, ipaddress.IPv4Network)]
    six = [network for network in networks if isinstance(network, ipaddress.IPv6Network)]
    collapse = ipaddress.collapse_addresses
    # A test of the alphabet is cheap and excludes most text, also NUL and quotes.
    branches = []
    if four:
        branches.append((_holds_only(column, _DECIMAL + "."), _is_between(_ipv4_key(column), collapse(four))))
    if six:
        may_be = sa.and_(sa.func.instr(column, ":") > 0, _holds_only(column, _HEXADECIMAL + ".:"))
        branches.append((may_be, _is_between(_ipv6_key(column), collapse(six))))
    return sa.case(*branches, else_=sa.false())


def _is_between(key: Text, networks: Iterable[Network]) -> Clause:
    """Return whether `key` lies between the bounds of any of `networks`."""
    bounds = json.dumps([[_key(network[0]), _key(network[-1])] for network in networks])
    address, network = _named(key, "address"), _each(sa.literal(bounds, sa.Text()), "network")
    low, high = (sa.func.json_extract(network.c.value, path) for path in ("$[0]", "$[1]"))
    return sa.exists(sa.select(1).select_from(address, network).where(address.c.value.between(low, high)))


def _ipv4_key(text: Text) -> Text:
    """Return the two groups of an IPv4 address; null if `text`, of digits and dots, is not an address."""
    octets = _each(_split(text, "."), "octets")
    number = sa.cast(octets.c.value, sa.Integer)
    is_octet = sa.and_(sa.cast(number, sa.Text) == octets.c.value, number <= 255)
    digits = sa.func.printf(sa.case((octets.c.key == 2, ":%02x"), else_="%02x"), number)
    return _joined(octets, is_octet, count=4, parts=digits, separator="")


def _ipv6_key(text: Text) -> Text:
    """Return the eight groups of an IPv6 address; null if `text`, of its alphabet, is not an address."""
    plain = _named(_without_ipv4_tail(text), "plain")
    groups = _each(_split(_without_gap(plain.c.value), ":"), "groups")
    value = groups.c.value
    is_group = sa.and_(sa.func.length(value).between(1, 4), _holds_only(value, _HEXADECIMAL))
    padded = sa.func.substr(sa.literal("000").concat(sa.func.lower(value)), -4)
    return _joined(groups, is_group, count=8, parts=padded, separator=":", beside=plain)


def _without_ipv4_tail(text: Text) -> Text:
    """Write the dotted tail of `::ffff:192.0.2.1` as two groups; null if the tail is not IPv4."""
    head = sa.func.rtrim(text, _HEXADECIMAL + ".")  # up to the last colon
    tail = sa.func.substr(text, sa.func.length(head) + 1)
    key = sa.case((_holds_only(tail, _DECIMAL + "."), _ipv4_key(tail)))
    return sa.case((sa.func.instr(text, ".") == 0, text), else_=head.concat(key))


def _without_gap(text: Text) -> Text:
    """Write out the zero groups that `::` stands for; null if the colons alone make the text invalid.

    There are `colons + 1` groups. The gap is an empty group, and a `::` at an end adds another one.
    """
    colons = _count(text, ":")
    at_ends = sa.case((_matches(text, "::*"), 1), else_=0) + sa.case((_matches(text, "*::"), 1), else_=0)
    # At least one zero group: a gap beside eight groups makes nine, which are invalid.
    missing = sa.func.max(8 - (colons - at_ends), 1)
    zeros = sa.literal(":").concat(sa.func.substr("0:0:0:0:0:0:0:0:", 1, 2 * missing))
    filled = sa.func.trim(sa.func.replace(text, "::", zeros), ":")
    is_well_formed = sa.and_(
        sa.func.instr(text, ":::") == 0,
        _count(text, "::") <= 1,
        sa.not_(_matches(text, ":[^:]*")),
        sa.not_(_matches(text, "*[^:]:")),
    )
    return sa.case((is_well_formed, filled))


def _joined(
    pieces: sa.TableValuedAlias,
    is_valid: Clause,
    *,
    count: int,
    parts: Text,
    separator: str,
    beside: sa.TableValuedAlias | None = None,
) -> Text:
    """Join the parts into one text; null unless there are `count` pieces and all are valid."""
    is_address = sa.and_(sa.func.count() == count, sa.func.min(is_valid) == 1)
    key = sa.case((is_address, sa.func.group_concat(parts, separator)))
    sources = [pieces] if beside is None else [beside, pieces]
    return sa.select(key).select_from(*sources).scalar_subquery()


def _holds_only(text: Text, alphabet: str) -> Clause:
    # Unlike GLOB and length, ltrim doesn't stop at a NUL character.
    return sa.func.ltrim(text, alphabet) == ""


def _matches(text: Text, pattern: str) -> Clause:
    return text.bool_op("GLOB")(pattern)


def _count(text: Text, part: str) -> Text:
    length = sa.func.length
    return (length(text) - length(sa.func.replace(text, part, ""))) / sa.literal_column(str(len(part)))


def _split(text: Text, separator: str) -> Text:
    """Return `text` as a JSON array of its parts; it must not contain characters that JSON escapes."""
    return sa.literal('["').concat(sa.func.replace(text, separator, '","')).concat('"]')


def _named(value: Text, name: str) -> sa.TableValuedAlias:
    """Return a table of one row with `value`, which is computed once even if it is used several times."""
    return _each(sa.func.json_array(value), name)


def _each(json_text: Text, name: str) -> sa.TableValuedAlias:
    """Return the elements of a JSON array as a table with `key` and `value`."""
    columns = sa.column("key", sa.Integer), sa.column("value", sa.Text)
    return sa.func.json_each(json_text).table_valued(*columns, name=name, joins_implicitly=True)


def _key(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    digits = address.packed.hex()
    return ":".join(digits[start : start + 4] for start in range(0, len(digits), 4))
