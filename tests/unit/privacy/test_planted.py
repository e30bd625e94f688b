"""Whatever is planted in columns, messages and JSON is gone from the records, and the scan agrees."""

import json
import re
import unicodedata
from collections.abc import Iterator
from re._constants import MAX_REPEAT, MIN_REPEAT
from re._parser import SubPattern, parse
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import polars as pl
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from lumber.catalog.registry import get_kind
from lumber.privacy import (
    address_context,
    address_forms,
    addresses,
    finder,
    found,
    hosts,
    identifiers,
    json_values,
    known_secrets,
    macs,
    versions,
)
from lumber.privacy.phrases import fields, finding, host_forms
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.rule import AddressMode
from lumber.privacy.secret_rules import finding as secret_rules
from tests.examples import examples
from tests.unit.privacy.planted import texts
from tests.unit.privacy.rules import records, rule

LOGS = get_kind("logs")
# Making a failing example smaller takes minutes here; what was planted is shown as it is.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def plain(text: str) -> str:
    """Return a text without any encoding, so that nothing can hide from the comparison."""
    text = re.sub(r"\\u00([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), text)
    return unicodedata.normalize("NFC", unquote(text)).lower()


def rows_with(planted: list[tuple[str, list[str]]]) -> list[dict[str, Any]]:
    return [
        {
            "message": f"m {text}",
            "raw_message": f"<1> {text} {text}",
            "process_name": text,
            "structured_data": json.dumps({"a": [text, {"b": text}], "n": 1}),
        }
        for text, _ in planted
    ]


@examples(60, phases=PHASES)
@given(st.lists(texts(), min_size=1, max_size=8), st.sampled_from(list(AddressMode)[:-1]))
def test_nothing_planted_is_left(planted: list[tuple[str, list[str]]], mode: AddressMode) -> None:
    pseudonymizer = Pseudonymizer(rule(addresses=mode))
    frame, _ = pseudonymizer.apply(records("logs", *rows_with(planted)), LOGS)
    written = plain(json.dumps(frame.select(pl.col(pl.String)).to_dicts(), ensure_ascii=False))
    for _, secrets in planted:
        for secret in secrets:
            assert not re.search(rf"(?<![0-9a-z]){re.escape(secret.lower())}(?![0-9a-z])", written), secret
    scanner = ResidueScanner(pseudonymizer.rule, pseudonymizer.issued)
    assert scanner.frame(frame, contents(LOGS), "logs") == []


@examples(30, phases=PHASES)
@given(st.lists(texts(), min_size=1, max_size=5))
def test_the_scan_finds_what_was_planted_in_rows_that_went_round_the_step(planted) -> None:
    frame = records("logs", *rows_with(planted))
    for mode in (AddressMode.PREFIX_PRESERVING, AddressMode.TOKEN, AddressMode.DROP):
        pseudonymizer = Pseudonymizer(rule(addresses=mode))
        found = ResidueScanner(pseudonymizer.rule, pseudonymizer.issued).frame(frame, contents(LOGS), "logs")
        assert {item.column for item in found} >= {"message", "raw_message", "structured_data"}
        for item in found:
            assert not any(secret in str(item) for _, secrets in planted for secret in secrets)


@examples(60, phases=PHASES)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=20))
def test_any_text_can_be_rewritten_and_is_then_clean(lines: list[str]) -> None:
    frame = records(
        "logs", *[{"message": f"m{line}", "raw_message": line, "host_name": line[:9]} for line in lines]
    )
    pseudonymizer = Pseudonymizer(rule())
    changed, _ = pseudonymizer.apply(frame, LOGS)
    assert changed.height == len(lines)
    scanner = ResidueScanner(pseudonymizer.rule, pseudonymizer.issued)
    assert scanner.frame(changed, contents(LOGS), "logs") == []


