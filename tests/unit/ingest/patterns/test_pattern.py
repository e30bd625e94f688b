"""A pattern of lines: what it means, and where the error is if it is wrong."""

import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumber.errors import ConfigError, FieldProblem
from lumber.ingest.patterns.names import NAMES, expression_of
from lumber.ingest.patterns.pattern import LONGEST_PATTERN, MOST_GROUPS, LinePattern


def problem(text: str) -> FieldProblem:
    with pytest.raises(ConfigError) as caught:
        LinePattern.parse(text)
    [found] = caught.value.problems
    return found


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("%{IP:a} (x", 8, "unclosed group"),
        ("%{IP:a} x)(y", 9, "unopened group"),
        ("é%{IP:a} x**(", 12, "unclosed group"),
        ("%{IP:a} %{FOO:x}", 10, "%{FOO} is not known"),
        ("%{IPV:x}", 2, "did you mean %{IPV6}, %{IPV4}, %{IP}?"),
        ("%{word:x}", 2, "did you mean %{WORD}?"),
        ("(?P<a>x)(?<a>y)", 11, "the name 'a' is already given at column 5"),
        ("%{IP:a}(?<a>x)", 10, "the name 'a' is already given at column 6"),
        ("%{IP:a}(?=y)", 7, "look-around, such as (?=...), is not supported"),
        ("(?<!y)%{IP:a}", 0, "look-around"),
        (r"(x)%{IP:a}\1", 10, r"backreferences, such as \1, are not supported"),
        ("(?>y)%{IP:a}", 2, "write (?:...) for a group without a name"),
        ("(?P<a-b>x)", 5, "invalid capture group character"),
        (r"%{IP:a}\p{Foo}", 7, "Unicode property not found"),
        ("%{WORD:a", 0, "has no '}'"),
        ("%{WORD:a}[b%{WORD:c}", 9, "has no ']'"),
        ("%{WORD:}", 7, "no name of a field after ':'"),
        ("%{WORD:x:date}", 9, "'date' is not a type: choose string, int, float"),
        ("%{WORD:x}\n", 9, "a pattern is one line"),
        (r"(?P<a>(\w{100}){100})", None, "too large when compiled"),
        ("abc", None, "names no field"),
        ("", None, "names no field"),
        ("(?P<a>x)(?x) # y", None, "can't match a whole line"),
        (f"(?P<a>x){'y' * LONGEST_PATTERN}", None, "longer than 4,000 characters"),
    ],
)  # fmt: skip
def test_an_error_points_into_the_pattern(text: str, position: int | None, words: str) -> None:
    found = problem(text)
    assert found.field == "pattern"
    assert (found.position, words in found.message) == (position, True), found


def test_the_number_of_fields_is_limited() -> None:
    text = "".join(f"(?P<a{n}>x)" for n in range(MOST_GROUPS))
    assert len(LinePattern.parse(text).fields) == MOST_GROUPS
    assert "more than 100 named groups" in problem(f"{text}(?P<last>x)").message


@given(st.text(st.sampled_from("(?P<a>x)[]{}\\%:|*+1,^$#IPé\x00\n"), max_size=40) | st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_pattern_or_one_clear_error(text: str) -> None:
    try:
        pattern = LinePattern.parse(text)
    except ConfigError as error:
        [found] = error.problems
        assert found.message
        assert "\n" not in found.message
        assert found.position is None or 0 <= found.position <= len(text)
    else:
        pl.Series(["", "x"]).str.extract_groups(pattern.expression)
        assert all(element.start < element.end for element in pattern.elements)


def test_a_pattern_takes_linear_time() -> None:
    """A backtracking engine would take longer than the age of the universe."""
    pattern = LinePattern.parse("(?P<a>(a+)+)b")
    began = time.monotonic()
    found = pl.Series(["a" * 100_000]).str.contains(pattern.expression)
    assert found.to_list() == [False]
    assert time.monotonic() - began < 20


EXAMPLES = {
    "IPV4": ("10.0.0.255", "10.0.0.256"),
    "IPV6": ("2001:db8::8a2e:370:7334", "2001:db8"),
    "IP": ("::ffff:1.2.3.4", "1.2.3"),
    "HOSTNAME": ("web-1.example.org", "-web"),
    "INT": ("-12", "1.5"),
    "POSINT": ("12", "0"),
    "NUMBER": ("-1.5", "1.5.2"),
    "WORD": ("grün_1", "a b"),
    "NOTSPACE": ("a/b", "a b"),
    "QUOTEDSTRING": (r'"a \" b"', '"a " b"'),
    "MAC": ("aa:BB:0c:00:11:22", "aa:BB:0c:00:11"),
    "USER": ("j.doe-1", "j doe"),
    "EMAILADDRESS": ("j.doe@example.org", "j.doe"),
    "UUID": ("8d0c5a5e-2c1f-4a3c-9f0b-5b8f3f1a7c11", "8d0c5a5e2c1f4a3c9f0b5b8f3f1a7c11"),
    "PATH": ("/var/log/x.log", "var/log"),
    "WINPATH": (r"C:\Windows\x.log", "C:x"),
    "URI": ("https://u@h.example:8080/a?b=c#d", "h.example/a"),
    "TIMESTAMP_ISO8601": ("2024-03-01T10:00:00,123+02:00", "2024-13-01T10:00:00"),
    "HTTPDATE": ("11/Oct/2000:13:55:36 -0700", "11/10/2000:13:55:36 -0700"),
    "SYSLOGTIMESTAMP": ("Oct  1 22:14:15", "October 1"),
    "LOGLEVEL": ("Warning", "LOUD"),
    "SYSLOGPROG": ("sshd[12]", "sshd[12"),
    "JAVACLASS": ("org.apache.Foo$1", "org..Foo"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_name_matches_what_it_says(name: str) -> None:
    right, wrong = EXAMPLES[name]
    matches = pl.Series([right, wrong]).str.contains(f"^{expression_of(name)}$")
    assert matches.to_list() == [True, False]


def test_every_name_is_an_expression_without_groups() -> None:
    for name in NAMES:
        expression = expression_of(name)
        assert expression is not None
        assert "%{" not in expression
        assert "(?P" not in expression
        pl.Series([""]).str.contains(expression)


def test_repetition_of_a_percent_sign_is_no_reference() -> None:
    pattern = LinePattern.parse("%{2}(?P<a>x)[%{IP]")
    assert pl.Series(["%%xI", "%xI"]).str.contains(pattern.expression).to_list() == [True, False]


def test_names_of_nested_fields_are_written_with_dots() -> None:
    assert LinePattern.parse("%{WORD:[log][level]} %{WORD:a.b} %{WORD:@c}").fields == (
        "log.level",
        "a.b",
        "@c",
    )
