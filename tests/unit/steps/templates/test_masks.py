"""Masks: what in a message is a value by its form."""

import polars as pl
import pytest

from lumber.steps.templates.masks import DEFAULT_MASKS, MARK, PATTERNS, Masks, mask, pattern_problem


def masked(message: str, names: tuple[str, ...] = DEFAULT_MASKS) -> tuple[str, list[str]]:
    """Return the message with a slot for each value, and the values."""
    return masked_by(Masks(names), message)


def masked_by(masks: Masks, message: str) -> tuple[str, list[str]]:
    skeleton, values, kinds = mask(pl.Series([message]), masks).row(0)
    pieces = skeleton.split(MARK)
    slots = [masks.slot_of_code[kind] for kind in kinds]
    assert len(pieces) == len(slots) + 1 == len(values) + 1
    assert "".join(map("".join, zip(pieces, [*values, ""], strict=True))) == message
    return "".join(map("".join, zip(pieces, [*slots, ""], strict=True))), values


@pytest.mark.parametrize(
    ("message", "expected", "values"),
    [
        ("port 22", "port <num>", ["22"]),
        ("took 10ms, -5 C, v2.6.32", "took <num>ms, <num> C, v2.<num>", ["10", "-5", "6.32"]),
        ("kernel 2.6.32-431", "kernel <num>-<num>", ["2.6.32", "431"]),
        ("eth0 of user_1 on ssh2", "eth0 of user_1 on ssh2", []),
        ("pid=[4711]:", "pid=[<num>]:", ["4711"]),
        ("at 0xDEADBEEF and 9f86d081884c7d65", "at <hex> and <hex>", ["0xDEADBEEF", "9f86d081884c7d65"]),
        ("a decade of cafe", "a decade of cafe", []),
        ("epoch 1131566461", "epoch <num>", ["1131566461"]),
        ("from 10.0.0.1:22/24", "from <ip>:<num>/<num>", ["10.0.0.1", "22", "24"]),
        ("version 1.2.3.999", "version <num>", ["1.2.3.999"]),
        ("[fe80::1%eth0]", "[<ip>]", ["fe80::1%eth0"]),
        (
            "::1 ::ffff:10.0.0.1 2001:db8::/32",
            "<ip> <ip> <ip>/<num>",
            ["::1", "::ffff:10.0.0.1", "2001:db8::", "32"],
        ),
        ("2001:0db8:0:0:0:0:0:1", "<ip>", ["2001:0db8:0:0:0:0:0:1"]),
        ("std::cafe Foo::Bar", "std::cafe Foo::Bar", []),
        ("00:1b:21:3c:4d:5e 001b.213c.4d5e", "<mac> <mac>", ["00:1b:21:3c:4d:5e", "001b.213c.4d5e"]),
        ("12:34:56:12:34:56 12:34:56", "<mac> <time>", ["12:34:56:12:34:56", "12:34:56"]),
        ("2026-01-02T03:04:05.678Z", "<time>", ["2026-01-02T03:04:05.678Z"]),
        ("2026-01-02 03:04:05,678", "<time> <time>", ["2026-01-02", "03:04:05,678"]),
        (
            "id 123e4567-e89b-12d3-a456-426614174000.",
            "id <uuid>.",
            ["123e4567-e89b-12d3-a456-426614174000"],
        ),
        ("a literal <*> and <num> and <unk>", "a literal <*> and <*> and <*>", ["<*>", "<num>", "<unk>"]),
        ("a mark \x01 inside", "a mark <*> inside", ["\x01"]),
        ("<<num>> <3>", "<<*>> <<num>>", ["<num>", "3"]),
        ("ünï 5 ٣ 日本7", "ünï <num> ٣ 日本<num>", ["5", "7"]),
        ("", "", []),
        (" \t\x00\x1f ", " \t\x00\x1f ", []),
        ('GET /var/log/syslog "a b"', 'GET /var/log/syslog "a b"', []),
    ],
)
def test_values_are_known_by_their_form(message: str, expected: str, values: list[str]):
    assert masked(message) == (expected, values)


def test_paths_and_quoted_text_are_values_on_request():
    message = 'open "/etc/my file 7" /var/log/syslog.1, a/b /tmp'
    assert masked(message, ("quoted", "path")) == (
        "open <quoted> <path>, a/b /tmp",
        ['"/etc/my file 7"', "/var/log/syslog.1"],
    )


