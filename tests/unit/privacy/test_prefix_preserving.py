"""Prefix-preserving encryption: the draft's vectors, and the property that it is named after."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.privacy.prefix_preserving import PrefixPreserving

FIRST = "0123456789abcdeffedcba98765432101032547698badcfeefcdab8967452301"
SECOND = "2b7e151628aed2a6abf7158809cf4f3ca9f5ba40db214c3798f2e1c23456789a"
KEYS = st.binary(min_size=32, max_size=32).filter(lambda key: key[:16] != key[16:])


@pytest.mark.parametrize(
    ("key", "address", "expected"),
    [
        (FIRST, "0.0.0.0", "151.82.155.134"),
        (FIRST, "255.255.255.255", "94.185.169.89"),
        (FIRST, "192.0.2.1", "100.115.72.131"),
        (FIRST, "2001:db8::1", "c180:5dd4:2587:3524:30ab:fa65:6ab6:f88"),
        (FIRST, "2001:db8::2", "c180:5dd4:2587:3524:30ab:fa65:6ab6:f8a"),
        (FIRST, "2001:db8:1234:5678:9abc:def0:1234:5678", "c180:5dd4:3f39:5792:2334:a348:e913:4af5"),
        (SECOND, "10.0.0.47", "19.214.210.244"),
        (SECOND, "10.0.0.129", "19.214.210.80"),
        (SECOND, "10.0.0.234", "19.214.210.30"),
    ],
)
def test_the_published_vectors_come_out(key: str, address: str, expected: str) -> None:
    cipher = PrefixPreserving(bytes.fromhex(key))
    assert str(cipher.encrypt(ip_address(address))) == expected


def shared_bits(one: int, other: int, bits: int) -> int:
    return bits - (one ^ other).bit_length()


@given(KEYS, st.integers(0, 2**32 - 1), st.integers(0, 31), st.data())
def test_ipv4_addresses_share_exactly_as_many_leading_bits(key, value, shared, data) -> None:
    low = data.draw(st.integers(0, 2 ** (31 - shared) - 1))
    other = (value ^ (1 << (31 - shared))) & ~(2 ** (31 - shared) - 1) | low
    cipher = PrefixPreserving(key)
    one, two = cipher.encrypt(IPv4Address(value)), cipher.encrypt(IPv4Address(other))
    assert shared_bits(value, other, 32) == shared
    assert isinstance(one, IPv4Address)
    assert shared_bits(int(one), int(two), 32) == shared


@given(KEYS, st.integers(0, 2**128 - 1), st.integers(0, 127), st.data())
def test_ipv6_addresses_share_exactly_as_many_leading_bits(key, value, shared, data) -> None:
    low = data.draw(st.integers(0, 2 ** (127 - shared) - 1))
    other = (value ^ (1 << (127 - shared))) & ~(2 ** (127 - shared) - 1) | low
    cipher = PrefixPreserving(key)
    one, two = cipher.encrypt(IPv6Address(value)), cipher.encrypt(IPv6Address(other))
    assert shared_bits(int(one), int(two), 128) == shared


@given(KEYS, st.ip_addresses())
def test_an_independent_implementation_says_the_same(key, address) -> None:
    from ipcrypt import pfx_encrypt

    assert PrefixPreserving(key).encrypt(address) == pfx_encrypt(str(address), key)


@pytest.mark.parametrize("key", [b"", b"x" * 31, b"sixteen bytes!!!" * 2])
def test_a_key_of_the_wrong_size_or_with_equal_halves_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PrefixPreserving(key)
