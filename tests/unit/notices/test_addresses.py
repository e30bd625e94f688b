"""Which addresses are inside this machine or its network: the edges of every range, and all others."""

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumber.notices.addresses import is_in, is_public, networks, parsed


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("10.0.0.0", "9.255.255.255"),
        ("10.255.255.255", "11.0.0.0"),
        ("100.64.0.0", "100.63.255.255"),
        ("100.127.255.255", "100.128.0.0"),
        ("127.255.255.255", "128.0.0.0"),
        ("169.254.0.0", "169.253.255.255"),
        ("172.31.255.255", "172.32.0.0"),
        ("192.168.255.255", "192.169.0.0"),
        ("168.63.129.16", "168.63.129.17"),
        ("224.0.0.0", "223.255.255.255"),
        ("2001:1ff:ffff::", "2001:200::"),
        ("2002::", "2003::"),
        ("1fff:ffff::", "2600::"),
        ("4000::", "3ffe::"),
        ("::ffff:10.0.0.1", "::ffff:93.184.216.34"),
    ],
)
def test_the_edges_of_the_ranges(inside: str, outside: str) -> None:
    assert not is_public(parsed(inside))
    assert is_public(parsed(outside))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
@example(ipaddress.ip_address("::ffff:1.0.0.0"))
@example(ipaddress.ip_address("::ffff:127.0.0.1"))
def test_what_counts_as_public_is_nothing_that_python_calls_special(
    given_address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    # Python calls all of ::ffff:0:0/96 private; a connection to one goes to the IPv4 address in it.
    address = parsed(str(given_address))
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    assert not (special and is_public(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_ipv6_form_is_one_of_ipv4(address: ipaddress.IPv4Address) -> None:
    assert parsed(f"::ffff:{address}") == address


def test_networks_allow_their_own_version_only() -> None:
    allowed = networks("10.0.0.0/8, ::1")
    assert is_in(parsed("10.2.3.4"), allowed)
    assert is_in(parsed("::ffff:10.2.3.4"), allowed)
    assert is_in(parsed("::1"), allowed)
    assert not is_in(parsed("11.0.0.0"), allowed)
    assert not is_in(parsed("::2"), allowed)
    assert networks("") == ()