def test_without_masks_only_what_looks_like_a_slot_is_a_value():
    assert masked("<ip> 10.0.0.1 7", ()) == ("<*> 10.0.0.1 7", ["<ip>"])


@pytest.mark.parametrize("name", PATTERNS)
def test_a_mask_alone_gives_its_own_slot(name: str):
    example = {
        "quoted": '"a b"',
        "uuid": "123e4567-e89b-12d3-a456-426614174000",
        "mac": "00:1b:21:3c:4d:5e",
        "ip": "10.0.0.1",
        "time": "12:34:56",
        "path": "/var/log",
        "num": "42",
        "hex": "0xff",
    }[name]
    assert masked(f"x {example} y", (name,)) == (f"x <{name}> y", [example])
    assert masked(f"x {example} y", tuple(PATTERNS)) == (f"x <{name}> y", [example])


@pytest.mark.parametrize("piece", ["1", "a:", "::", "1.", "f", "-", "/a", '"', "<", "\x01", "é", "<*>"])
def test_a_million_characters_are_masked_without_loss(piece: str):
    message = piece * (1_000_000 // len(piece))
    skeleton, values, kinds = mask(pl.Series([message]), Masks(tuple(PATTERNS))).row(0)
    pieces = skeleton.split(MARK)
    assert len(kinds) == len(values)
    assert "".join(map("".join, zip(pieces, [*values, ""], strict=True))) == message


@pytest.mark.parametrize(
    ("message", "expected", "values"),
    [
        ("order ORD-17 for bob@shop", "order <:order:> for <:who:>", ["ORD-17", "bob@shop"]),
        ("ORD-1ORD-2 ORD-x", "<:order:><:order:> ORD-x", ["ORD-1", "ORD-2"]),
        # Tried before the built-in ones where both begin.
        ("10.1.2.3 port 8", "<:lan:> port <num>", ["10.1.2.3", "8"]),
        # What looks like a slot is a value, also of a mask that nobody has.
        ("got <:order:> and <:smile:>", "got <*> and <*>", ["<:order:>", "<:smile:>"]),
        ("über ORD-1 Straße", "über <:order:> Straße", ["ORD-1"]),
    ],
)
def test_custom_masks_have_slots_of_their_names(message: str, expected: str, values: list[str]) -> None:
    custom = (("order", r"ORD-\d+"), ("who", r"(?i)[A-Z]+@shop"), ("lan", r"10\.\d+\.\d+\.\d+"))
    assert masked_by(Masks(custom=custom), message) == (expected, values)


@pytest.mark.parametrize(
    ("message", "expected", "values"),
    [
        ("status 404 of 1404 in 404ms", "status 404 of <num> in 404ms", ["1404"]),
        ("status=404, then 500 (200)", "status=404, then 500 (<num>)", ["200"]),
        ("to 10.0.0.1 via 10.0.0.11", "to 10.0.0.1 via <ip>", ["10.0.0.11"]),
        ("a+b a+bc 7", "a+b a+bc <num>", ["7"]),
        ("404", "404", []),
        ("404404 404 404", "<num> 404 404", ["404404"]),
    ],
)
def test_kept_texts_stay_where_they_are_whole_words_or_values(
    message: str, expected: str, values: list[str]
) -> None:
    masks = Masks(keep=("404", "500", "10.0.0.1", "a+b"))
    skeleton, found, kinds = mask(pl.Series([message, None, "x"]), masks).row(0)
    slots = [masks.slot_of_code[kind] for kind in kinds]
    pieces = skeleton.split(MARK)
    assert "".join(map("".join, zip(pieces, [*slots, ""], strict=True))) == expected
    assert found == values


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a(", "isn't a regular expression"),
        ("a)|(b", "isn't a regular expression"),
        ("(?x) a # b", "isn't a regular expression"),
        ("(?=a)b", "isn't a regular expression"),
        (r"(\w{1000}){1000}", "isn't a regular expression"),
        ("x*", "matches empty text"),
        (r"\b", "matches empty text"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_told(pattern: str, message: str) -> None:
    problem = pattern_problem(pattern)
    assert problem is not None
    assert problem.startswith(message)


def test_a_costly_pattern_takes_linear_time() -> None:
    """Python's `re` would take years for this one."""
    masks = Masks(custom=(("evil", "(?:x+)+y"),))
    assert mask(pl.Series(["x" * 20_000 + "z"]), masks)["values"].to_list() == [[]]
