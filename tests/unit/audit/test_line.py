"""What may be in a line, and what its hash covers."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from lumber.audit.actions import DECLARED, Action
from lumber.audit.actor import Actor, ActorKind, local_actor
from lumber.audit.line import FIRST_PREV_HASH, Line, NewLine, Result, chained
from lumber.audit.secrets import WITHHELD

NOW = datetime(2026, 11, 29, 12, 0, 0, 5, tzinfo=UTC)
ANNA = Actor(ActorKind.KEY, "anna", id="u1", key_id="k1", address="10.0.0.7")


def placed(new: NewLine) -> Line:
    return chained(new.members(), 1, NOW, FIRST_PREV_HASH)


def test_the_hash_is_that_of_the_canonical_json_of_all_other_members() -> None:
    new = NewLine(ANNA, Action.KEY_CREATED, ("key", "k2"), details={"scopes": ["exports:read"], "name": "é"})
    line = placed(new)
    value = json.loads(line.as_text())
    hash_ = value.pop("hash")
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hash_ == hashlib.sha256(text.encode()).hexdigest()
    assert value == {
        "seq": 1,
        "at": "2026-11-29T12:00:00.000005Z",
        "actor_kind": "key",
        "actor_id": "u1",
        "actor_name": "anna",
        "key_id": "k1",
        "address": "10.0.0.7",
        "action": "key_created",
        "target_kind": "key",
        "target_id": "k2",
        "result": "ok",
        "reason": None,
        "details": {"name": "é", "scopes": ["exports:read"]},
        "prev_hash": "0" * 64,
    }


def test_every_action_is_declared_with_what_it_means() -> None:
    assert set(DECLARED) == set(Action)
    assert all(declared.meaning.endswith(".") for declared in DECLARED.values())


# Always the same: it is part of the names of tests.
KEY = "lmb_0123456789ab_" + "A" * 43 + "42vJS0"


@pytest.mark.parametrize(
    ("action", "details"),
    [
        (Action.LOGIN, {"password": "x"}),
        (Action.PREVIEW, {"rows": "many"}),
        (Action.PREVIEW, {"rows": True}),
        (Action.PREVIEW, {"kinds": "logs"}),
        (Action.PREVIEW, {"kinds": 7}),
        (Action.PREVIEW, {"is_private": 1}),
        (Action.PREVIEW, {"filters_sha256": "abc"}),
        (Action.PREVIEW, {"rows": 2**63}),
    ],
)
def test_details_that_are_not_declared_are_refused(action: Action, details: dict) -> None:
    with pytest.raises(ValueError, match="detail"):
        NewLine(ANNA, action, details=details).members()


def test_a_reason_is_a_code() -> None:
    assert NewLine(ANNA, Action.LOGIN_FAILED, result=Result.REFUSED, reason="user_unknown").members()
    with pytest.raises(ValueError, match="reason"):
        NewLine(ANNA, Action.LOGIN_FAILED, reason="No user 'anna'.").members()


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        f"see {KEY}",
        "postgresql://lumber:hunter2@db/logs",
        "password=hunter2",
        "API_KEY: abc",
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
        "Bearer abcdefgh12345678",
        "authorization: basic eA==",
        "github_pat_" + "a1" * 18,
        "glpat-" + "a1" * 10,
        "xoxb-1234567890-abc",
        "sk_live_" + "a1" * 10,
        "rk_test_" + "a1" * 10,
        "sk-" + "a1" * 12,
        "hf_" + "a1" * 16,
        "AIza" + "a" * 35,
        "$2b$12$abcdefghijklmnopqrstuv",
        "$6$salt$hash",
        "access_key=abc",
        "credentials: abc",
        "pwd=x",
        "client_secret=x",
        "0f" * 32,
    ],
)
def test_what_looks_like_a_secret_is_withheld_wherever_it_is(secret: str) -> None:
    who = Actor(ActorKind.USER, secret, id=secret, key_id=secret, address=secret)
    details = {"name": secret, "kinds": ["logs", secret]}
    members = NewLine(who, Action.KEY_CREATED, (secret, secret), details=details).members()
    assert secret not in json.dumps(members)
    assert members["actor_name"] == members["target_id"] == members["details"]["name"] == WITHHELD
    assert members["details"]["kinds"] == ["logs", WITHHELD]


def test_plain_names_are_kept() -> None:
    for name in (
        "auth.log",
        "logs-5c1f0f2f7a90",
        "3f2a9b8e-1111-2222-3333-444455556666",
        "token.log",
        "/a/b c",
    ):
        details = {"name": name}
        assert (
            NewLine(ANNA, Action.LOAD_CREATED, ("load", name), details=details).members()["details"]
            == details
        )


def test_texts_are_what_every_database_stores_and_short() -> None:
    members = NewLine(ANNA, Action.LOAD_CREATED, details={"name": "a\0b\ud800" + "x" * 900}).members()
    name = members["details"]["name"]
    assert name.startswith("a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}x")
    assert len(name) == 300
    many = NewLine(ANNA, Action.SETTINGS_CHANGED, details={"fields": ["f"] * 1_234}).members()["details"]
    assert many["fields"][-2:] == ["f", "and 1,034 more"]
    assert len(many["fields"]) == 201


def test_the_local_actor_is_the_user_of_the_operating_system(monkeypatch: pytest.MonkeyPatch) -> None:
    before = local_actor()
    monkeypatch.setenv("LOGNAME", "somebody")
    monkeypatch.setenv("USER", "somebody")
    assert local_actor() == before
    assert before.name != "somebody"
