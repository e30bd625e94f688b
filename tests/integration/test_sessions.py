"""Sessions in both databases: what opens one, what ends it, and what two processes do at the same time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from lumber.audit.actor import Actor, ActorKind
from lumber.errors import AuthenticationFailed, UserNotFound
from lumber.identity.authentication import Authenticator, Reason, Refusal
from lumber.identity.rights import Principal
from lumber.identity.sessions import (
    DEFAULT_LIMITS,
    count_sessions,
    end_sessions,
    list_sessions,
    open_session,
    token_hash,
)
from lumber.identity.users import (
    Account,
    create_account,
    delete_account,
    set_disabled,
    set_password,
    set_role,
)
from lumber.store.database import Database, open_database
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl
from tests.integration.accounts import add_user, cheap_passwords, stored
from tests.integration.api.serving import LONG_SECONDS

BY = Actor(ActorKind.USER, "bob", "2")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(database_url))
    await add_user(opened, "ada")
    yield opened
    await opened.close()


async def opened(database: Database, account: Account, **values: object) -> str:
    async with database.session() as session:
        token, _ = await open_session(session, account, DEFAULT_LIMITS, **values)  # type: ignore[arg-type]
        return token


async def test_only_the_hash_of_a_token_is_stored_and_only_the_token_lets_in(database: Database) -> None:
    passwords = cheap_passwords()
    bob = await add_user(database, "bob", "viewer")
    token = await opened(database, bob, address="10.0.0.1", user_agent="a\x1bb" + "x" * 1_000)
    authenticator = Authenticator(database, passwords)
    found = await authenticator.authenticate_session(token)
    assert isinstance(found, Principal)
    assert found == bob.principal.with_session(found.session_id or "")
    [(stored_hash, user_agent)] = await stored(database, "SELECT token_sha256, user_agent FROM user_sessions")
    assert stored_hash == token_hash(token)
    assert (user_agent[:3], len(user_agent)) == ("abx", 299)
    for wrong in ("", "x", token[:-1], stored_hash, found.session_id or "", "\0", "\ud800"):
        refused = await authenticator.authenticate_session(wrong)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.UNKNOWN_SESSION
    await authenticator.close()
    passwords.close()


async def test_a_proof_from_before_a_change_opens_no_session(database: Database) -> None:
    bob = await add_user(database, "bob", "viewer")
    for change in (
        lambda session: set_password(session, "bob", "$argon2id$1"),
        lambda session: set_role(session, "bob", "exporter"),
        lambda session: set_disabled(session, "bob", True),
    ):
        async with database.session() as session:
            await change(session)
        with pytest.raises(AuthenticationFailed):
            await opened(database, bob)
    nightly = await add_user(database, "nightly", "viewer", is_service=True)
    with pytest.raises(AuthenticationFailed):
        await opened(database, nightly)
    async with database.session() as session:
        await delete_account(session, "bob")
    with pytest.raises(UserNotFound):
        await opened(database, bob)
    assert await stored(database, "SELECT id FROM user_sessions") == []


async def test_sessions_that_are_over_are_deleted_and_not_counted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = await add_user(database, "bob", "viewer")
    now = utc_now()
    for hours in (0, 10, 20):
        await opened(database, bob, now=now + timedelta(hours=hours))
    # The first two were idle for too long when the third began.
    assert await stored(database, "SELECT count(*) FROM user_sessions") == [(1,)]
    for hours, left in ((21, 1), (30, 0)):
        at = now + timedelta(hours=hours)
        async with database.session() as session:
            assert len(await list_sessions(session, bob.user_id, DEFAULT_LIMITS, now=at)) == left
            assert (await count_sessions(session, DEFAULT_LIMITS, now=at)).get(bob.user_id, 0) == left
    monkeypatch.setattr("lumber.identity.sessions._MOST_SESSIONS", 5)
    for _ in range(7):
        await opened(database, bob, now=now + timedelta(hours=20))
    assert await stored(database, "SELECT count(*) FROM user_sessions") == [(5,)]
    async with database.session() as session:
        assert await end_sessions(session, bob.user_id, by=BY) == 5
        assert await end_sessions(session, bob.user_id, by=BY) == 0


async def test_a_sign_in_and_a_sign_out_at_the_same_time_do_not_block_each_other(postgres_url: str) -> None:
    database = open_database(DatabaseUrl.parse(postgres_url))
    bob = await add_user(database, "bob")
    await opened(database, bob)
    [(session_id,)] = await stored(database, "SELECT id FROM user_sessions")

    async def sign_out() -> int:
        async with database.session() as session:
            return await end_sessions(session, bob.user_id, by=BY)

    blocked = "wait_event_type = 'Lock' AND datname = current_database()"
    waiting = f"SELECT count(*) FROM pg_stat_activity WHERE {blocked}"
    async with database.session() as session:
        # A sign-in through a provider may make an account first, and so writes to the audit trail.
        await create_account(session, "eve", "viewer", by=BY)
        other = asyncio.create_task(sign_out())
        async with asyncio.timeout(LONG_SECONDS):
            while await stored(database, waiting) == [(0,)]:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        await open_session(session, bob, DEFAULT_LIMITS, replaces=session_id)
    assert await other == 1
    assert await stored(database, "SELECT id FROM user_sessions") == []
    await database.close()
