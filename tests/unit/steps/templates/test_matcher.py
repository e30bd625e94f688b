"""TemplateMatcher: which template a message has."""

import pytest

from lumber.steps.templates import UNKNOWN, TemplateTable, fill
from lumber.steps.templates.masks import Masks
from lumber.steps.templates.table import Template, template_id
from tests.unit.steps.templates.mining import apply


def table_of(*found: str) -> TemplateTable:
    return TemplateTable.of(Masks(("num", "ip")), [Template(text, 1, 0, 0) for text in found])


def test_the_template_with_fewest_wildcards_is_taken():
    table = table_of("<*> <*> c", "a <*> c", "a b <*>", "<*> <*> <*>", "a b c d")
    assert [text for text, _ in apply(table, ["a x c", "a b x", "x y c", "x y z", "a b c d", "a b"])] == [
        "a <*> c",
        "a b <*>",
        "<*> <*> c",
        "<*> <*> <*>",
        "a b c d",
        UNKNOWN,
    ]


def test_of_equal_templates_the_smallest_id_is_taken():
    winners = set()
    for word in "abcdefgh":
        both = [f"{word} <*>", f"<*> {word}"]
        taken = apply(table_of(*both), [f"{word} {word}"])[0][0]
        assert taken == min(both, key=template_id)
        winners.add(both.index(taken))
    assert winners == {0, 1}


def test_values_come_in_the_order_of_the_slots():
    table = table_of("<*> port <num>, from <ip>:<num>")
    message = "x=1;y=<num>  port 22, from 10.0.0.1:4022"
    assert apply(table, [message]) == [
        ("<*> port <num>, from <ip>:<num>", ["x=1;y=<num>", "22", "10.0.0.1", "4022"])
    ]


def test_a_masked_value_matches_no_word():
    assert apply(table_of("port <num>"), ["port twentytwo", "port 10.0.0.1"]) == [(UNKNOWN, None)] * 2


def test_values_are_put_back_only_when_they_are_as_many_as_the_slots():
    assert fill("a <num> <*>", ["1", "b"]) == "a 1 b"
    with pytest.raises(ValueError, match=r"2 slots, and was given 1 value$"):
        fill("a <num> <*>", ["1"])
