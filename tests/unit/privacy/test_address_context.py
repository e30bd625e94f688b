"""What the words of a text tell about its numbers: the rewrite and the scan read them in the same way."""

import json
from ipaddress import IPv4Address

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.registry import get_kind
from lumber.privacy.address_context import MAYBE, beside
from lumber.privacy.macs import MAYBE as MAYBE_MAC
from lumber.privacy.macs import find_keyed_macs
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.rule import AddressMode
from tests.examples import examples
from tests.unit.privacy.rules import only, records, rule

LOGS = get_kind("logs")
ADDRESS = IPv4Address("77.12.30.198")
HEX, INTEGER = f"{int(ADDRESS):08x}", str(int(ADDRESS))
TOLD = [
    f"src addr 0x{HEX} dropped",
    f"src_ip={INTEGER} dst_ip=9 action=allow",
    f'"clientIp": "{INTEGER}"',
    f"peer address: {HEX.upper()}",
    f"IPVS: rr: TCP {HEX.upper()}:01BB - no destination available",
    "IP 77.12.30.198.53 > 9.9.9.9.443: UDP",
    "9.9.9.9.443 > 77.12.30.198.53: UDP",
]
NOT_TOLD = [
    "fault at address 0x4d0c1ec6",
    "id=1292640966 size 1292640966 ip=12 ip=deadbeef1",
    "trap OID 1.3.6.1.4 value 7",
    "skip 4d0c1ec6 and ship 1292640966",
]
VERSIONS = [
    "patch installed, version 2.22.11.15",
    'Version: "2.22.11.15"',
    "appVersion=2.22.11.15; fw 1.0.3.4",
    "upgraded nginx from 1.18.0.1 to 1.18.0.2",
    "pip: Successfully installed requests-2.1.3.4 urllib3-1.26.1.5",
    "unknown permission in com.acme.reader 14.21.7.2",
    "version v1.2.3.4",
    "version 1.2.3.4 -> 1.2.3.5",
    "moved from version 1.2.3.4 to 1.2.3.5",
]
ADDRESSES = [
    "conversion from 10.1.2.3",
    "version 10.1.2.3:443",
    "dhcp: release 10.1.2.3",
    "mail.example.com 10.1.2.3",
    "upgraded connection 10.1.2.3",
    "kernel: 10.1.2.3: martian source",
    "openvpn: 10.1.2.3 connected",
    "version 1.2.3.4, 10.1.2.3",
    "version 1.2.3.4 from 10.1.2.3",
    "pushed firmware 1.2.3.4 to 10.1.2.3",
]


def rewritten(
    *texts: str, mode: AddressMode = AddressMode.PREFIX_PRESERVING, column: str = "message"
) -> list[str]:
    pseudonymizer = Pseudonymizer(rule(addresses=mode))
    changed, _ = pseudonymizer.apply(
        records("logs", *({"message": "m", column: text} for text in texts)), LOGS
    )
    assert pseudonymizer.scanner.frame(changed, contents(LOGS), "", message="message") == []
    return changed[column].to_list()


@pytest.mark.parametrize("text", TOLD)
def test_words_tell_that_a_number_is_an_address(text: str) -> None:
    told = beside(text)
    assert told is not None
    assert str(ADDRESS) in [item.value for item in told.found]
    assert pl.Series([text]).str.contains(MAYBE).item()


@pytest.mark.parametrize("mode", [mode for mode in AddressMode if mode is not AddressMode.KEEP])
def test_an_address_that_words_tell_is_replaced(mode: AddressMode) -> None:
    for new in rewritten(*TOLD, mode=mode):
        assert not any(spelling in new.lower() for spelling in (HEX, INTEGER, str(ADDRESS))), new


def test_an_address_as_a_number_keeps_its_form_and_its_pseudonym() -> None:
    plain, hexadecimal, bare, integer = rewritten(
        str(ADDRESS), f"src_ip=0x{HEX}", f"src_ip={HEX.upper()}", f"src_ip={INTEGER}"
    )
    number = int(IPv4Address(plain))
    assert hexadecimal == f"src_ip=0x{number:08x}"
    assert bare == f"src_ip={number:08X}"
    assert integer == f"src_ip={number:010}"


def test_other_numbers_stay() -> None:
    assert rewritten(*NOT_TOLD) == NOT_TOLD


@pytest.mark.parametrize("text", VERSIONS)
def test_words_tell_that_a_number_is_a_version(text: str) -> None:
    told = beside(text)
    assert told is not None
    assert told.left
    assert pl.Series([text]).str.contains(MAYBE).item()


