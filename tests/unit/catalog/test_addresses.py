"""Addresses: canonical text, version and scope."""

import ipaddress

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.addresses import Address, address_frame, parse_address

SCOPES = {"global", "private", "loopback", "link_local", "multicast", "reserved"}


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("8.8.8.8", "global"),
        ("2606:4700::1111", "global"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.32.0.1", "global"),
        ("192.168.255.255", "private"),
        ("fd00::1", "private"),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("169.254.1.1", "link_local"),
        ("fe80::1", "link_local"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("0.0.0.0", "reserved"),
        ("192.0.2.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("240.0.0.1", "reserved"),
        ("100.64.0.1", "reserved"),
        ("::", "reserved"),
        ("2001:db8::1", "reserved"),
    ],
)
def test_scope_follows_the_registries(text: str, scope: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert address.scope == scope


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("0:0:0:0:0:0:0:1", "::1"), ("10.0.0.1", "10.0.0.1")],
)
def test_text_is_canonical(text: str, canonical: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert address.text == canonical


@pytest.mark.parametrize(
    "text", ["", "x", "1.2.3", "01.2.3.4", "1.2.3.256", "fe80::1%eth0", "10.0.0.0/8", " ::1"]
)
def test_other_text_is_no_address(text: str) -> None:
    assert parse_address(text) is None


@given(st.ip_addresses())
def test_every_address_keeps_its_value_and_has_a_scope(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    parsed = parse_address(address.exploded)
    assert isinstance(parsed, Address)
    assert ipaddress.ip_address(parsed.text) == address
    assert parsed.version == address.version
    assert parsed.scope in SCOPES
    assert parse_address(parsed.text) == parsed


def test_a_column_is_looked_up_row_by_row() -> None:
    frame = address_frame(pl.Series(["::1", None, "x", "10.0.0.1", "::1"]))
    assert frame.rows() == [
        ("::1", 6, "loopback"),
        (None, None, None),
        (None, None, None),
        ("10.0.0.1", 4, "private"),
        ("::1", 6, "loopback"),
    ]


def test_a_column_of_nulls_has_the_same_columns() -> None:
    frame = address_frame(pl.Series([None, None], dtype=pl.String))
    assert frame.schema == {"text": pl.String, "version": pl.Int8, "scope": pl.String}
    assert frame.rows() == [(None, None, None)] * 2
