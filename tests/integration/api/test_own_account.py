"""What people do with their own account: sessions, the password and API keys, in both databases."""

from collections.abc import AsyncIterator

import pytest

from lumber.settings import Settings
from tests.integration.accounts import PASSWORD, stored
from tests.integration.api.signed_in import OURS, Office, office

NEXT = "another long password"


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[Office]:
    async with office(settings) as found:
        yield found


async def test_people_see_and_end_their_sessions(house: Office) -> None:
    first = (await house.sign_in("bob", **{"User-Agent": "telephone"})).json()["session"]
    house.client.cookies.clear()
    await house.sign_in("ada")
    house.client.cookies.clear()
    second = (await house.sign_in("bob", **{"User-Agent": "desk"})).json()["session"]
    shown = (await house.call("GET", "/account/sessions")).json()["sessions"]
    assert {(each["id"], each["user_agent"], each["is_current"]) for each in shown} == {
        (first["id"], "telephone", False),
        (second["id"], "desk", True),
    }
    assert (await house.call("DELETE", f"/account/sessions/{first['id']}")).status_code == 204
    gone = await house.call("DELETE", f"/account/sessions/{first['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "session_not_found")
    # Somebody else's is not found either.
    [(other,)] = await stored(
        house.service.database, f"SELECT id FROM user_sessions WHERE user_id = '{house.ids['ada']}'"
    )
    assert (await house.call("DELETE", f"/account/sessions/{other}")).status_code == 404
    assert len((await house.call("GET", "/account/sessions")).json()["sessions"]) == 1
    assert (await house.call("DELETE", "/account/sessions")).status_code == 204
    assert (await house.call("GET", "/account/sessions")).status_code == 401
    assert await stored(house.service.database, "SELECT id FROM user_sessions") == [(other,)]
    actions = [action for action, _, _ in await house.actions(about=house.ids["bob"])]
    assert actions == ["user_created", "login", "login", "logout", "logout"]


async def test_a_new_password_ends_all_sessions_and_this_browser_gets_a_new_one(house: Office) -> None:
    await house.sign_in("bob")
    elsewhere = dict(house.client.cookies)
    house.client.cookies.clear()
    await house.sign_in("bob")
    before = dict(house.client.cookies)

    async def change(current: str, wanted: str) -> tuple[int, list[str]]:
        body = {"current_password": current, "new_password": wanted}
        answer = await house.call("PUT", "/account/password", body)
        errors = [] if answer.status_code == 204 else answer.json()["errors"]
        return answer.status_code, [each["field"] for each in errors]

    assert await change("wrong", NEXT) == (422, ["current_password"])
    assert await change(PASSWORD, "short") == (422, ["new_password"])
    assert await change(PASSWORD, NEXT) == (204, [])
    assert dict(house.client.cookies) != before
    assert (await house.call("GET", "/account/sessions")).status_code == 200
    for cookies in (elsewhere, before):
        house.client.cookies.clear()
        token = cookies["lumber_session"]
        old = await house.client.get("/export/", headers={"Cookie": f"lumber_session={token}"})
        assert old.status_code == 401
    house.client.cookies.clear()
    assert (await house.sign_in("bob")).status_code == 401
    assert (await house.sign_in("bob", NEXT)).status_code == 200


async def test_a_key_of_one_s_own_has_rights_of_the_account_only(house: Office) -> None:
    await house.sign_in("bob")
    wanted = {"name": "mine", "scopes": ["exports:read"], "kinds": ["logs"], "expires": "90d"}
    made = await house.call("POST", "/account/keys", wanted)
    assert made.status_code == 201
    key = made.json()
    assert (key["user_name"], key["scopes"], key["kinds"], key["state"]) == (
        "bob", ["exports:read"], ["logs"], "active",
    )  # fmt: skip
    house.client.cookies.clear()
    bearer = {"Authorization": f"Bearer {key['key']}"}
    assert (await house.client.get("/export/", headers=bearer)).status_code == 200
    # A key can't use the account: it could make itself another key.
    for method, path in (
        ("GET", "/account/keys"),
        ("POST", "/account/keys"),
        ("DELETE", "/account/sessions"),
    ):
        refused = await house.client.request(method, path, headers={**OURS, **bearer}, json=wanted)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    await house.sign_in("bob")
    for change, field in (
        ({"scopes": ["exports:write"]}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"kinds": ["none"]}, "kinds"),
        ({"expires": "soon"}, "expires"),
        ({"name": ""}, "name"),
        ({"user_id": house.ids["ada"]}, "user_id"),
    ):
        answer = await house.call("POST", "/account/keys", {**wanted, **change})
        assert answer.status_code == 422, change
        assert {each["field"].split(".")[0] for each in answer.json()["errors"]} == {field}
    [shown] = (await house.call("GET", "/account/keys")).json()["keys"]
    assert shown == {name: value for name, value in key.items() if name != "key"} | {
        "last_used_at": shown["last_used_at"]
    }
    assert (await house.call("DELETE", f"/account/keys/{key['key_id']}")).status_code == 204
    assert (await house.call("GET", "/account/keys")).json()["keys"][0]["state"] == "revoked"
    assert (await house.call("DELETE", "/account/keys/0123456789ab")).status_code == 404
    await house.sign_in("ada")
    # Not even an admin's own account has the key of somebody else.
    assert (await house.call("DELETE", f"/account/keys/{key['key_id']}")).status_code == 404


async def test_without_accounts_there_is_no_account_to_change(settings: Settings) -> None:
    from tests.integration.api.serving import started

    async with started(settings) as (client, _):
        document = (await client.get("/session")).json()
        assert (document["accounts_on"], document["account"]["name"]) == (False, "local")
        assert (document["account"]["role"], document["account"]["user_id"]) == ("admin", None)
        assert (await client.get("/account/sessions")).json() == {"sessions": []}
        assert (await client.get("/account/keys")).json() == {"keys": []}
        assert (await client.get("/users")).json() == {"users": []}
        body = {"name": "mine", "scopes": ["exports:read"]}
        assert (await client.post("/account/keys", json=body)).status_code == 409
        # The first account needs the token.
        first = await client.post("/users", json={"name": "eve", "role": "admin"})
        assert (first.status_code, first.json()["code"]) == (409, "user_state")
        login = await client.post("/session", json={"name": "eve", "password": PASSWORD})
        assert (login.status_code, login.json()["code"]) == (409, "user_state")
