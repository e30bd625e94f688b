"""Parts of texts, such as the values in a template's slots: a part of a clean text is clean."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.kind import Holds
from lumber.catalog.registry import get_kind
from lumber.privacy.findings import Finding
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.rule import AddressMode
from lumber.steps.lists import json_lists
from lumber.steps.templates.masks import Masks, mask
from tests.examples import examples
from tests.unit.privacy.planted import texts
from tests.unit.privacy.rules import records, rule

LOGS = get_kind("logs")
MODES = list(AddressMode)
HELD = {"message": Holds.TEXT, "template_params": Holds.PARTS}
# Parts of these look like addresses, cards and the like, which the texts themselves don't.
ORDINARY = [
    "query PTR 77.12.30.198.in-addr.arpa",
    "query PTR 8.b.d.0.1.0.0.2.ip6.arpa",
    "IP 198.30.12.77.42951 > 9.9.9.9.53: UDP, length 40",
    "trap OID 1.3.6.1.4.1.9.9.13 value 1.2.3.4.5",
    "loaded v7.4.2.9 and driver7.4.2.9b",
    "fingerprint MD5:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99 matches",
    "chain 1:2:3:4:5:6:7:8:9 and 2001:db8::1::2 and fe80::1:2:3:4:5:6:7:8:9",
    "Received block blk_-4111111111111111 and blk_4111111111111111",
    "peer 2001:db8::9.5353 > ff02::fb.5353: mdns",
]


def parts_of(messages: list[str], masks: Masks) -> pl.DataFrame:
    """Return messages beside the values that templates cut out of them."""
    cut = mask(pl.Series(messages, dtype=pl.String), masks)
    params = cut.select(json_lists("values")).to_series().alias("template_params")
    return pl.DataFrame([pl.Series("message", messages, dtype=pl.String), params])


def found_in(messages: list[str], mode: AddressMode, masks: Masks) -> list[Finding]:
    pseudonymizer = Pseudonymizer(rule(addresses=mode))
    changed, _ = pseudonymizer.apply(records("logs", *({"message": text} for text in messages)), LOGS)
    frame = parts_of(changed["message"].to_list(), masks)
    # As the export scans it, and as `lumber verify` does without the key's pseudonyms.
    scanners = [pseudonymizer.scanner, ResidueScanner(pseudonymizer.rule)]
    return [
        finding
        for scanner in scanners
        for finding in (
            *scanner.frame(frame, HELD, "", message="message"),
            *scanner.frame(frame.drop("message"), HELD, ""),
        )
    ]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("names", [Masks().names, ("num",), ("hex", "ip"), ("path", "quoted")])
def test_ordinary_lines_never_end_an_export(mode: AddressMode, names: tuple[str, ...]) -> None:
    assert found_in(ORDINARY, mode, Masks(names)) == []


@examples(40)
@given(st.lists(texts(), min_size=1, max_size=6), st.sampled_from(MODES))
def test_no_part_of_a_rewritten_text_is_a_residue(
    planted: list[tuple[str, list[str]]], mode: AddressMode
) -> None:
    assert found_in([f"m {text}" for text, _ in planted], mode, Masks()) == []


def test_what_is_no_part_of_its_message_is_judged_alone() -> None:
    scanner = ResidueScanner(rule(addresses=AddressMode.TOKEN))
    frame = pl.DataFrame(
        {
            "message": ["from ip_0123456789abcdef", "OID 1.3.6.1.4.1.9"],
            "template_params": [json.dumps(["198.51.100.7"]), json.dumps(["6.1.4.1", "198.51.100.8"])],
        }
    )
    found = scanner.frame(frame, HELD, "", message="message")
    assert [(item.column, item.row, item.type) for item in found] == [
        ("template_params", 1, "address"),
        ("template_params", 2, "address"),
    ]


def test_a_part_without_its_message_is_judged_but_for_its_edges() -> None:
    scanner = ResidueScanner(rule(addresses=AddressMode.TOKEN))
    for part, number in (("198.51.100.7", 0), ("a 198.51.100.7 b", 1), ("a 198.51.100.7", 0)):
        assert len(scanner.parts(json.dumps([part]), None)) == number, part
    assert scanner.parts("not JSON 198.51.100.7", None)
    assert scanner.parts(json.dumps({"a": "198.51.100.7"}), None)


def test_the_slots_of_a_template_hide_what_stood_in_them() -> None:
    scanner = ResidueScanner(rule(addresses=AddressMode.TOKEN))
    assert scanner.template("from 198.51.100.7 port <num>")
    assert scanner.template("<ip> lost its peer 198.51.100.7")
    assert scanner.template("<*> 198.51.100.7 <num>") == ()
    assert scanner.template("query <num>.198.51.100.7") == ()
