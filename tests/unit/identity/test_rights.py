"""Roles, scopes and principals: what each role may do, and that a key never has more than its owner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.errors import ConfigError, NotPermitted
from lumber.identity.rights import ROLE_SCOPES, Principal, Role, Scope, checked_scopes

SCOPES = st.frozensets(st.sampled_from(Scope))
KINDS = st.none() | st.frozensets(st.sampled_from(["logs", "anomalies", "ips", "flows"]))


def test_each_role_has_these_scopes() -> None:
    assert {role.value: sorted(scope.value for scope in ROLE_SCOPES[role]) for role in Role} == {
        "admin": sorted(scope.value for scope in Scope),
        "exporter": ["exports:read", "exports:write", "ingest:write", "sources:read"],
        "viewer": ["exports:read", "sources:read"],
        "auditor": ["audit:read"],
    }


def test_the_machine_itself_may_do_everything() -> None:
    local = Principal.local()
    assert (local.user_id, local.key_id) == (None, None)
    for scope in Scope:
        local.require(scope)
    assert local.may_use("logs")
    assert local.may_use("a kind of another package")


@given(st.sampled_from(Role), SCOPES, KINDS)
def test_a_key_has_what_both_the_owner_and_the_key_have(
    role: Role, scopes: frozenset[Scope], kinds: frozenset[str] | None
) -> None:
    owner = Principal.of_user("1", "ada", role)
    key = owner.with_key("k", [scope.value for scope in scopes], kinds)
    assert key.scopes == owner.scopes & scopes
    assert all(isinstance(scope, Scope) for scope in key.scopes)
    assert key.kinds == kinds
    assert (key.user_id, key.name, key.role, key.key_id) == ("1", "ada", role, "k")


def test_scopes_that_this_program_does_not_know_give_nothing() -> None:
    owner = Principal.of_user("1", "ada", "admin")
    assert owner.with_key("k", ["exports:read", "exports:burn"], None).scopes == {Scope.EXPORTS_READ}


def test_a_key_for_some_kinds_may_use_no_others() -> None:
    key = Principal.of_user("1", "ada", "admin").with_key("k", ["exports:read"], ["logs"])
    assert (key.may_use("logs"), key.may_use("ips")) == (True, False)
    assert key.with_key("k", ["exports:read"], None).kinds == {"logs"}
    assert key.with_key("k", ["exports:read"], ["ips"]).kinds == frozenset()


def test_a_missing_right_is_named() -> None:
    ada = Principal.of_user("1", "ada", "viewer")
    ada.require(Scope.EXPORTS_READ)
    with pytest.raises(NotPermitted, match="account 'ada' doesn't have the scope exports:write"):
        ada.require(Scope.EXPORTS_WRITE)
    with pytest.raises(NotPermitted, match="API key k1 of 'ada' doesn't have the scope exports:read"):
        ada.with_key("k1", ["sources:read"], None).require(Scope.EXPORTS_READ)


def test_a_scope_beyond_the_owners_is_refused_with_what_is_allowed() -> None:
    ada = Principal.of_user("1", "ada", "viewer")
    assert checked_scopes(ada, ["exports:read", "exports:read"]) == {Scope.EXPORTS_READ}
    with pytest.raises(ConfigError) as caught:
        checked_scopes(ada, ["exports:read", "exports:write", "exports:burn"])
    assert [str(problem) for problem in caught.value.problems] == [
        "scopes: 'exports:write': 'ada' has the role viewer, which lacks it "
        "(allowed: exports:read, sources:read)",
        "scopes: 'exports:burn' is not a scope (allowed: exports:read, sources:read)",
    ]
    with pytest.raises(ConfigError, match="at least one"):
        checked_scopes(ada, [])
