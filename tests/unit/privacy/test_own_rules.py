"""The owner's own rules: what is never replaced, what always is, and what becomes of whole columns."""

import json
import re
from typing import Any

import polars as pl
import pytest

from lumber.catalog.registry import get_kind
from lumber.errors import ConfigError
from lumber.exports.parsing import parse_config
from lumber.exports.privacy import shown_config
from lumber.privacy.own_rules import ColumnAction, Deny, Match, OwnRules, problem_of, spans
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.rule import AddressMode, Identifier, PrivacyRule
from tests.unit.privacy.rules import KEY, records, rule

LOGS = get_kind("logs")
RULES = {
    "allow": [{"value": "status.acme.example"}, {"pattern": "bot-[a-z]+", "matches": ["bot-build"]}],
    "deny": [
        {"value": "Project Falcon", "type": "project"},
        {
            "pattern": r"\bACME-[0-9]{5}\b",
            "type": "customer",
            "matches": ["order of ACME-10442"],
            "leaves": ["ACME-10 is a product"],
        },
    ],
    "columns": {"logs.device_id": "token", "process_name": "keep"},
}


def config(rules: Any, **changes: Any) -> Any:
    return parse_config({"data_types": ["logs"], "privacy": {"rules": rules, **changes}})


def own(**changes: Any) -> PrivacyRule:
    return rule(own=OwnRules(**changes))


def private(rule_: PrivacyRule, **row: Any) -> tuple[dict[str, Any], dict[str, int]]:
    pseudonymizer = Pseudonymizer(rule_)
    frame = records("logs", {"message": "m", **row})
    changed, counts = pseudonymizer.apply(frame, LOGS)
    judged = {name: each for name, each in contents(LOGS).items() if not rule_.own.keeps("logs", name)}
    assert pseudonymizer.scanner.frame(changed, judged, "x") == []
    return changed.to_dicts()[0], dict(counts)


def test_the_rules_of_a_config_apply_to_columns_texts_and_json() -> None:
    rule_ = config(RULES).privacy.rule(KEY)
    written, counts = private(
        rule_,
        message="project falcon: ACME-10442 asked status.acme.example, user bot-build and user alina",
        structured_data=json.dumps({"note": "about PROJECT FALCON", "user": "bot-build"}),
        process_name="alina@acme.example",
        device_id="pump-7",
    )
    message = written["message"]
    assert re.fullmatch(
        r"own_project_[0-9a-f]{16}: own_customer_[0-9a-f]{16} asked status\.acme\.example, user bot-build "
        r"and user user_[0-9a-f]{16}",
        message,
    )
    values = json.loads(written["structured_data"])
    assert values["user"] == "bot-build"
    assert "FALCON" not in values["note"]
    assert written["process_name"] == "alina@acme.example"
    assert re.fullmatch(r"own_device_id_[0-9a-f]{16}", written["device_id"])
    assert counts["own:customer"] == 1


def test_an_allowed_value_is_no_excuse_for_what_contains_it() -> None:
    written, _ = private(
        own(allow=(Match("status.acme.example"),)), message="mail ops@status.acme.example now"
    )
    assert "ops" not in written["message"]


def test_a_dropped_column_is_null_or_says_so() -> None:
    rule_ = own(columns=(("host_name", ColumnAction.DROP), ("message", ColumnAction.DROP)))
    written, counts = private(rule_, message="alina", host_name="nas7")
    assert written["host_name"] in (None, "[removed]")
    assert written["message"] == "[removed]"
    assert counts["own:message"] == 1


