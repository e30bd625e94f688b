"""All texts of a column at once: the same as one after the other, and nothing is called clean too early."""

import json
from collections import Counter
from ipaddress import IPv4Address
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumber.catalog.canonical_json import canonical_json
from lumber.catalog.kind import Holds
from lumber.catalog.registry import get_kind
from lumber.privacy import address_scan
from lumber.privacy.address_rewriter import AddressRewriter
from lumber.privacy.address_scan import Texts, empty_text, sight
from lumber.privacy.addresses import is_special, special_ipv4
from lumber.privacy.finder import TextFinder
from lumber.privacy.issued import Issued
from lumber.privacy.prefix_preserving import PrefixPreserving
from lumber.privacy.pseudonymizer import Pseudonymizer
from lumber.privacy.pseudonyms import Pseudonyms
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.residue_scan import ResidueScan
from lumber.privacy.rewriter import TextRewriter
from lumber.privacy.rule import AddressMode, PrivacyRule
from tests.examples import examples
from tests.unit.privacy.rules import only, records

LOGS = get_kind("logs")
MODES = [mode for mode in AddressMode if mode is not AddressMode.KEEP]
# What addresses are made of, what stands around them, and what turns one into something else.
_PIECES = st.sampled_from(
    [
        "10.1.2.3", "198.51.100.7", "255.255.255.255", "127.0.0.1", "256.1.1.1", "001.002.003.004",
        "1.2.3.4.5", "1.2.3", "1234.5.6.7", "1.2.3.4567", "v1.2.3.4", "V9.8.7.6",
        "srv1.2.3.4", "ec2-10-1-2-3", "x1.2.3.4", ".1.2.3.4",
        "1.2.3.4.", "1.2.3.4.in-addr.arpa", "1.2.3.4.In-Addr.Arpa", "1.2.3.4.info", "ip-10-1-2-3",
        "IP-1-2-3-4", "zip-1-2-3-4", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "::1", "::ffff:1.2.3.4",
        "fe80::1%eth0",
        "1:2:3:4:5:6:1.2.3.4", "aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:ff:11:22", "aa:bb:cc:dd:ee:ff:1.2.3.4",
        "a:b:c:d:e:f:1:2", "std::vector", "dead::beef", "%31.2.3.4", "1%2e2%2E3%2e4", "\\u00310.1.2.3",
        "1.2.3.4\\u002e5", "\\u00011.2.3.4", "\\n1.2.3.4", "\\\\1.2.3.4",
        "#012", "\\012", "\\x0a", "\\x31", "\\u2028", "#0561", "\\n", "\\b", "\x1b[1m", "%20", "\\/",
        "1.2.3.4\\", ":", "::", "%", ".",
        "10.1.2.3.42951", "10.1.2.3.53", "1.2.3.4-5ubuntu1", "~1.2.3.4", "libfoo-", ".so.", "nginx/",
        "0ubuntu", "+deb12u1",
        "pool-10-1-2-3", "10-1-2-3.isp.example", "_1_2_3_4", "10_1_2_3", "10[.]1[.]2[.]3", "(.)",
        "[dot]", "{.}",
        "8.9.a.b." + "0." * 24 + "8.b.d.0", ".1.0.0.2.ip6.arpa", "4.3.2.1." * 8 + "ip6.arpa",
        ".IP6.ARPA", "1:2:3:4:5:6:7:8:53211",
        "version ", "\"version\":\"", "src_ip=", "client addr ", "4D0C1EC6", "0x4d0c1ec6", "1292640966",
        "TCP ", ":01BB", " > ", " to ", "successfully installed ", "a-", "upgraded from ",
        ":53211", "~", "_", "/", "+", ".log", ".example",
        "1",
        ":443", "/24", "-", "\"", "'", "=", ",", " ", "\t", "\n", "é", "漢", "12:34:56.789", "peer:",
    ]
)  # fmt: skip
_TEXT = st.lists(_PIECES, max_size=8).map("".join) | st.text('0129.:abfvip-%#\\uxn "\n', max_size=40)


