"""The first admin is made with the one-time token that `lumber serve` prints, in both databases."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lumber.identity.setup import new_setup_token
from lumber.settings import Settings
from lumber.store.database import Database
from tests.integration.accounts import CHEAP, PASSWORD, add_user, stored
from tests.integration.api.serving import started
from tests.integration.api.signed_in import OURS


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[tuple[Any, Any]]:
    async with started(settings.model_copy(update=CHEAP)) as found:
        yield found


async def printed(database: Database) -> str | None:
    async with database.session() as session:
        return await new_setup_token(session)


def first(token: str, **changes: str) -> dict[str, str]:
    return {"name": "ada", "password": PASSWORD, "token": token, **changes}


async def test_the_token_makes_the_first_admin_and_signs_in_once(house: tuple[Any, Any]) -> None:
    client, service = house
    assert (await client.get("/session")).json()["setup_open"] is False
    older, token = await printed(service.database), await printed(service.database)
    assert (await client.get("/session")).json()["setup_open"] is True
    wrong = await client.post("/setup", json=first("x" * 43), headers=OURS)
    assert (wrong.status_code, wrong.json()["code"]) == (403, "not_permitted")
    for change, field in (
        ({"password": "short"}, "password"),
        ({"name": "a b"}, "name"),
        ({"email": "x"}, "email"),
    ):
        refused = await client.post("/setup", json=first(token, **change), headers=OURS)
        assert [each["field"] for each in refused.json()["errors"]] == [field]
    # What was refused has not used the token up.
    made = await client.post("/setup", json=first(token, email="ada@example.org"), headers=OURS)
    assert made.status_code == 201, made.text
    document = made.json()
    assert (document["account"]["name"], document["account"]["role"]) == ("ada", "admin")
    assert (document["accounts_on"], document["setup_open"]) == (True, False)
    assert document["session"]["is_current"] is True
    assert (await client.get("/users")).json()["users"][0]["email"] == "ada@example.org"
    for used in (token, older, "x"):
        again = await client.post("/setup", json=first(used, name="eve"), headers=OURS)
        assert (again.status_code, again.json()["code"]) == (409, "user_state")
    assert await printed(service.database) is None
    assert await stored(service.database, "SELECT count(*) FROM setup_tokens") == [(0,)]
    lines = await stored(service.database, "SELECT actor_kind, action FROM audit_lines ORDER BY seq")
    wanted = [("local", "user_created"), ("user", "login")]
    assert [line for line in lines if line[1] in ("user_created", "login")] == wanted
    assert token not in str(await stored(service.database, "SELECT * FROM audit_lines"))


async def test_of_two_at_the_same_time_one_makes_the_first_admin(house: tuple[Any, Any]) -> None:
    client, service = house
    token = await printed(service.database)
    answers = await asyncio.gather(
        *[client.post("/setup", json=first(token, name=f"ada{n}"), headers=OURS) for n in range(4)]
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await stored(service.database, "SELECT count(*) FROM users") == [(1,)]


async def test_a_token_is_worth_nothing_once_there_is_an_account(house: tuple[Any, Any]) -> None:
    client, service = house
    token = await printed(service.database)
    assert token not in str(await stored(service.database, "SELECT * FROM setup_tokens"))
    await add_user(service.database, "ada")
    refused = await client.post("/setup", json=first(token, name="eve"), headers=OURS)
    assert (refused.status_code, refused.json()["code"]) == (409, "user_state")


async def test_only_the_newest_tokens_work(house: tuple[Any, Any]) -> None:
    client, service = house
    oldest = await printed(service.database)
    for _ in range(10):
        await printed(service.database)
    assert await stored(service.database, "SELECT count(*) FROM setup_tokens") == [(10,)]
    assert (await client.post("/setup", json=first(oldest), headers=OURS)).status_code == 403
