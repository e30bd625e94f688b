"""Objects that say the name of their value: what the name tells counts as the name of a field does."""

import json
from typing import Any

import pytest

from lumber.catalog.registry import get_kind
from lumber.privacy.pseudonymizer import Pseudonymizer
from tests.unit.privacy.rules import records, rule

LOGS = get_kind("logs")


def rewritten(value: Any) -> Any:
    """Return what becomes of a JSON value; the scan must find nothing in it."""
    pseudonymizer = Pseudonymizer(rule())
    frame, _ = pseudonymizer.apply(
        records("logs", {"message": "hi", "host_name": "pc1", "structured_data": json.dumps(value)}), LOGS
    )
    text = frame["structured_data"][0]
    assert pseudonymizer.scanner.json(text) == ()
    return json.loads(text)


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({"name": "Authorization", "value": "uQ7ziEb1nJiJRJ2o5PQ5GatX"}, "[secret:"),
        ({"key": "db_password", "value": "summer"}, "[secret:password]"),
        ({"header": "Set-Cookie", "Value": "sid=81f0c2"}, "[secret:"),
        ({"Name": "x-api-key", "val": "k9"}, "[secret:"),
        ({"value": "bob", "name": "username"}, "user_"),
        ({"field": "hostname", "content": "pc9"}, "host_"),
        ({"parameter": "pin", "value": "4711"}, "[secret:"),
    ],
)
def test_a_value_is_what_its_name_says(given: dict[str, str], begins: str) -> None:
    last = next(key for key in given if key.lower() in ("value", "val", "content"))
    (found,) = rewritten({"headers": [given]})["headers"]
    assert found[last].startswith(begins)
    assert {key: value for key, value in found.items() if key != last} == {
        key: value for key, value in given.items() if key != last
    }


def test_numbers_and_lists_are_values_too() -> None:
    assert rewritten({"name": "password", "value": 4711})["value"] == "[secret:password]"
    assert rewritten({"name": "user", "values": ["bob", "eve"]})["values"][0].startswith("user_")


@pytest.mark.parametrize(
    "kept",
    [
        {"name": "Accept", "value": "text/html"},
        {"name": "retries", "value": 5},
        {"name": "Authorization", "size": 5},
        {"value": "plain"},
        {"name": "x" * 70 + "password", "value": "long"},
        {"name": 5, "value": "five"},
    ],
)
def test_other_values_stay(kept: dict[str, Any]) -> None:
    assert rewritten({"items": [kept]}) == {"items": [kept]}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("authorization", "Bearer uQ7ziEb1nJiJRJ2o5PQ5GatX", "Bearer [secret:authorization]"),
        ("Authorization", "Basic Ym9iOnR1bmE3Nw==", "Basic [secret:authorization]"),
        ("authorization", "uQ7ziEb1nJiJRJ2o5PQ5GatX", "[secret:named]"),
        ("connectionString", "Database=shop;Password=tuna77;", "Database=shop;Password=[secret:password];"),
        ("connectionString", "uQ7ziEb1nJiJRJ2o5PQ5GatX", "[secret:named]"),
        ("client_token", "hmac-sha256:0f3a9c44d1b75e20", "hmac-sha256:0f3a9c44d1b75e20"),
        ("User", r"NT AUTHORITY\SYSTEM", r"NT AUTHORITY\SYSTEM"),
        ("user", "root", "root"),
    ],
)
def test_of_a_value_only_the_secret_part_is_removed(field: str, value: str, expected: str) -> None:
    assert rewritten({field: value, "a": 1})[field] == expected


def test_the_subject_of_a_token_is_a_user_and_other_subjects_stay() -> None:
    found = rewritten({"claims": {"sub": "rita", "aud": "shop"}, "task": {"sub": "billing"}})
    assert found["claims"]["sub"].startswith("user_")
    assert (found["claims"]["aud"], found["task"]) == ("shop", {"sub": "billing"})


def test_tokens_of_pages_and_sessions_of_accounts_are_no_secrets() -> None:
    given = {"nextPageToken": "CAUQAA9fK2xQ7v", "Acct-Session-Id": "5F8A1C3D00000012"}
    assert rewritten(given) == given


def test_the_domain_of_a_user_stays_and_the_case_of_the_user_makes_no_difference() -> None:
    found = rewritten([{"User": r"CORP\Bob.X"}, {"user": r"corp\bob.x"}, {"user": r"DESKTOP-3HHGCK9\bob.x"}])
    domain, user = found[0]["User"].split("\\")
    assert (domain, found[1]["user"]) == ("CORP", f"corp\\{user}")
    assert user.startswith("user_")
    assert found[2]["user"].startswith("host_")
    assert found[2]["user"].endswith(f"\\{user}")