def sweeping(rule: PrivacyRule, issued: Issued) -> tuple[AddressRewriter, TextRewriter]:
    """The sweep, and what it is compared with."""
    pseudonyms = Pseudonyms(rule, issued)
    rewriter = TextRewriter(rule, TextFinder(rule), pseudonyms, ResidueScanner(rule, issued))
    sweep = AddressRewriter(
        pseudonyms,
        lambda word, counts: rewriter.piece(word, (), counts),
        lambda text, counts: rewriter.words(text, (), counts),
        lambda text, counts: rewriter.json(text, (), counts),
    )
    other = Issued()
    alone = TextRewriter(rule, TextFinder(rule), Pseudonyms(rule, other), ResidueScanner(rule, other))
    return sweep, alone


@examples(400)
@given(st.lists(st.none() | _TEXT, max_size=6), st.sampled_from(MODES))
def test_texts_become_what_they_become_one_after_the_other(
    texts: list[str | None], mode: AddressMode
) -> None:
    sweep, rewriter = sweeping(only(addresses=mode), Issued())
    for type_ in (pa.string(), pa.large_string()):
        counts, expected_counts = Counter[str](), Counter[str]()
        expected = [None if text is None else rewriter.words(text, (), expected_counts) for text in texts]
        column = pa.array(["before", *texts], type_).slice(1)
        changed = sweep.apply(column, counts)
        changed.validate(full=True)
        assert changed.to_pylist() == expected
        assert changed.type == type_
        assert +counts == +expected_counts


_JSON: Any = st.recursive(
    _TEXT | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)


@examples(300)
@given(st.lists(_JSON, max_size=4), st.sampled_from(MODES))
@example(["%198.51.100.7"], AddressMode.PREFIX_PRESERVING)
def test_documents_become_what_they_become_one_after_the_other(values: list[Any], mode: AddressMode) -> None:
    texts = [canonical_json(json.dumps(value, ensure_ascii=False)) for value in values]
    sweep, rewriter = sweeping(only(addresses=mode), Issued())
    expected = [None if text is None else rewriter.json(text, (), Counter()) for text in texts]
    assert sweep.apply(pa.array(texts, pa.string()), Counter(), is_json=True).to_pylist() == expected


@examples(300)
@given(st.lists(_TEXT, min_size=1, max_size=5), st.sampled_from(MODES))
def test_nothing_is_called_clean_in_which_the_scanner_finds_something(
    texts: list[str], mode: AddressMode
) -> None:
    rule = only(addresses=mode)
    issued = Issued()
    issued.add(IPv4Address("198.51.100.7"))
    scanner = ResidueScanner(rule, issued)
    sweep = ResidueScan(rule, scanner, issued)
    frame = pl.DataFrame({"text": texts})
    found = scanner.frame(frame, {"text": Holds.TEXT}, "")
    if found:
        assert not sweep.is_clean_column(pa.array(texts), is_json=False)
        for line in (json.dumps({"a": texts}), json.dumps({"a": texts}, ensure_ascii=False)):
            assert not sweep.is_clean_text(line.encode())
        csv = frame.with_columns(pl.lit("next").alias("b")).write_csv(quote_style="necessary")
        assert not sweep.is_clean_text(csv.encode())
    documents = [canonical_json(json.dumps({"a": text}, ensure_ascii=False)) for text in texts]
    if scanner.frame(pl.DataFrame({"text": documents}), {"text": Holds.JSON}, ""):
        assert not sweep.is_clean_column(pa.array(documents), is_json=True)


@examples(100)
@given(st.lists(_TEXT, min_size=1, max_size=5), st.sampled_from(MODES))
def test_what_was_rewritten_is_called_clean(texts: list[str], mode: AddressMode) -> None:
    rule = only(addresses=mode)
    issued = Issued()
    sweep, _ = sweeping(rule, issued)
    changed = sweep.apply(pa.array(texts), Counter())
    scanner = ResidueScanner(rule, issued)
    found = scanner.frame(pl.DataFrame({"text": pl.Series(changed)}), {"text": Holds.TEXT}, "")
    assert found == []


def test_what_lies_across_the_blocks_is_found() -> None:
    rule = only()
    sweep, rewriter = sweeping(only(addresses=AddressMode.TOKEN), Issued())
    assert not rule.identifiers
    for word in ("203.0.113.250", "2001:db8::1", "ip-10-1-2-3", "1%2e2.3.4", "4.3.2.1.in-addr.arpa"):
        for shift in range(-len(word) - 9, 10):
            text = "x" * (address_scan._BLOCK + shift) + " " + word + " " + "y" * 20
            changed = sweep.apply(pa.array([text]), Counter()).to_pylist()[0]
            assert changed.split()[1] == rewriter.piece(word, (), Counter()), (word, shift)


