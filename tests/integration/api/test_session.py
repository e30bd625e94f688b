"""Sign in and out with a browser, in both databases."""

from collections.abc import AsyncIterator
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import httpx2
import pytest

from lumber.api.service import Service
from lumber.identity.users import set_disabled, set_password, set_role
from lumber.settings import Settings
from lumber.store.models.base import utc_now
from tests.integration.accounts import CHEAP, PASSWORD, add_key, add_user, stored
from tests.integration.api.serving import started

OURS = {"Origin": "http://127.0.0.1"}


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[tuple[httpx2.AsyncClient, Service]]:
    async with started(settings.model_copy(update=CHEAP)) as (client, service):
        hashed = await service.admission.passwords.hashed(PASSWORD)
        await add_user(service.database, "ada", password_hash=hashed)
        await add_user(service.database, "bob", "viewer", password_hash=hashed)
        yield client, service


async def sign_in(client: httpx2.AsyncClient, name: str = "ada", **headers: str) -> httpx2.Response:
    body = {"name": name, "password": PASSWORD}
    return await client.post("/session", json=body, headers={**OURS, **headers})


def cookie_of(answer: httpx2.Response) -> Any:
    parsed = SimpleCookie(answer.headers["Set-Cookie"])
    ((_, morsel),) = parsed.items()
    return morsel


async def test_who_signs_in_uses_the_service_until_they_sign_out(
    house: tuple[httpx2.AsyncClient, Service],
) -> None:
    client, service = house
    assert (await client.get("/session")).json() == {
        "accounts_on": True,
        "setup_open": False,
        "account": None,
        "session": None,
        "providers": [],
    }
    assert (await client.get("/export/")).status_code == 401
    signed_in = await sign_in(client, "BOB", **{"User-Agent": "a browser"})
    assert signed_in.status_code == 200
    document = signed_in.json()
    assert document["account"]["name"] == "bob"
    assert document["account"]["scopes"] == ["exports:read", "sources:read"]
    assert document["account"]["has_password"] is True
    assert document["session"]["user_agent"] == "a browser"
    assert document["session"]["address"] == "127.0.0.1"
    assert document["session"]["is_current"] is True
    assert (await client.get("/session")).json() == document
    assert (await client.get("/export/")).status_code == 200
    assert (await client.post("/export/", json={"data_types": ["logs"]}, headers=OURS)).status_code == 403
    # The browser sends the cookie after the sign-out, too, if it kept it.
    token = cookie_of(signed_in).value
    signed_out = await client.delete("/session", headers=OURS)
    assert (signed_out.status_code, cookie_of(signed_out)["max-age"]) == (204, "0")
    again = await client.get("/export/", headers={"Cookie": f"lumber_session={token}"})
    assert again.status_code == 401
    assert (await client.delete("/session", headers=OURS)).status_code == 204
    question = "SELECT action, actor_name, target_id, address FROM audit_lines "
    question += "WHERE actor_name = 'bob' AND action LIKE 'log%' ORDER BY seq"
    bob = document["account"]["user_id"]
    assert await stored(service.database, question) == [
        ("login", "bob", bob, "127.0.0.1"),
        ("logout", "bob", bob, "127.0.0.1"),
    ]
    everything = str(await stored(service.database, "SELECT * FROM user_sessions, audit_lines"))
    assert token not in everything


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(settings: Settings) -> None:
    for public_url, base in (
        ("", "http://127.0.0.1"),
        ("http://lumber.example.org", "http://lumber.example.org"),
        ("https://lumber.example.org", "https://lumber.example.org"),
    ):
        changed = settings.model_copy(update={**CHEAP, "public_url": public_url})
        async with started(changed) as (client, service):
            if not await stored(service.database, "SELECT id FROM users"):
                hashed = await service.admission.passwords.hashed(PASSWORD)
                await add_user(service.database, "ada", password_hash=hashed)
            client.base_url = f"{base}/api/v1"  # type: ignore[assignment]
            found = cookie_of(await sign_in(client, Origin=base))
            is_secure = public_url.startswith("https")
            assert found.key == ("__Host-lumber_session" if is_secure else "lumber_session")
            assert bool(found["secure"]) is is_secure
            assert (found["httponly"], found["samesite"].lower(), found["path"]) == (True, "lax", "/")
            assert not found["domain"]
            assert len(found.value) == 43


