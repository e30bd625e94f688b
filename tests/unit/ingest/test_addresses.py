"""Addresses in messages."""

import polars as pl
import pytest

from lumber.ingest.addresses import AddressFinder


def found_in(*messages: str) -> list[str]:
    rows = pl.DataFrame({"timestamp": list(range(len(messages))), "message": list(messages)})
    return AddressFinder().derive(rows["timestamp"], rows["message"])["address"].to_list()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("1.2.3.4", ["1.2.3.4"]),
        ("from 1.2.3.4 port 22", ["1.2.3.4"]),
        ("rhost=218.188.2.4 ", ["218.188.2.4"]),
        ("[173.234.31.186] failed", ["173.234.31.186"]),
        ("1.2.3.4:8080 up", ["1.2.3.4"]),
        ("addr:1.2.3.4", ["1.2.3.4"]),
        ("to [2001:DB8::1]:443", ["2001:db8::1"]),
        ("addr=2001:db8:0:0:0:0:0:1,", ["2001:db8::1"]),
        ("lost ::1", ["::1"]),
        ("::1", ["::1"]),
        ("fe80::1%eth0 is up", ["fe80::1"]),
        ("::ffff:1.2.3.4 in", ["::ffff:102:304"]),
        ("it was 1.2.3.4.", ["1.2.3.4"]),
        ("it was 2001:db8::1: gone", ["2001:db8::1"]),
        ("net fe80::", ["fe80::"]),
        ("10.0.0.1-10.0.0.9", ["10.0.0.1", "10.0.0.9"]),
        ("1.2.3.4,5.6.7.8;9.9.9.9", ["1.2.3.4", "5.6.7.8", "9.9.9.9"]),
        ("/10.1.2.3:54321", ["10.1.2.3"]),
        ("user@1.2.3.4", ["1.2.3.4"]),
        ("version 1.2.3.4.5", []),
        ("v1.2.3.4", []),
        ("libfoo-1.2.3.4-5.el6", []),
        ("1.2.3", []),
        ("256.1.1.1", []),
        ("at 12:34:56", []),
        ("mac 00:11:22:33:44:55", []),
        ("guid 00:11:22:33:44:55:66:77", []),
        ("std::string a::b ::", []),
        ("2024-01-05T10:00:00", []),
        ("1.2.3.4.in-addr.arpa", []),
        ("host1.2.3.4", []),
        ("", []),
    ],
)
def test_only_real_addresses_are_found(message: str, expected: list[str]) -> None:
    assert found_in(message) == expected


def test_a_line_is_one_sighting_of_an_address() -> None:
    messages = [
        "from 1.2.3.4 (1.2.3.4)",
        "no",
        "1.2.3.4 and 5.6.7.8",
        "5.6.7.8-5.6.7.8",
        "5.6.7.8",
        "5.6.7.8",
    ]
    rows = pl.DataFrame({"timestamp": [30, 10, 20, 50, 5, 40], "message": messages})
    derived = (
        AddressFinder()
        .derive(rows["timestamp"], rows["message"])
        .select("address", "first_seen", "last_seen", "sightings")
    )
    assert derived.rows() == [("1.2.3.4", 20, 30, 2), ("5.6.7.8", 5, 50, 4)]