@pytest.mark.parametrize("mode", AddressMode)
def test_a_version_stays(mode: AddressMode) -> None:
    assert rewritten(*VERSIONS, mode=mode) == VERSIONS


def test_an_address_beside_such_words_is_replaced() -> None:
    for new in rewritten(*ADDRESSES):
        assert "10.1.2.3" not in new


def test_the_name_of_a_field_tells_as_a_key_does() -> None:
    document = {
        "version": "2.22.11.15",
        "appVersion": "v2.22.11.15",
        "srcIp": int(ADDRESS),
        "client_address": f"0x{HEX}",
        "macAddress": "2223b30c09cb",
        "size": int(ADDRESS),
        "id": HEX,
        "address": "10.1.2.3",
    }
    plain, _ = rewritten(str(ADDRESS), "10.1.2.3")
    (text,) = rewritten(json.dumps(document), column="structured_data")
    new = json.loads(text)
    assert (new["version"], new["appVersion"]) == (document["version"], document["appVersion"])
    assert (new["size"], new["id"]) == (document["size"], document["id"])
    number = int(IPv4Address(plain))
    assert int(new["srcIp"]) == number
    assert new["client_address"] == f"0x{number:08x}"
    assert new["macAddress"].startswith("mac_")
    assert new["address"] != "10.1.2.3"


def test_a_rule_for_addresses_only_reads_words_as_well() -> None:
    texts = [
        *TOLD,
        *NOT_TOLD,
        *VERSIONS,
        *ADDRESSES,
        *(json.dumps({"version": "1.2.3.4", "m": t}) for t in TOLD),
    ]
    frame = records(
        "logs", *({"message": text, "structured_data": json.dumps({"a": text})} for text in texts)
    )
    alone = Pseudonymizer(only(addresses=AddressMode.PREFIX_PRESERVING))
    changed, _ = alone.apply(frame, LOGS)
    everything, _ = Pseudonymizer(rule(removes_secrets=False)).apply(frame, LOGS)
    assert changed["message"].to_list() == everything["message"].to_list()
    assert changed["structured_data"].to_list() == everything["structured_data"].to_list()


_AROUND = st.sampled_from(
    [
        "version ", "src_ip=", "ip ", "client addr ", "TCP ", "upgraded from ", " to ", "a-",
        "mac ", "hwaddr=", "Successfully installed ", '"version":"', "10.1.2.3", "77.12.30.198.53",
        " > ", "0x4d0c1ec6", "4D0C1EC6", "1292640966", "2223b30c09cb", ":01BB", ":443", "-5ubuntu1",
        ".in-addr.arpa", "host ", "user=", "%20", "\\n", "[.]", "77-12-30-198", ".isp.example",
        "2001:db8::1", " ", " ", "\n", '"', ",", "(", ")", "v", "web-1",
    ]
)  # fmt: skip


@examples(60)
@given(
    st.lists(st.lists(_AROUND, max_size=10).map("".join), min_size=1, max_size=5),
    st.sampled_from(AddressMode),
)
def test_the_scan_finds_nothing_in_what_was_rewritten(texts: list[str], mode: AddressMode) -> None:
    rewritten(*(f"m {text}" for text in texts), mode=mode)
    rewritten(
        *(json.dumps({"srcIp": text, "version": text}) for text in texts), mode=mode, column="structured_data"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("client mac 2223b30c09cb joined", ["22:23:b3:0c:09:cb"]),
        ("client_mac=2223B30C09CB vlan=7", ["22:23:b3:0c:09:cb"]),
        ("mac-address 2223b3-0c09cb learned on port 7", ["22:23:b3:0c:09:cb"]),
        ("hwaddr 22 23 b3 0c 09 cb, BSSID: 2223-b30c-09cb", ["22:23:b3:0c:09:cb"] * 2),
        ("10,03/02/26,10:00:00,Assign,10.1.2.3,host,2223B30C09CB,,7,0,,,", ["22:23:b3:0c:09:cb"]),
        ("mac ffffffffffff mac 000000000000 hmac 2223b30c09cbaa", []),
        ("commit 2223b30c09cb state 2223b30c09cb macro 2223b30c09cb", []),
        ("mac 2223b30c09cb-0815 aa,2223B30C09CB,bb", []),
    ],
)
def test_hardware_addresses_beside_a_telling_word(text: str, expected: list[str]) -> None:
    assert [item.value for item in find_keyed_macs(text, 0, len(text))] == expected
    assert not expected or pl.Series([text]).str.contains(MAYBE_MAC).item()
