"""What admins do with accounts over HTTP, and what nobody else can, in both databases."""

from collections.abc import AsyncIterator

import pytest

from lumber.settings import Settings
from tests.integration.accounts import PASSWORD, stored
from tests.integration.api.signed_in import Office, office


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[Office]:
    async with office(settings) as found:
        await found.sign_in("ada")
        yield found


async def test_an_admin_makes_changes_and_deletes_accounts(house: Office) -> None:
    wanted = {"name": "Eve", "role": "viewer", "email": "eve@example.org", "password": PASSWORD}
    made = await house.call("POST", "/users", wanted)
    assert made.status_code == 201
    eve = made.json()
    assert (eve["name"], eve["role"], eve["email"], eve["has_password"], eve["last_login_at"]) == (
        "Eve", "viewer", "eve@example.org", True, None,
    )  # fmt: skip
    path = f"/users/{eve['user_id']}"
    changed = await house.call("PATCH", path, {"role": "exporter", "email": None, "is_disabled": True})
    assert changed.status_code == 200
    assert changed.json() == eve | {"role": "exporter", "email": None, "is_disabled": True}
    key = {"name": "k", "scopes": ["exports:write"]}
    assert (await house.call("POST", f"{path}/keys", key)).status_code == 409
    await house.call("PATCH", path, {"is_disabled": False})
    new = await house.call("POST", f"{path}/keys", key)
    assert (new.status_code, new.json()["user_name"]) == (201, "Eve")
    assert (await house.call("GET", f"{path}/keys")).json()["keys"][0]["key_id"] == new.json()["key_id"]
    assert (await house.call("GET", path)).json()["keys"] == 1
    assert (await house.call("DELETE", f"{path}/keys/{new.json()['key_id']}")).status_code == 204
    assert (await house.call("PUT", f"{path}/password", {"password": "another password"})).status_code == 204
    shown = (await house.call("GET", "/users")).json()["users"]
    assert [(each["name"], each["sessions"], each["keys"]) for each in shown] == [
        ("ada", 1, 0), ("bob", 0, 0), ("Eve", 0, 0), ("nightly", 0, 0),
    ]  # fmt: skip
    assert (await house.call("DELETE", path)).status_code == 204
    assert (await house.call("GET", path)).status_code == 404
    assert [action for action, actor, _ in await house.actions(about=eve["user_id"]) if actor == "ada"] == [
        "user_created", "role_changed", "user_changed", "user_disabled",
        "user_enabled", "password_changed", "user_deleted",
    ]  # fmt: skip
    lines = str(await stored(house.service.database, "SELECT * FROM audit_lines"))
    assert PASSWORD not in lines
    assert "argon2" not in lines


async def test_what_is_wrong_is_named_by_its_field(house: Office) -> None:
    bob = f"/users/{house.ids['bob']}"
    for method, path, body, field in (
        ("POST", "/users", {"name": "bob", "role": "viewer"}, "name"),
        ("POST", "/users", {"name": "not a name", "role": "viewer"}, "name"),
        ("POST", "/users", {"name": "x", "role": "king"}, "role"),
        ("POST", "/users", {"name": "x"}, "role"),
        ("POST", "/users", {"name": "x", "role": "viewer", "password": "short"}, "password"),
        ("POST", "/users", {"name": "x", "role": "viewer", "email": "nowhere"}, "email"),
        (
            "POST",
            "/users",
            {"name": "x", "role": "viewer", "is_service": True, "password": PASSWORD},
            "password",
        ),
        ("PATCH", bob, {"role": "king"}, "role"),
        ("PATCH", bob, {"password_hash": "x"}, "password_hash"),
        ("PATCH", bob, {"name": "root"}, "name"),
        ("PUT", f"{bob}/password", {"password": "x"}, "password"),
        ("PUT", f"{bob}/password", {"password": PASSWORD, "role": "admin"}, "role"),
        ("POST", f"{bob}/keys", {"name": "k", "scopes": ["admin"]}, "scopes"),
    ):
        answer = await house.call(method, path, body)
        assert answer.status_code == 422, (method, path, body, answer.text)
        assert [each["field"] for each in answer.json()["errors"]] == [field], (method, path, body)
        assert PASSWORD not in answer.text
    for path in ("/users/gone", "/users/%00", "/users/bob"):
        assert (await house.call("GET", path)).status_code == 404
    shown = (await house.call("GET", bob)).json()
    assert (shown["role"], shown["name"]) == ("viewer", "bob")


async def test_the_last_admin_stays(house: Office) -> None:
    ada = f"/users/{house.ids['ada']}"
    for method, body in (("PATCH", {"role": "viewer"}), ("PATCH", {"is_disabled": True}), ("DELETE", None)):
        answer = await house.call(method, ada, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "user_state")
    # Nothing of a change that was refused is left.
    refused = await house.call("PATCH", ada, {"email": "ada@example.org", "is_disabled": True})
    assert refused.status_code == 409
    assert (await house.call("GET", ada)).json()["email"] is None


async def test_nobody_gives_themselves_a_role(house: Office) -> None:
    await house.sign_in("bob")
    change = {"role": "admin"}
    assert (await house.call("PATCH", f"/users/{house.ids['bob']}", change)).status_code == 403
    password = {"current_password": PASSWORD, "new_password": "another password", **change}
    for method, path, body in (
        ("PUT", "/account/password", password),
        ("POST", "/account/keys", {"name": "k", "scopes": ["exports:read"], **change}),
        ("POST", "/session", {"name": "bob", "password": PASSWORD, **change}),
        ("POST", "/setup", {"name": "bob", "password": PASSWORD, "token": "x", **change}),
    ):
        answer = await house.call(method, path, body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "role"), path
    for path in ("/users", f"/users/{house.ids['ada']}"):
        assert (await house.call("GET", path)).status_code == 403
    assert (await house.call("GET", "/session")).json()["account"]["role"] == "viewer"


async def test_an_admin_signs_somebody_out_everywhere(house: Office) -> None:
    admin = dict(house.client.cookies)
    house.client.cookies.clear()
    await house.sign_in("bob")
    bob = dict(house.client.cookies)
    house.client.cookies.clear()
    house.client.cookies.update(admin)
    assert (await house.call("DELETE", f"/users/{house.ids['bob']}/sessions")).status_code == 204
    assert (await house.call("GET", "/users")).json()["users"][1]["sessions"] == 0
    house.client.cookies.clear()
    ended = await house.client.get("/export/", headers={"Cookie": f"lumber_session={bob['lumber_session']}"})
    assert ended.status_code == 401
