"""Accounts in both databases: created, changed and deleted, with an admin always left."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from lumber.errors import ConfigError, UserNotFound, UserStateError
from lumber.identity.api_keys import list_keys
from lumber.identity.users import (
    are_accounts_on,
    create_account,
    delete_account,
    find_account,
    find_account_by_id,
    list_accounts,
    set_disabled,
    set_password,
    set_role,
)
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl
from tests.integration.accounts import add_key, add_user


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(database_url))
    yield opened
    await opened.close()


@pytest.fixture
async def either_database(either_database_url: str) -> AsyncIterator[Database]:
    """For tests of what has no SQL of its own."""
    opened = open_database(DatabaseUrl.parse(either_database_url))
    yield opened
    await opened.close()


async def test_the_first_account_turns_accounts_on(database: Database) -> None:
    async with database.session() as session:
        assert not await are_accounts_on(session)
    ada = await add_user(database, "Ada", "admin", email="ada@example.org", password_hash="x")
    async with database.session() as session:
        assert await are_accounts_on(session)
        assert await list_accounts(session) == [ada]
        assert await find_account(session, "aDA") == ada
        assert await find_account_by_id(session, ada.user_id) == ada
        assert await find_account_by_id(session, "other") is None
    assert (ada.name, ada.role, ada.has_password, ada.is_disabled) == ("Ada", "admin", True, False)


async def test_the_first_account_is_a_person_who_administers(either_database: Database) -> None:
    for values in ({"role": "exporter"}, {"role": "admin", "is_service": True}):
        with pytest.raises(ConfigError, match="first account must be a person with the role admin"):
            await add_user(either_database, "ada", **values)
    async with either_database.session() as session:
        assert not await are_accounts_on(session)


async def test_wrong_values_are_refused_with_what_is_allowed(either_database: Database) -> None:
    await add_user(either_database, "Ada")
    for values, message in (
        ({"name": "ADA"}, "there is an account 'ADA' already"),
        ({"name": "b b"}, "can't name an account"),
        ({"name": "b", "role": "root"}, "allowed: admin, exporter, viewer, auditor"),
        ({"name": "b", "email": "b"}, "is not an e-mail address"),
        ({"name": "b", "is_service": True, "password_hash": "x"}, "can't sign in"),
    ):
        with pytest.raises(ConfigError, match=message):
            await add_user(either_database, **{"role": "viewer", **values})


async def test_an_account_is_disabled_enabled_and_given_a_role_and_a_password(database: Database) -> None:
    await add_user(database, "ada")
    bob = await add_user(database, "bob", "viewer")
    async with database.session() as session:
        assert (await set_disabled(session, "BOB", True)).is_disabled
        assert not (await set_disabled(session, "bob", False)).is_disabled
        assert (await set_role(session, "bob", "auditor")).role == "auditor"
        changed = await set_password(session, "bob", "hash")
    assert changed.has_password
    assert changed.updated_at > bob.updated_at
    async with database.session() as session:
        assert await find_account(session, "bob") == changed
        for name in ("eve", "b b", "\0", "\ud800"):
            with pytest.raises(UserNotFound):
                await set_disabled(session, name, True)
        with pytest.raises(ConfigError):
            await set_role(session, "bob", "root")


async def test_a_service_account_has_no_password(either_database: Database) -> None:
    await add_user(either_database, "ada")
    await add_user(either_database, "nightly", "exporter", is_service=True)
    with pytest.raises(UserStateError, match="service account"):
        async with either_database.session() as session:
            await set_password(session, "nightly", "hash")


async def test_a_deleted_account_takes_its_keys_with_it(database: Database) -> None:
    await add_user(database, "ada")
    await add_user(database, "bob", "viewer")
    for _ in range(2):
        await add_key(database, "bob", ["exports:read"])
    kept = await add_key(database, "ada", ["exports:read"])
    async with database.session() as session:
        deleted, keys = await delete_account(session, "Bob")
    assert (deleted.name, keys) == ("bob", 2)
    async with database.session() as session:
        assert await list_keys(session) == [kept.key]
        with pytest.raises(UserNotFound):
            await find_account(session, "bob")


async def disabled(session, name: str) -> None:
    await set_disabled(session, name, True)


async def demoted(session, name: str) -> None:
    await set_role(session, name, "viewer")


async def deleted(session, name: str) -> None:
    await delete_account(session, name)


WAYS_TO_LEAVE = (disabled, demoted, deleted)


async def test_the_last_admin_who_can_sign_in_stays(database: Database) -> None:
    await add_user(database, "ada")
    for leave in WAYS_TO_LEAVE:
        await add_user(database, "nightly", "admin", is_service=True)
        await add_user(database, "away", "admin")
        async with database.session() as session:
            await set_disabled(session, "away", True)
        with pytest.raises(UserStateError, match="'ada' is the last admin who can sign in"):
            async with database.session() as session:
                await leave(session, "ada")
        async with database.session() as session:
            for name in ("nightly", "away"):
                await leave(session, name)
            ada = await find_account(session, "ada")
            assert (ada.role, ada.is_disabled) == ("admin", False)
            for account in await list_accounts(session):
                if account.name != "ada":
                    await delete_account(session, account.name)


async def test_two_admins_who_remove_each_other_do_not_both_succeed(database: Database) -> None:
    await add_user(database, "bob")
    for number, leave in enumerate(WAYS_TO_LEAVE):
        await add_user(database, f"ada{number}")

        async def remove_bob(leave=leave) -> None:
            async with database.session() as session:
                await leave(session, "bob")

        async with database.session() as session:
            await leave(session, f"ada{number}")
            other = asyncio.create_task(remove_bob())
            # Long enough to read that ada is an admin, if nothing keeps it from reading.
            await asyncio.wait([other], timeout=0.1)
        with pytest.raises(UserStateError):
            await other


async def test_a_name_is_given_once_whoever_asks_at_the_same_time(database: Database) -> None:
    async def add(name: str) -> None:
        async with database.session() as session:
            await create_account(session, name, "admin")

    names = ("ada", "ADA", "Ada", "aDA")
    done = await asyncio.gather(*map(add, names), return_exceptions=True)
    errors = [str(each) for each in done if each is not None]
    assert len(errors) == 3
    assert all("already" in error for error in errors)