def test_a_very_long_word_is_looked_at_whole() -> None:
    word = "a" * 5_000 + ",2001:db8::1," + "b" * 5_000
    seen = sight(Texts.of(pa.array(["short", f"x {word} y"])))
    assert [
        bytes(Texts.of(pa.array(["short", f"x {word} y"])).data[seen.word_starts[0] : seen.word_ends[0]])
    ] == [word.encode()]


def test_values_of_neighbours_do_not_join_to_an_address() -> None:
    sweep, _ = sweeping(only(), Issued())
    for parts in (
        ["1.2.3", ".4"],
        ["1.2.", "3.4"],
        ["10.1.2.3", "4.5.6.7"],
        ["1", ".2.3.4"],
        ["v", "1.2.3.4"],
    ):
        expected = [sweep.apply(pa.array([part]), Counter()).to_pylist()[0] for part in parts]
        assert sweep.apply(pa.array(parts), Counter()).to_pylist() == expected


def test_many_addresses_are_encrypted_as_each_alone() -> None:
    cipher = PrefixPreserving(bytes(range(32)))
    values = np.random.default_rng(3).integers(0, 2**32, 9_000, np.uint32)
    values[:3] = (0, 2**32 - 1, 1)
    changed = cipher.encrypt_ipv4(values)
    chosen = [0, 1, 2, 4_095, 4_096, 4_097, 8_999]
    assert [int(cipher.encrypt(IPv4Address(int(values[i])))) for i in chosen] == changed[chosen].tolist()
    assert len(cipher.encrypt_ipv4(values[:0])) == 0


def test_the_same_addresses_identify_nobody_one_by_one_and_all_at_once() -> None:
    addresses = [
        IPv4Address(f"{first}.{middle}.{last}")
        for first in (0, 126, 127, 128, 223, 224, 225, 239, 255)
        for middle in ("0.0", "0.1", "1.255", "2.0", "255.255")
        for last in (0, 1, 250, 255)
    ]
    numbers = np.array([int(address) for address in addresses], np.uint32)
    assert special_ipv4(numbers).tolist() == [is_special(address) for address in addresses]


def test_issued_numbers_are_known_again() -> None:
    issued = Issued()
    values = np.arange(70_000, dtype=np.uint32) * 7
    issued.add_ipv4(values)
    issued.add(IPv4Address(5))
    assert issued.has_ipv4(np.array([0, 7, 5, 6, 489_993, 489_994], np.uint32)).tolist() == [
        True, True, True, False, True, False,
    ]  # fmt: skip
    assert IPv4Address(14) in issued
    assert IPv4Address(15) not in issued
    assert not Issued().has_ipv4(values).any()


@pytest.mark.parametrize("batch_rows", [1, 3, 50])
def test_a_batch_of_addresses_only_is_what_the_frame_becomes(batch_rows: int) -> None:
    rows = [
        {
            "message": f"from 10.0.{i}.7 and 2001:db8::{i}",
            "raw_message": f"<1> 10.0.{i}.7",
            "device_ip": f"10.0.{i}.7",
            "host_name": f"10.0.{i}.7" if i % 2 else f"web-{i}",
            "structured_data": json.dumps({"ip": f"10.0.{i}.7", f"10.0.{i}.8": 1, "n\n": f"\n10.0.{i}.7"}),
        }
        for i in range(50)
    ]
    frame = records("logs", *rows)
    expected, counts = Pseudonymizer(only(addresses=AddressMode.PREFIX_PRESERVING)).apply(frame, LOGS)
    batch = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(LOGS.schema).to_batches()[0]
    pseudonymizer = Pseudonymizer(only(addresses=AddressMode.PREFIX_PRESERVING))
    done = [pseudonymizer.apply_batch(batch.slice(at, batch_rows), LOGS) for at in range(0, 50, batch_rows)]
    assert pa.Table.from_batches([changed for changed, _ in done]).to_pylist() == expected.to_dicts()
    assert sum((found for _, found in done), Counter()) == counts
    (message,) = {row["message"].split()[1] for row in expected.to_dicts()[3:4]}
    assert message == expected["device_ip"][3] == json.loads(expected["structured_data"][3])["ip"]


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string()])
def test_the_empty_text_is_a_scalar_of_its_type(type_: pa.DataType) -> None:
    text = empty_text(type_)
    assert (text.type, text.as_py()) == (type_, "")
