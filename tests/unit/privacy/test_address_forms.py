"""Addresses keep the form in which they are written, and equal addresses stay equal in all forms."""

import re
from ipaddress import IPv6Address

import polars as pl
import pytest

from lumber.privacy.address_forms import FORMS, WrittenForm, written_as
from lumber.privacy.addresses import find_addresses
from lumber.privacy.found import Form
from lumber.privacy.pseudonymizer import Pseudonymizer
from tests.unit.privacy.rules import rule

ADDRESS = "77.12.30.198"


def rewritten(*texts: str) -> list[str]:
    pseudonymizer = Pseudonymizer(rule())
    changed, _ = pseudonymizer.apply_texts(pl.Series(texts))
    assert not any(pseudonymizer.scanner.text(text) for text in changed)
    return changed.to_list()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.example)
def test_a_form_is_found_in_its_example_only(form: WrittenForm) -> None:
    example, other = form.example, form.counter_example
    (found,) = find_addresses(example, 0, len(example))
    assert found.form is form.form
    assert any(mark in example for mark in form.marks)
    assert list(find_addresses(other, 0, len(other))) == []


@pytest.mark.parametrize(
    "text",
    [
        "IP {0}.{1}.{2}.{3}.42951 > x",
        "{3}.{2}.{1}.{0}.in-addr.arpa",
        "pool-{0}-{1}-{2}-{3}.isp.example",
        "EC2-{0}-{1}-{2}-{3}.x",
        "ip_{0}_{1}_{2}_{3}",
        "hxxp://{0}[.]{1}[.]{2}[.]{3}/a",
        "{0}.{1}.{2}[.]{3}",
        "{0}[dot]{1}[dot]{2}[dot]{3}",
        "[{0}(.){1}(.){2}(.){3}]",
    ],
)
def test_an_address_keeps_its_form(text: str) -> None:
    plain, changed = rewritten(ADDRESS, text.format(*ADDRESS.split(".")))
    assert plain != ADDRESS
    assert changed == text.format(*plain.split("."))


@pytest.mark.parametrize(
    "text", ["2001:db8::89ab", "2a01:4f8:c17:b0f::2", "2001:db8:1234:5678:9012:3456:7890:1234"]
)
def test_a_name_below_ip6_arpa_keeps_its_form(text: str) -> None:
    address = IPv6Address(text)
    plain, changed = rewritten(text, f"PTR {address.reverse_pointer}.")
    assert changed == f"PTR {IPv6Address(plain).reverse_pointer}."


@pytest.mark.parametrize(
    ("form", "written", "expected"),
    [
        (Form.HEX, "0x4d0c1ec6", "0x01020304"),
        (Form.HEX, "4D0C1EC6", "01020304"),
        (Form.HEX, "0X4D0C1EC6", "0X01020304"),
        (Form.INTEGER, "1292640966", "0016909060"),
    ],
)
def test_numbers_keep_their_form(form: Form, written: str, expected: str) -> None:
    assert written_as(form, written, "1.2.3.4") == expected
    assert written_as(Form.HEX, "4D0C1EC6", "171.205.239.1") == "ABCDEF01"


def test_forms_that_ignore_the_values_of_digits_do_so() -> None:
    for form in FORMS:
        if not form.of_digits:
            text = form.example
            ((start, end),) = [found[:2] for found in find_addresses(text, 0, len(text))]
            other = text[:start] + re.sub(r"[0-9]", "1", text[start:end]) + text[end:]
            assert [found[:2] for found in find_addresses(other, 0, len(other))] == [(start, end)]
