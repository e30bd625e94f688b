"""Names and passwords in both databases: who is let in, who isn't, and what they are told."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from lumber.identity.authentication import Authenticator, Reason, Refusal
from lumber.identity.users import Account, set_disabled, set_password
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl
from tests.integration.accounts import PASSWORD, add_user, cheap_passwords, stored


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(database_url))
    yield opened
    await opened.close()


async def test_only_the_right_password_of_an_enabled_person_lets_in(database: Database) -> None:
    passwords = cheap_passwords()
    authenticator = Authenticator(database, passwords)
    ada = await add_user(database, "Ada", password_hash=await passwords.hashed(PASSWORD))
    await add_user(database, "away", password_hash=await passwords.hashed(PASSWORD))
    await add_user(database, "elsewhere", "viewer")
    await add_user(database, "nightly", "viewer", is_service=True)
    async with database.session() as session:
        await set_disabled(session, "away", True)
    assert await authenticator.authenticate_password("aDA", PASSWORD) == ada
    refused = [
        await authenticator.authenticate_password(name, password)
        for name, password in (
            ("ada", "wrong"), ("eve", PASSWORD), ("\0", PASSWORD), ("", ""), ("away", PASSWORD),
            ("elsewhere", PASSWORD), ("nightly", PASSWORD), ("ada", "x" * 100_000),
        )
    ]  # fmt: skip
    assert [refusal.reason for refusal in refused if isinstance(refusal, Refusal)] == [
        Reason.WRONG_PASSWORD, Reason.UNKNOWN_USER, Reason.UNKNOWN_USER, Reason.UNKNOWN_USER,
        Reason.DISABLED_USER, Reason.NO_PASSWORD, Reason.NO_PASSWORD, Reason.WRONG_PASSWORD,
    ]  # fmt: skip
    # The client learns nothing from the difference.
    assert {str(refusal.error()) for refusal in refused} == {"The name or the password is wrong."}
    passwords.close()


async def test_a_weak_hash_is_renewed_by_its_owner_only(database: Database) -> None:
    passwords, strong = cheap_passwords(), cheap_passwords(rounds=2)
    before = await passwords.hashed(PASSWORD)
    await add_user(database, "ada", password_hash=before)
    authenticator = Authenticator(database, strong)

    question = "SELECT password_hash FROM users"
    await authenticator.authenticate_password("ada", "wrong")
    assert await stored(database, question) == [(before,)]
    assert isinstance(await authenticator.authenticate_password("ada", PASSWORD), Account)
    [(renewed,)] = await stored(database, question)
    assert renewed.startswith("$argon2id$v=19$m=32,t=2,")
    assert isinstance(await authenticator.authenticate_password("ada", PASSWORD), Account)
    assert await stored(database, question) == [(renewed,)]
    passwords.close()
    strong.close()


async def test_a_renewed_hash_never_replaces_a_new_password(database: Database) -> None:
    passwords, strong = cheap_passwords(), cheap_passwords(rounds=2)
    await add_user(database, "ada", password_hash=await passwords.hashed(PASSWORD))
    new = await strong.hashed("another password")
    authenticator = Authenticator(database, strong)
    check = strong.check

    async def changed_meanwhile(password: str, hashed: str | None):
        async with database.session() as session:
            await set_password(session, "ada", new)
        return await check(password, hashed)

    strong.check = changed_meanwhile  # type: ignore[method-assign]
    await authenticator.authenticate_password("ada", PASSWORD)
    assert await stored(database, "SELECT password_hash FROM users") == [(new,)]
    passwords.close()
    strong.close()


async def test_many_who_sign_in_at_once_are_all_answered(database: Database) -> None:
    passwords = cheap_passwords()
    authenticator = Authenticator(database, passwords)
    await add_user(database, "ada", password_hash=await passwords.hashed(PASSWORD))
    answers = await asyncio.gather(*[authenticator.authenticate_password("ada", PASSWORD) for _ in range(30)])
    assert all(isinstance(answer, Account) for answer in answers)
    passwords.close()
