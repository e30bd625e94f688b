"""Every declared identifier is found in its examples, and nothing in its counter-examples."""

import json
import re
import time

import polars as pl
import pytest

from lumber.catalog.registry import get_kind
from lumber.privacy.found import COORDINATES, IBAN, NATIONAL_ID, PHONE, URL_IDS
from lumber.privacy.ids import coordinates, finding, ibans, national_ids, phones, url_ids
from lumber.privacy.ids.finding import detectors, maybe
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.rule import Identifier, PrivacyRule
from lumber.privacy.shapes import Shapes
from tests.unit.privacy.rules import only, records, rule

MARKED = re.compile("«([^»]*)»")
ENTRIES = [
    (IBAN, ibans.ENTRY),
    *((PHONE, entry) for entry in phones.ENTRIES),
    *((NATIONAL_ID, entry) for entry in national_ids.ENTRIES),
    *((COORDINATES, place) for place in coordinates.PLACES),
    (URL_IDS, url_ids.ENTRY),
]
EXAMPLES = sorted({(type_, text) for type_, entry in ENTRIES for text in entry.examples})
COUNTERS = sorted({(type_, text) for type_, entry in ENTRIES for text in entry.counters})


def found(type_: str, text: str) -> list[str]:
    (detect,) = detectors([type_])
    return [text[item.start : item.end] for item in detect(text, 0, len(text))]


@pytest.mark.parametrize(("type_", "example"), EXAMPLES)
def test_an_entry_finds_its_example_behind_the_gate(type_: str, example: str) -> None:
    text = MARKED.sub(r"\1", example)
    assert found(type_, text) == MARKED.findall(example)
    assert pl.Series([text]).str.contains(maybe([type_])).all()


@pytest.mark.parametrize(("type_", "counter"), COUNTERS)
def test_an_entry_finds_nothing_in_its_counter_example(type_: str, counter: str) -> None:
    assert found(type_, counter) == []


# What a private export does with them

LINES = [
    "pay DE89370400440532013000 or NL91 ABNA 0417 1643 00 now",
    "call +49 30 2345678, tel. 0171/2345678, DNI 12345678Z",
    "geo lat=52.520008 lon=13.404954; GET /cart?uid=8123994&page=2",
    "IBAN%20DE89370400440532013000 \\u002b4915123456789",
]
ORIGINALS = (
    *("DE89370400440532013000", "1643", "2345678", "12345678Z", "52.520008", "13.404954", "8123994"),
    "4915123456789",
)
FIELDS = {
    "iban": "DE89370400440532013000",
    "msisdn": 491511234567,
    "customer": {"phone": {"number": "030 2345678"}, "ssn": "219-09-9999", "pesel": 44051401359},
    "position": {"lat": 52.520008, "lon": 13.404954},
    "geometry": {"type": "Point", "coordinates": [13.404954, 52.520008]},
    "status": 200,
    "count": 44051401359,
}
NEW = (Identifier.IBAN, Identifier.PHONE, Identifier.NATIONAL_ID, Identifier.COORDINATES, Identifier.URL_IDS)


@pytest.mark.parametrize("rule_", [rule(), only(*NEW)], ids=["all", "only these"])
def test_messages_and_json_get_pseudonyms_and_the_scan_agrees(rule_: PrivacyRule) -> None:
    rows = [{"message": line, "structured_data": json.dumps(FIELDS)} for line in LINES]
    frame = records("logs", *rows)
    pseudonymizer = Pseudonymizer(rule_)
    changed, counts = pseudonymizer.apply(frame, get_kind("logs"))
    written = changed.select("message", "structured_data").write_ndjson()
    left = [value for value in ORIGINALS if value in written.replace('"count":44051401359', "")]
    assert left == []
    assert {str(each): counts[each] > 0 for each in NEW} == dict.fromkeys(map(str, NEW), True)
    assert pseudonymizer.scanner.frame(changed, contents(get_kind("logs")), "x") == []
    # Before, it finds every type.
    residues = pseudonymizer.scanner.frame(frame, contents(get_kind("logs")), "x")
    assert {residue.type for residue in residues} >= set(NEW)


def test_json_keeps_what_is_no_identifier() -> None:
    changed, _ = Pseudonymizer(only(*NEW)).apply(
        records("logs", {"message": "m", "structured_data": json.dumps(FIELDS)}), get_kind("logs")
    )
    values = json.loads(changed["structured_data"][0])
    assert (values["status"], values["count"], values["geometry"]["type"]) == (200, 44051401359, "Point")
    assert values["msisdn"].startswith("phone_")
    assert values["customer"]["ssn"].startswith("national_id_")
    assert values["position"]["lat"] == values["geometry"]["coordinates"][1]


def pseudonym(text: str) -> str:
    changed, _ = Pseudonymizer(only(*NEW)).apply_texts(pl.Series([text]))
    return str(changed[0])


def test_all_spellings_of_a_number_have_one_pseudonym_of_its_country() -> None:
    new = pseudonym("DE89370400440532013000")
    assert new.startswith("DE")
    assert ibans.is_iban(new)
    assert new != "DE89370400440532013000"
    assert pseudonym("de89 3704 0044 0532 0130 00") == new
    assert pseudonym(new) == new
    phone = pseudonym("+49 (30) 2345678")
    assert re.fullmatch(r"\+4900[0-9]{10}", phone)
    assert {pseudonym("+49302345678"), pseudonym("+49-30-2345678"), pseudonym(phone)} == {phone}
    assert pseudonym("tel 0049 30 2345678") == f"tel {phone}"


def test_each_identifier_is_switched_by_name() -> None:
    text = "pay DE89370400440532013000, call +4915123456789"
    changed, counts = Pseudonymizer(only(Identifier.IBAN)).apply_texts(pl.Series([text]))
    assert str(changed[0]).endswith("call +4915123456789")
    assert dict(counts) == {"iban": 1}


def test_every_country_keeps_the_form_of_its_ibans() -> None:
    for text in ("GB29NWBK60161331926819", "FR1420041010050500013M02606", "NO9386011117947"):
        new = pseudonym(text)
        assert ibans.is_iban(new), new
        assert [char.isdigit() for char in new[4:]] == [char.isdigit() for char in text[4:]]


@pytest.mark.parametrize(
    "text", ["0" * 200_000, "12 " * 60_000, "+1" * 60_000, "DE89 " * 50_000, "lat=1.22 " * 20_000]
)
def test_long_texts_take_linear_time(text: str) -> None:
    begun = time.perf_counter()
    for detect in detectors([IBAN, PHONE, NATIONAL_ID, COORDINATES, URL_IDS]):
        list(detect(text, 0, len(text)))
    assert time.perf_counter() - begun < 8


def test_digits_are_read_only_where_a_word_may_tell_a_telephone_number() -> None:
    """Of the lines of a web server, one tells what becomes of the others of its shape."""
    line = '192.0.2.1 - - [02/Jan/2026:13:07:54 +0000] "GET /login HTTP/1.1" 301 31091 "-" "curl/8.5.0"'
    shapes = Shapes(finding.TYPES)
    assert not shapes.reads_digits(line)
    for told in ("sent to 17700 900123", "sent to 07700 900123", "12 34567 from 030 2345678"):
        assert shapes.reads_digits(told), told
