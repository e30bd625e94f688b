"""The account of who signs in through a provider: made, found again, given a role, and never taken over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lumber.errors import UserStateError
from lumber.identity.identities import identities_of, link, unlink
from lumber.identity.oidc.accounts import account_of
from lumber.identity.oidc.failures import SignInFailed
from lumber.identity.oidc.person import Person
from lumber.identity.rights import Role
from lumber.identity.users import Account, delete_account, find_account, list_accounts, set_disabled, set_role
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl
from tests.integration.accounts import add_user, stored
from tests.integration.oidc import provider_of

ISSUER = "https://id.example.org"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
ADA = Person(ISSUER, "4f1c9e", "ada", "ada@example.org", True, ())
OPEN = {"create_accounts": True, "allow_anyone": True, "default_role": "viewer"}
ROLES = {"lumber-admins": "admin", "analysts": "exporter"}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(database_url))
    await add_user(opened, "root", "admin", password_hash="x")
    yield opened
    await opened.close()


@pytest.fixture
async def either_database(either_database_url: str) -> AsyncIterator[Database]:
    """For tests of what has no SQL of its own."""
    opened = open_database(DatabaseUrl.parse(either_database_url))
    await add_user(opened, "root", "admin", password_hash="x")
    yield opened
    await opened.close()


async def sign_in(database: Database, person: Person, **config: object) -> Account:
    provider = provider_of(person.issuer, **config)
    async with database.session() as session:
        return await account_of(session, provider, person, NOW, address="192.0.2.7")


async def refusal(database: Database, person: Person, **config: object) -> str:
    before = await accounts(database)
    with pytest.raises(SignInFailed) as refused:
        await sign_in(database, person, **config)
    assert await accounts(database) == before
    return refused.value.reason.value


async def accounts(database: Database) -> list[Account]:
    async with database.session() as session:
        return list(await list_accounts(session))


async def test_the_first_sign_in_makes_an_account_and_the_next_ones_find_it(database: Database) -> None:
    made = await sign_in(database, ADA, **OPEN)
    assert (made.name, made.email, made.role, made.has_password) == (
        "ada",
        "ada@example.org",
        "viewer",
        False,
    )
    renamed = replace(ADA, username="lovelace", email="lovelace@example.net")
    assert (await sign_in(database, renamed, **OPEN)).user_id == made.user_id
    # It doesn't need the right to make accounts any more.
    assert (await sign_in(database, ADA)).user_id == made.user_id
    async with database.session() as session:
        (identity,) = await identities_of(session, made.user_id)
    assert (identity.provider, identity.subject, identity.last_login_at) == ("corp", "4f1c9e", NOW)
    lines = await stored(
        database, "SELECT actor_kind, actor_name, address, action FROM audit_lines ORDER BY seq"
    )
    assert lines[-2:] == [
        ("system", "provider corp", "192.0.2.7", "user_created"),
        ("system", "provider corp", "192.0.2.7", "user_changed"),
    ]


async def test_nobody_takes_over_an_account_by_its_name_or_address(either_database: Database) -> None:
    await add_user(either_database, "Ada", "admin", email="ada@example.org")
    made = await sign_in(either_database, ADA, **OPEN)
    assert (made.name, made.role) == ("ada-2", "viewer")
    # The same subject of another issuer is somebody else, and so is another subject.
    assert (
        await sign_in(either_database, replace(ADA, issuer="https://id.example.net"), **OPEN)
    ).name == "ada-3"
    assert (await sign_in(either_database, replace(ADA, subject="5"), **OPEN)).name == "ada-4"
    assert (await sign_in(either_database, replace(ADA, subject="4F1C9E"), **OPEN)).name == "ada-5"


async def test_an_address_that_is_not_verified_does_not_become_that_of_the_account(
    either_database: Database,
) -> None:
    person = replace(ADA, username=None, is_email_verified=False)
    made = await sign_in(either_database, person, **OPEN)
    assert (made.name, made.email) == ("ada", None)
    trusted = {**OPEN, "trust_unverified_email": True}
    assert (
        await sign_in(either_database, replace(person, subject="2"), **trusted)
    ).email == "ada@example.org"
    assert (await sign_in(either_database, replace(person, subject="3", email=None), **OPEN)).name == "user"


@pytest.mark.parametrize(
    ("changes", "config", "reason"),
    [
        ({}, {}, "no_account"),
        ({}, {"default_role": "viewer"}, "no_account"),
        ({}, {"create_accounts": True, "allow_anyone": True, "roles": ROLES}, "no_role"),
        ({}, {**OPEN, "allow_anyone": False, "allowed_groups": ["staff"]}, "wrong_group"),
        ({"groups": ("Staff",)}, {**OPEN, "allow_anyone": False, "allowed_groups": ["staff"]}, "wrong_group"),
        ({}, {**OPEN, "allow_anyone": False, "allowed_domains": ["example.net"]}, "wrong_domain"),
        ({}, {**OPEN, "allow_anyone": False, "allowed_domains": ["ple.org"]}, "wrong_domain"),
        (
            {"email": None},
            {**OPEN, "allow_anyone": False, "allowed_domains": ["example.org"]},
            "wrong_domain",
        ),
        (
            {"email": "ada@evil.example.org"},
            {**OPEN, "allow_anyone": False, "allowed_domains": ["example.org"]},
            "wrong_domain",
        ),
        (
            {"email": "ada@example.org@evil.net"},
            {**OPEN, "allow_anyone": False, "allowed_domains": ["example.org"]},
            "wrong_domain",
        ),
        (
            {"is_email_verified": False},
            {**OPEN, "allow_anyone": False, "allowed_domains": ["example.org"]},
            "email_unverified",
        ),
    ],
    ids=str,
)
async def test_the_rules_keep_people_out(
    either_database: Database, changes: dict, config: dict, reason: str
) -> None:
    assert await refusal(either_database, replace(ADA, **changes), **config) == reason


async def test_rules_hold_at_each_sign_in(either_database: Database) -> None:
    rules = {"create_accounts": True, "default_role": "viewer", "allowed_domains": ["example.org"]}
    await sign_in(either_database, replace(ADA, email="ada@EXAMPLE.org"), **rules)
    assert await refusal(either_database, replace(ADA, email="ada@example.net"), **rules) == "wrong_domain"


async def test_groups_give_the_role_at_each_sign_in(either_database: Database) -> None:
    rules = {**OPEN, "roles": ROLES}
    both = replace(ADA, groups=("analysts", "lumber-admins", "other"))
    assert (await sign_in(either_database, both, **rules)).role is Role.ADMIN
    assert (await sign_in(either_database, replace(ADA, groups=("analysts",)), **rules)).role is Role.EXPORTER
    assert (await sign_in(either_database, ADA, **rules)).role is Role.VIEWER
    changed = "SELECT actor_name, action, details FROM audit_lines WHERE action = 'role_changed' ORDER BY seq"
    names = [
        (name, '"after":"viewer"' in details) for name, _, details in await stored(either_database, changed)
    ]
    assert names == [("provider corp", False), ("provider corp", True)]


async def test_without_groups_a_role_given_by_hand_stays(either_database: Database) -> None:
    made = await sign_in(either_database, ADA, **OPEN)
    async with either_database.session() as session:
        await set_role(session, made.name, "exporter")
    assert (await sign_in(either_database, ADA, **OPEN)).role is Role.EXPORTER


async def test_the_last_admin_keeps_the_role(either_database: Database) -> None:
    rules = {**OPEN, "roles": ROLES}
    made = await sign_in(either_database, replace(ADA, groups=("lumber-admins",)), **rules)
    async with either_database.session() as session:
        await set_disabled(session, "root", True)
    assert (await sign_in(either_database, ADA, **rules)).role is Role.ADMIN
    async with either_database.session() as session:
        await set_disabled(session, "root", False)
    assert (await sign_in(either_database, ADA, **rules)).user_id == made.user_id
    async with either_database.session() as session:
        assert (await find_account(session, "ada")).role is Role.VIEWER


async def test_a_disabled_account_is_refused(either_database: Database) -> None:
    await sign_in(either_database, ADA, **OPEN)
    async with either_database.session() as session:
        await set_disabled(session, "ada", True)
    assert await refusal(either_database, ADA, **OPEN) == "disabled_user"


async def test_a_deleted_account_leaves_no_identity(database: Database) -> None:
    made = await sign_in(database, ADA, **OPEN)
    async with database.session() as session:
        await delete_account(session, "ada")
    assert await stored(database, "SELECT * FROM user_identities") == []
    assert (await sign_in(database, ADA, **OPEN)).user_id != made.user_id


async def test_without_accounts_nobody_signs_in(either_database_url: str) -> None:
    opened = open_database(DatabaseUrl.parse(either_database_url))
    try:
        rules = {**OPEN, "roles": ROLES}
        assert await refusal(opened, replace(ADA, groups=("lumber-admins",)), **rules) == "no_accounts"
    finally:
        await opened.close()


async def test_an_admin_links_an_account_and_takes_the_link_away(database: Database) -> None:
    bob = await add_user(database, "bob", "exporter")
    await add_user(database, "nightly", "exporter", is_service=True)
    async with database.session() as session:
        await link(session, "BOB", "corp", ISSUER, "4f1c9e")
    assert (await sign_in(database, ADA)).user_id == bob.user_id
    for name in ("bob", "root", "nightly"):
        with pytest.raises(UserStateError, match=r"linked to 'bob' already|service account"):
            async with database.session() as session:
                await link(session, name, "corp", ISSUER, "4f1c9e")
    async with database.session() as session:
        with pytest.raises(UserStateError, match="no such identity"):
            await unlink(session, "bob", "corp", "other")
        await unlink(session, "bob", "corp")
    assert await refusal(database, ADA) == "no_account"


async def test_people_who_sign_in_for_the_first_time_at_once_get_one_account_each(database: Database) -> None:
    people = [replace(ADA, subject=str(number % 3)) for number in range(9)]
    found = await asyncio.gather(*(sign_in(database, person, **OPEN) for person in people))
    assert len({account.user_id for account in found}) == 3
    assert len(await accounts(database)) == 4
