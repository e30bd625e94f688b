"""Whatever is planted in columns, messages and JSON is gone from the records, and the scan agrees."""

import json
import re
import unicodedata
from typing import Any
from urllib.parse import unquote

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lumber.catalog.registry import get_kind
from lumber.pipeline.privacy import AddressMode, Pseudonymizer, ResidueScanner
from lumber.pipeline.privacy.pseudonymizer import contents
from tests.unit.pipeline.privacy.planted import texts
from tests.unit.pipeline.privacy.rules import records, rule

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


@settings(deadline=None, phases=PHASES, max_examples=60)
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


@settings(deadline=None, phases=PHASES, max_examples=30)
@given(st.lists(texts(), min_size=1, max_size=5))
def test_the_scan_finds_what_was_planted_in_rows_that_went_round_the_step(planted) -> None:
    frame = records("logs", *rows_with(planted))
    for mode in (AddressMode.PREFIX_PRESERVING, AddressMode.TOKEN, AddressMode.DROP):
        pseudonymizer = Pseudonymizer(rule(addresses=mode))
        found = ResidueScanner(pseudonymizer.rule, pseudonymizer.issued).frame(frame, contents(LOGS), "logs")
        assert {item.column for item in found} >= {"message", "raw_message", "structured_data"}
        for item in found:
            assert not any(secret in str(item) for _, secrets in planted for secret in secrets)


@settings(deadline=None, phases=PHASES, max_examples=60)
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


# Repeats of what patterns begin with: time that grows with the square of the length would never end here.
HOSTILE = (
    "a", "1", "1.", "a:", "::", "0:", "00:", "00-", "a@", "a'", "a.", "x@a.", "%41", "\\u0041",
    "password", "password=", "password=\"", "password \t", "token=,a", "eyJa-", "eyJa.", "sk-", "AKIA",
    "ghp_", "://", "://a:", "1 ", "1-", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "authorization: ",
    "bearer ", "user ", "user=", "user : ", "for ", "(a) ", "su for ", "\\", "/home/", "\\\"",
    "FAILED LOGIN ", "é", "\n", "=", "ip-1-", "_", "xoxb-", "SG.a",
)  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_text_of_a_megabyte_takes_time_in_proportion(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    pseudonymizer = Pseudonymizer(rule())
    frame = records("logs", {"message": text, "host_name": "a-a", "structured_data": json.dumps([text])})
    changed, _ = pseudonymizer.apply(frame, LOGS)
    scanner = ResidueScanner(pseudonymizer.rule, pseudonymizer.issued)
    assert scanner.frame(changed, contents(LOGS), "logs") == []