def test_a_pattern_may_match_pseudonyms_too() -> None:
    """The scan knows that they are none of the owner's values."""
    deny = Deny(Match(pattern=r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f]{8,}"), "number")
    written, _ = private(own(deny=(deny,)), message="from 85.214.3.9 by alina@acme.example id deadbeef01")
    assert "deadbeef01" not in written["message"]
    assert "85.214.3.9" not in written["message"]


def test_what_is_denied_goes_from_kept_addresses_and_from_numbers() -> None:
    rule_ = rule(
        addresses=AddressMode.KEEP,
        own=OwnRules(deny=(Deny(Match("85.214.3.9"), "server"), Deny(Match("104421"), "customer"))),
    )
    written, _ = private(
        rule_, device_ip="85.214.3.9", structured_data=json.dumps({"a": 104421, "b": 5, "c": 85.2})
    )
    values = json.loads(written["structured_data"])
    assert values["a"].startswith("own_customer_")
    assert (values["b"], values["c"]) == (5, 85.2)
    assert "85.214.3.9" not in str(written)


def test_paths_in_json_are_kept_dropped_or_tokens() -> None:
    document = {
        "customer": {"id": 7, "user": "alina"},
        "debug": {"user": "alina"},
        "build": [{"a": {"author": "alina@acme.example"}}, {"b": {"author": "x@acme.example"}}],
        "author": "alina@acme.example",
    }
    paths = {"customer.id": "token", "debug": "drop", "build.*.author": "keep"}
    rule_ = config({"json_paths": paths}).privacy.rule(KEY)
    written, counts = private(rule_, structured_data=json.dumps(document))
    values = json.loads(written["structured_data"])
    assert re.fullmatch(r"own_id_[0-9a-f]{16}", values["customer"]["id"])
    assert values["customer"]["user"].startswith("user_")
    assert "debug" not in values
    assert values["build"] == document["build"]
    assert values["author"].startswith("mail_")
    assert counts["own:id"] == counts["own:debug"] == 1


def test_the_scan_finds_what_a_path_must_not_leave() -> None:
    rule_ = own(json_paths=(("a.b", ColumnAction.TOKEN), ("c", ColumnAction.DROP)))
    scanner = Pseudonymizer(rule_).scanner
    assert len(scanner.json('{"a":{"b":"x"},"c":1}')) == 2
    assert scanner.json('{"a":{"b":"own_b_0123456789abcdef"},"d":1}') == ()


def test_addresses_alone_with_rules_are_rewritten_too() -> None:
    rule_ = rule(
        identifiers=frozenset[Identifier](),
        removes_secrets=False,
        own=OwnRules(allow=(Match("85.214.3.9"),), deny=(Deny(Match("falcon"), "project"),)),
    )
    written, _ = private(rule_, message="85.214.3.9 85.214.3.8 falcon")
    kept, changed, token = written["message"].split()
    assert kept == "85.214.3.9"
    assert changed != "85.214.3.8"
    assert token.startswith("own_project_")


@pytest.mark.parametrize(
    ("rules", "field", "says"),
    [
        ({"deny": [{"type": "x"}]}, "privacy.rules.deny.0", "either a value or a pattern"),
        ({"deny": [{"value": "a", "pattern": "b"}]}, "privacy.rules.deny.0", "either a value or a pattern"),
        ({"deny": [{"pattern": "("}]}, "privacy.rules.deny.0.pattern", "is no pattern"),
        (
            {"deny": [{"pattern": "(?=a)b", "matches": ["b"]}]},
            "privacy.rules.deny.0.pattern",
            "is no pattern",
        ),
        ({"deny": [{"pattern": "a*", "matches": ["a"]}]}, "privacy.rules.deny.0.pattern", "empty text"),
        ({"deny": [{"pattern": "a+"}]}, "privacy.rules.deny.0.matches", "at least one example"),
        ({"deny": [{"pattern": "a+", "matches": ["b"]}]}, "privacy.rules.deny.0.matches", "doesn't match"),
        (
            {"deny": [{"pattern": "a+", "matches": ["a"], "leaves": ["ba"]}]},
            "privacy.rules.deny.0.leaves",
            "matches the example 'ba'",
        ),
        ({"allow": [{"pattern": "a+", "matches": ["ab"]}]}, "privacy.rules.allow.0.matches", "as a whole"),
        ({"allow": [{"value": " "}]}, "privacy.rules.allow.0.value", "only spaces"),
        ({"allow": [{"value": "a", "matches": ["a"]}]}, "privacy.rules.allow.0", "needs no examples"),
        ({"json_paths": {"a..b": "drop"}}, "privacy.rules.json_paths", "is no path"),
        ({"columns": {"hostname": "drop"}}, "privacy.rules.columns", "'hostname' is no text column"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_field(rules: Any, field: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config(rules)
    (problem,) = raised.value.problems
    assert problem.field == field
    assert says in problem.message


def test_templates_are_not_made_of_a_column_that_is_kept() -> None:
    with pytest.raises(ConfigError, match="can't be kept with templates"):
        parse_config(
            {
                "data_types": ["logs"],
                "templates": True,
                "privacy": {"rules": {"columns": {"message": "keep"}}},
            }
        )


def test_old_configs_keep_their_hash_and_the_dataset_shows_no_denied_value() -> None:
    plain = parse_config({"data_types": ["logs"], "privacy": {"addresses": "token"}})
    assert (
        parse_config({"data_types": ["logs"], "privacy": {"addresses": "token", "rules": None}}).hash
        == plain.hash
    )
    private_ = config(RULES)
    assert private_.hash != plain.hash
    assert parse_config(private_.as_json()).hash == private_.hash
    shown = json.dumps(shown_config(private_, private_.privacy.rule(KEY)))
    assert "Falcon" not in shown
    assert "ACME" not in shown


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("b+", "abbab", [(1, 3), (4, 5)]),
        ("ü", "müü", [(1, 2), (2, 3)]),
        ("a", "\ue0f0a\ue0f1a", [(1, 2), (3, 4)]),
    ],
)
def test_spans_are_positions_of_characters(pattern: str, text: str, expected: list[tuple[int, int]]) -> None:
    assert spans(pattern, text) == expected


def test_a_value_is_matched_as_it_is_in_any_case() -> None:
    deny = own(deny=(Deny(Match("c++ (x)"), "name"),))
    changed, _ = Pseudonymizer(deny).apply_texts(pl.Series(["with C++ (X) and c (x)"]))
    assert re.fullmatch(r"with own_name_[0-9a-f]{16} and c \(x\)", str(changed[0]))


def test_a_wrong_pattern_is_explained_without_the_words_of_the_library() -> None:
    problem = problem_of("(")
    assert problem is not None
    assert "unclosed group" in problem
    assert "expression" not in problem