async def test_each_sign_in_has_a_new_token_and_ends_the_browser_s_earlier_session(
    house: tuple[httpx2.AsyncClient, Service],
) -> None:
    client, service = house
    # A token that somebody else planted is never the one of a session.
    planted = "A" * 43
    client.cookies.set("lumber_session", planted, domain="127.0.0.1")
    first = cookie_of(await sign_in(client)).value
    second = cookie_of(await sign_in(client)).value
    assert len({planted, first, second}) == 3
    for token, status in ((planted, 401), (first, 401), (second, 200)):
        client.cookies.clear()
        answer = await client.get("/export/", headers={"Cookie": f"lumber_session={token}"})
        assert answer.status_code == status
    assert await stored(service.database, "SELECT count(*) FROM user_sessions") == [(1,)]


async def test_what_changes_something_must_come_from_a_page_of_the_service(
    house: tuple[httpx2.AsyncClient, Service],
) -> None:
    client, service = house
    key = await add_key(service.database, "ada", ["exports:write"])
    await sign_in(client)
    create = {"data_types": ["logs"]}
    for headers, status in (
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        (OURS, 200),
        # A key needs none of them.
        ({"Authorization": f"Bearer {key.text.text}"}, 200),
    ):
        answer = await client.post("/export/", json=create, headers=headers)
        assert answer.status_code == status, headers
        if status == 403:
            assert answer.json()["code"] == "origin_refused", headers
    assert (await client.delete("/session")).status_code == 403
    assert (await client.get("/export/")).status_code == 200


async def test_other_sites_can_neither_sign_somebody_in_nor_make_the_first_admin(
    house: tuple[httpx2.AsyncClient, Service],
) -> None:
    client, _ = house
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        for path, body in (
            ("/session", {"name": "ada", "password": PASSWORD}),
            ("/setup", {"name": "ada", "password": PASSWORD, "token": "x"}),
        ):
            answer = await client.post(path, json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
            assert "Set-Cookie" not in answer.headers


async def test_a_session_ends_after_its_time_and_without_use(
    house: tuple[httpx2.AsyncClient, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, service = house
    await sign_in(client)
    start = utc_now()
    authenticator = service.admission.authenticator

    async def status_after(**span: float) -> int:
        monkeypatch.setattr(authenticator, "_now", lambda: start + timedelta(**span))
        return (await client.get("/export/")).status_code

    assert await status_after(hours=7.9) == 200
    # The use is written in a task of its own.
    await authenticator._last_visits.close()
    assert await status_after(hours=15) == 200
    await authenticator._last_visits.close()
    assert await status_after(hours=22.9) == 200
    await authenticator._last_visits.close()
    assert await status_after(hours=24.1) == 401
    assert await status_after(hours=23.9) == 200
    assert await status_after(hours=31) == 401


async def test_a_change_of_role_or_password_and_disabling_end_all_sessions_also_in_other_processes(
    house: tuple[httpx2.AsyncClient, Service], settings: Settings
) -> None:
    client, service = house
    changes = (
        lambda session: set_role(session, "bob", "exporter"),
        lambda session: set_password(session, "bob", hashed),
        lambda session: set_disabled(session, "bob", True),
    )
    hashed = await service.admission.passwords.hashed(PASSWORD)
    async with started(settings.model_copy(update=CHEAP)) as (other, _):
        for change in changes:
            assert (await sign_in(client, "bob")).status_code == 200
            assert (await sign_in(other, "bob")).status_code == 200
            assert (await sign_in(other, "ada", Cookie="")).status_code == 200
            async with service.database.session() as session:
                await change(session)
            assert (await client.get("/export/")).status_code == 401
            assert (await client.get("/session")).json()["account"] is None
        assert (await sign_in(client, "bob")).status_code == 401
        assert (await other.get("/session")).json()["account"]["name"] == "ada"
    rest = await stored(service.database, "SELECT count(*) FROM user_sessions")
    assert rest[0][0] >= 1