# Repeats of what patterns begin with, and of what they may take for the middle of something.
HOSTILE = (
    "a", "1", "1.", "a:", "::", "0:", "00:", "00-", "a@", "a'", "a.", "x@a.", "%41", "\\u0041",
    "password", "password=", "password=\"", "password \t", "token=,a", "eyJa-", "eyJa.", "sk-", "AKIA",
    "ghp_", "://", "://a:", "1 ", "1-", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "authorization: ",
    "bearer ", "user ", "user=", "user : ", "for ", "(a) ", "su for ", "\\", "/home/", "\\\"",
    "FAILED LOGIN ", "é", "\n", "=", "ip-1-", "_", "xoxb-", "SG.a",
    "4111 ", "cookie: a=", "--pass ", "--a-", "<token>", "token>a", "\\n", "#012", "password=[\"",
    "token={\"", "宛a", "宛a@", "user\":{\"a ", "pass=", "authorization: a b=\"",
    "1_", "1[.]", "1.1.", "1-1-1-1.a", "version 1.", "src_ip ", "a-mac ", "1.1.1.1 to ", "com.a.",
)  # fmt: skip


BEGINNINGS = ("", "://", 'password="', "x@", "user=", "-----BEGIN PRIVATE KEY-----")
MODULES = (
    address_context,
    address_forms,
    addresses,
    finder,
    found,
    hosts,
    identifiers,
    json_values,
    known_secrets,
    fields,
    finding,
    host_forms,
    secret_rules,
    macs,
    versions,
)


@pytest.mark.parametrize("characters", [1_000, pytest.param(20_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("unit", HOSTILE)
def test_a_long_text_made_to_be_slow_is_rewritten(unit: str, characters: int) -> None:
    texts = [beginning + unit * (characters // len(unit)) for beginning in BEGINNINGS]
    rows = [{"message": text, "host_name": "a-a"} for text in texts]
    pseudonymizer = Pseudonymizer(rule())
    changed, _ = pseudonymizer.apply(records("logs", *rows), LOGS)
    scanner = ResidueScanner(pseudonymizer.rule, pseudonymizer.issued)
    assert scanner.frame(changed, contents(LOGS), "logs") == []


@pytest.mark.parametrize("characters", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_very_long_text_is_rewritten(characters: int) -> None:
    secret = "hunter2hunter2"
    for unit in ("x", "user:", "token="):
        text = f"{unit * (characters // len(unit))} 10.1.2.3,password={secret}"
        changed, counts = Pseudonymizer(rule()).apply(records("logs", {"message": text}), LOGS)
        assert (counts["address"], counts["secret:password"]) == (1, 1)
        assert secret not in changed["message"].item()


def repeats(parsed: Any) -> Iterator[tuple[Any, int]]:
    """Yield every repeat of a parsed pattern, with its largest number."""
    for operation, argument in parsed:
        for part in argument if isinstance(argument, tuple | list) else (argument,):
            if isinstance(part, SubPattern):
                yield from repeats(part)
            elif isinstance(part, list):
                for item in part:
                    if isinstance(item, SubPattern):
                        yield from repeats(item)
        if operation in (MAX_REPEAT, MIN_REPEAT):
            yield operation, int(argument[1])


def compiled(value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from compiled(item)


@pytest.mark.parametrize("module", MODULES)
def test_no_pattern_can_give_back_without_end(module: ModuleType) -> None:
    """A repeat without a bound never gives back what it took: no text can make a match take for ever."""
    patterns = [pattern for value in vars(module).values() for pattern in compiled(value)]
    patterns += [phrase.compiled for phrase in vars(module).get("PHRASES", ())]
    patterns += [
        rule.compiled
        for name in ("FORMATS", "SPOKEN", "OPTIONS", "KEYED", "CODES")
        for rule in vars(module).get(name, ())
    ]
    patterns += [form.pattern for form in vars(module).get("FORMS", ())]
    for pattern in patterns:
        for _, most in repeats(parse(pattern.pattern, pattern.flags)):
            assert most <= 255, pattern.pattern
