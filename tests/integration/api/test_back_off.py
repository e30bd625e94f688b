"""Guesses of passwords: each takes longer than the last, and tells nothing. In both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import argon2
import httpx2
import pytest

from lumber.api import create_app
from lumber.identity import back_off
from lumber.identity.back_off import FORGOTTEN, address_counted, begin_attempt, clean_up, name_counted
from lumber.identity.users import set_disabled
from lumber.settings import Settings
from lumber.store.models.base import utc_now
from tests.integration.accounts import CHEAP, PASSWORD, stored
from tests.integration.api.serving import started
from tests.integration.api.signed_in import OURS, Office, office

WRONG = "a wrong password"
BASE = "http://127.0.0.1/api/v1"


class Clock:
    """The time of the back-off, which tests set."""

    def __init__(self) -> None:
        self.now = utc_now()

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("lumber.api.signing_in.utc_now", made)
    return made


@pytest.fixture
async def house(settings: Settings, clock: Clock) -> AsyncIterator[Office]:
    async with office(settings) as found:
        yield found


async def from_address(house: Office, address: str, name: str, password: str = WRONG) -> httpx2.Response:
    """Try to sign in from an address."""
    app: Any = house.client._transport.app  # type: ignore[attr-defined]
    transport = httpx2.ASGITransport(app=app, client=(address, 1))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, trust_env=False) as client:
        return await client.post("/session", json={"name": name, "password": password}, headers=OURS)


async def test_each_failure_of_a_name_takes_longer_and_is_told_to_nobody(house: Office, clock: Clock) -> None:
    for name in ("ada", "nobody", "nightly"):
        waits = []
        for number in range(12):
            # From another address each time: the name alone slows down.
            answer = await from_address(house, f"10.0.{len(name)}.{number}", name.upper())
            assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
            assert answer.json()["detail"] == "The name or the password is wrong."
            if number >= 4:
                again = await from_address(house, f"10.1.{len(name)}.{number}", name)
                assert (again.status_code, again.json()["code"]) == (429, "too_many_failures")
                waits.append(int(again.headers["Retry-After"]))
                clock.pass_(waits[-1])
        assert waits == [1, 2, 4, 8, 16, 32, 60, 60], name


async def test_a_right_password_begins_anew_and_waits_a_minute_at_most(house: Office, clock: Clock) -> None:
    for _ in range(30):
        assert (await from_address(house, "10.0.0.1", "ada")).status_code in (401, 429)
        clock.pass_(20)
    # Its owner gets a chance within a minute, also while others guess.
    refused = await from_address(house, "10.0.0.2", "ada", PASSWORD)
    assert (refused.status_code, int(refused.headers["Retry-After"]) <= 60) == (429, True)
    clock.pass_(60)
    assert (await from_address(house, "10.0.0.2", "ada", PASSWORD)).status_code == 200
    # Nothing is left of the failures of the name.
    for _ in range(4):
        assert (await from_address(house, "10.0.0.2", "ada")).status_code == 401
    assert (await from_address(house, "10.0.0.2", "ada", PASSWORD)).status_code == 200


async def test_an_address_that_guesses_names_is_slowed_down_in_all_processes(
    house: Office, clock: Clock, settings: Settings
) -> None:
    for number in range(20):
        assert (await from_address(house, "2001:db8::1", f"name-{number}")).status_code == 401
    app = create_app(settings.model_copy(update=CHEAP))
    async with app.router.lifespan_context(app):
        # The rest of its network is the same client.
        transport = httpx2.ASGITransport(app=app, client=("2001:db8::2", 1))
        async with httpx2.AsyncClient(transport=transport, base_url=BASE, trust_env=False) as other:
            refused = await other.post("/session", json={"name": "ada", "password": PASSWORD}, headers=OURS)
    assert refused.status_code == 429
    assert (await from_address(house, "2001:db8:0:1::1", "ada", PASSWORD)).status_code == 200
    # Who may sign in doesn't wash the address clean.
    clock.pass_(1)
    assert (await from_address(house, "2001:db8::1", "bob", PASSWORD)).status_code == 200
    assert (await from_address(house, "2001:db8::1", "name-21")).status_code == 401
    assert (await from_address(house, "2001:db8::1", "bob", PASSWORD)).status_code == 429
    clock.pass_(FORGOTTEN.total_seconds())
    assert (await from_address(house, "2001:db8::1", "name-22")).status_code == 401
    assert (await from_address(house, "2001:db8::1", "bob", PASSWORD)).status_code == 200


async def test_guesses_at_the_same_time_count_too(house: Office) -> None:
    answers = await asyncio.gather(*[from_address(house, f"10.0.0.{n}", "ada") for n in range(20)])
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_the_same_work_is_done_for_all_that_is_wrong(
    house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(self: Any, stored_hash: str, password: bytes) -> bool:
        parameters.append(stored_hash.rsplit("$", 2)[0])
        return verify(self, stored_hash, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    async with house.service.database.session() as session:
        await set_disabled(session, "bob", True)
    texts = set()
    for name, password in (
        ("ada", WRONG),
        ("nobody", WRONG),
        ("nightly", WRONG),
        ("bob", PASSWORD),
        ("", ""),
    ):
        answer = await from_address(house, "10.0.0.1", name, password)
        texts.add((answer.status_code, answer.json()["detail"], answer.json()["title"]))
    assert len(texts) == 1
    assert len(parameters) == 5
    assert len(set(parameters)) == 1


async def test_the_audit_trail_names_accounts_and_never_what_was_typed(house: Office) -> None:
    typed = "my-password-in-the-wrong-field"
    await from_address(house, "10.0.0.1", typed)
    for _ in range(7):
        await from_address(house, "10.0.0.2", "bob")
    question = (
        "SELECT actor_name, target_id, address, result, reason, details FROM audit_lines "
        "WHERE action = 'login_failed' ORDER BY seq"
    )
    details = '{"method":"password"}'
    bob = ("bob", house.ids["bob"], "10.0.0.2", "refused", "wrong_password", details)
    assert await stored(house.service.database, question) == [
        ("(unknown)", None, "10.0.0.1", "refused", "unknown_user", details),
        *[bob] * 5,
        # Once a minute.
        ("(unknown)", None, "10.0.0.2", "refused", "too_many_failures", details),
    ]
    tables = ("audit_lines", "login_failures")
    everything = [str(await stored(house.service.database, f"SELECT * FROM {name}")) for name in tables]
    assert typed not in str(everything)
    assert WRONG not in str(everything)


async def test_the_table_of_failures_does_not_grow(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # So many names have no more keys.
    assert len({name_counted(f"name-{number}").key for number in range(100_000)}) < 65_536
    assert name_counted("ADA") == name_counted("ada")
    monkeypatch.setattr(back_off, "_MOST_KEYS", 10)
    now = utc_now()
    async with house.service.database.session() as session:
        for number in range(30):
            counted = [address_counted(f"10.0.0.{number}")]
            await begin_attempt(session, counted, now + timedelta(seconds=number))
        await clean_up(session, now + timedelta(seconds=30))
    count = "SELECT count(*) FROM login_failures"
    assert await stored(house.service.database, count) == [(10,)]
    async with house.service.database.session() as session:
        await clean_up(session, now + FORGOTTEN + timedelta(seconds=30))
    assert await stored(house.service.database, count) == [(0,)]


async def test_a_trusted_proxy_says_whose_address_it_is(settings: Settings, clock: Clock) -> None:
    behind = settings.model_copy(update={**CHEAP, "trusted_proxies": "10.9.9.9"})
    async with office(behind) as house:
        app: Any = house.client._transport.app  # type: ignore[attr-defined]
        for proxy, forwarded, seen in (
            ("10.9.9.9", "192.0.2.1", "192.0.2.1"),
            ("10.9.9.8", "192.0.2.2", "10.9.9.8"),
        ):
            transport = httpx2.ASGITransport(app=app, client=(proxy, 1))
            async with httpx2.AsyncClient(transport=transport, base_url=BASE, trust_env=False) as client:
                headers = {**OURS, "X-Forwarded-For": forwarded}
                body = {"name": "ada", "password": WRONG}
                await client.post("/session", json=body, headers=headers)
            lines = "SELECT address FROM audit_lines WHERE action = 'login_failed' ORDER BY seq DESC"
            assert (await stored(house.service.database, lines))[0] == (seen,)
            keys = str(await stored(house.service.database, "SELECT key FROM login_failures"))
            assert f"address {seen}" in keys


async def test_guesses_of_the_setup_token_are_slowed_down(settings: Settings, clock: Clock) -> None:
    async with started(settings.model_copy(update=CHEAP)) as (client, service):
        body = {"name": "ada", "password": PASSWORD, "token": "a guess"}
        statuses = [(await client.post("/setup", json=body)).status_code for _ in range(22)]
        assert statuses == [403] * 20 + [429] * 2
        assert await stored(service.database, "SELECT count(*) FROM users") == [(0,)]
