"""Undo pseudonyms with the key: addresses directly, all others by values that are known."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.kind import Holds
from lumber.catalog.registry import get_kind
from lumber.privacy.found import ADDRESS
from lumber.privacy.prefix_preserving import PrefixPreserving
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.reversing import KnownValues, Reverser, find_pseudonyms, renewed
from lumber.privacy.rule import AddressMode
from tests.unit.privacy.rules import OTHER_KEY, records, rule

LINES = (
    "Failed password for bob from 77.12.30.198 port 22",
    "mail from ann.lee@corp.example to +4915123456789, IBAN DE89370400440532013000",
    "DHCPACK on 10.0.0.7 to 22:23:b3:0c:09:cb (nas7) via eth0",
    "pool-77-12-30-198.isp.example is 198.30.12.77.in-addr.arpa",
    "GET /cart?uid=8123994 HTTP/1.1 from 2001:db8::7",
    "web7 said phone=030 2345678 and ssn=219-09-9999, lat=52.520008 lon=13.404954",
)
VALUES = (
    "bob",
    "Ann.Lee@corp.example",
    "+49 151 23456789",
    "DE89 3704 0044 0532 0130 00",
    "2223.b30c.09cb",
    "NAS7.",
    "8123994",
    "web7.plant.example",
    "030 2345678",
    "219-09-9999",
    "52.520008",
    "13.404954",
)


@pytest.fixture(scope="module")
def rows():
    return records(
        "logs",
        *({"message": line, "host_name": "web7.plant.example", "device_ip": "192.0.2.9"} for line in LINES),
    )


def written(rows, **changes) -> list[str]:
    frame, _ = Pseudonymizer(rule(**changes)).apply(rows, get_kind("logs"))
    return frame["message"].to_list()


@given(st.binary(min_size=32, max_size=32).filter(lambda key: key[:16] != key[16:]), st.data())
def test_what_is_encrypted_is_decrypted(key: bytes, data) -> None:
    cipher = PrefixPreserving(key)
    for version, bits in ((IPv4Address, 32), (IPv6Address, 128)):
        address = version(data.draw(st.integers(0, 2**bits - 1)))
        assert cipher.decrypt(cipher.encrypt(address)) == address


def test_a_published_vector_is_decrypted() -> None:
    cipher = PrefixPreserving(
        bytes.fromhex("0123456789abcdeffedcba98765432101032547698badcfeefcdab8967452301")
    )
    assert cipher.decrypt(ip_address("100.115.72.131")) == ip_address("192.0.2.1")
    assert str(cipher.decrypt(ip_address("c180:5dd4:2587:3524:30ab:fa65:6ab6:f88"))) == "2001:db8::1"


@pytest.mark.parametrize("context", [None, "acme"])
def test_texts_come_back_from_the_values_that_the_owner_knows(rows, context: str | None) -> None:
    hidden = written(rows, context=context)
    wanted = {item.value for text in hidden for item in find_pseudonyms(text)}
    known = KnownValues(rule(context=context), wanted)
    for value in VALUES:
        assert not known.is_complete
        known.add(value)
    assert known.is_complete
    reverser = Reverser(rule(context=context), known.values)
    found = [reverser.original(text) for text in hidden]
    assert [item for _, items in found for item in items if item.value is None] == []
    for (text, _), line in zip(found, LINES, strict=True):
        # Identifiers come back in their normal form.
        plain = line.replace("030 2345678", "0302345678").replace("219-09-9999", "219099999")
        assert text == plain


def test_texts_come_back_from_the_rows_of_the_database(rows) -> None:
    hidden = written(rows)
    wanted = {item.value for text in hidden for item in find_pseudonyms(text)}
    known = KnownValues(rule(), wanted)
    held = contents(get_kind("logs"))
    for row in rows.iter_rows(named=True):
        known.add_row([(name, content, row[name]) for name, content in held.items()])
    assert known.is_complete
    assert known.values.keys() <= wanted
    assert ("user", "bob") in known.values.values()


def test_other_ways_with_addresses_and_types_of_ones_own_are_known_too(rows) -> None:
    text = " ".join(written(rows, addresses=AddressMode.TOKEN))
    token = KnownValues(rule()).values  # nothing is known yet
    assert token == {}
    known = KnownValues(rule(), {item.value for item in find_pseudonyms(text)} | {"own_project_" + "0" * 16})
    known.add("77.12.30.198")
    assert ("address", "77.12.30.198") in known.values.values()
    own = KnownValues(rule(), {of_own("own:device_id", "d-17"), of_own("own:project", "Falcon")})
    own.add("Falcon")
    own.add_row([("device_id", Holds.TEXT, "d-17")])
    assert sorted(own.values.values()) == [("own:device_id", "d-17"), ("own:project", "Falcon")]


def of_own(type_: str, value: str) -> str:
    from lumber.privacy.issued import Issued
    from lumber.privacy.pseudonyms import Pseudonyms

    return Pseudonyms(rule(), Issued()).token(type_, value)


def test_without_candidates_only_addresses_come_back(rows) -> None:
    hidden = written(rows)
    text, items = Reverser(rule(), {}).original(hidden[0])
    assert "from 77.12.30.198 port 22" in text
    assert [(item.type, item.value) for item in items] == [("user", None), (ADDRESS, "77.12.30.198")]
    assert Reverser(rule(), {}, decrypts=False).original(hidden[0])[0] == hidden[0]
    # Loopback addresses stay as they are, in exports and here.
    assert Reverser(rule(), {}).original("127.0.0.1 ::1") == ("127.0.0.1 ::1", [])


def test_a_mapping_joins_the_pseudonyms_of_two_keys(rows) -> None:
    old, new = rule(context="acme"), rule(key=OTHER_KEY)
    before, after = written(rows, context="acme"), written(rows, key=OTHER_KEY)
    known = KnownValues(old)
    for value in VALUES:
        known.add(value)
    wanted = {item.value for text in before for item in find_pseudonyms(text)}
    mapping = {was: becomes for _, was, becomes in renewed(old, new, known.values, wanted)}
    assert wanted <= mapping.keys()
    for one, other in zip(before, after, strict=True):
        expected = [item.value for item in find_pseudonyms(other)]
        assert [mapping[item.value] for item in find_pseudonyms(one)] == expected
    few = KnownValues(old, wanted)
    assert {each[0] for each in renewed(old, new, few.values, wanted)} == {ADDRESS}
