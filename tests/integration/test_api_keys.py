"""API keys in both databases: created, used, expired, revoked, and never more than their owner."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from lumber.errors import ConfigError, KeyNotFound, UserNotFound, UserStateError
from lumber.identity.api_keys import KeyState, create_key, find_key, list_keys, revoke_key
from lumber.identity.authentication import Authenticator, Reason, Refusal
from lumber.identity.keys import new_key
from lumber.identity.rights import Principal
from lumber.identity.users import delete_account, find_account, set_disabled, set_role
from lumber.store.database import Database, open_database
from lumber.store.models import ApiKey
from lumber.store.url import DatabaseUrl
from tests.integration.accounts import add_key, add_user, cheap_passwords, stored


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def authenticator(database: Database, clock: Clock) -> AsyncIterator[Authenticator]:
    passwords = cheap_passwords()
    made = Authenticator(database, passwords, now=clock)
    yield made
    await made.close()
    passwords.close()


async def reason(authenticator: Authenticator, text: str) -> Reason:
    refusal = await authenticator.authenticate_key(text)
    assert isinstance(refusal, Refusal)
    assert text not in refusal.message or not text
    return refusal.reason


async def test_a_key_acts_for_its_owner_with_its_scopes_and_kinds(database, authenticator) -> None:
    ada = await add_user(database, "ada")
    made = await add_key(database, "ada", ["sources:read", "exports:write"], kinds=["logs"])
    assert await authenticator.authenticate_key(made.text.text) == Principal(
        ada.user_id, "ada", ada.role, frozenset({"exports:write", "sources:read"}),
        frozenset({"logs"}), made.key.key_id,
    )  # fmt: skip


async def test_the_database_does_not_have_the_key(database) -> None:
    await add_user(database, "ada")
    made = await add_key(database, "ada", ["exports:read"])
    row = str(await stored(database, "SELECT * FROM api_keys"))
    assert made.text.sha256 in row
    assert made.text.text[-49:] not in row


async def test_a_key_loses_what_its_owner_loses(database, authenticator) -> None:
    await add_user(database, "ada")
    await add_user(database, "bob", "exporter")
    made = await add_key(database, "bob", ["exports:read", "exports:write"])
    for role, scopes in (
        ("exporter", {"exports:read", "exports:write"}),
        ("viewer", {"exports:read"}),
        ("auditor", set()),
        ("admin", {"exports:read", "exports:write"}),
    ):
        async with database.session() as session:
            await set_role(session, "bob", role)
        assert (await authenticator.authenticate_key(made.text.text)).scopes == scopes
    async with database.session() as session:
        await set_disabled(session, "bob", True)
    assert await reason(authenticator, made.text.text) is Reason.DISABLED_USER
    async with database.session() as session:
        await delete_account(session, "bob")
    assert await reason(authenticator, made.text.text) is Reason.UNKNOWN_KEY


async def test_a_key_is_refused_from_its_expiry_on_and_once_it_is_revoked(
    database, authenticator, clock
) -> None:
    await add_user(database, "ada")
    ends = clock.now + timedelta(hours=1)
    made = await add_key(database, "ada", ["exports:read"], expires_at=ends)
    clock.now = ends - timedelta(microseconds=1)
    assert isinstance(await authenticator.authenticate_key(made.text.text), Principal)
    clock.now = ends
    assert await reason(authenticator, made.text.text) is Reason.EXPIRED_KEY
    async with database.session() as session:
        revoked = await revoke_key(session, made.key.key_id)
    assert revoked.state is KeyState.REVOKED
    assert await reason(authenticator, made.text.text) is Reason.REVOKED_KEY
    async with database.session() as session:
        assert (await revoke_key(session, made.key.key_id)).revoked_at == revoked.revoked_at


async def test_keys_that_nobody_was_given_are_refused(database, authenticator) -> None:
    await add_user(database, "ada")
    made, other = await add_key(database, "ada", ["exports:read"]), new_key()
    assert await reason(authenticator, other.text) is Reason.UNKNOWN_KEY
    async with database.session() as session:
        await session.execute(sa.update(ApiKey).values(key_sha256=other.sha256))
    assert await reason(authenticator, made.text.text) is Reason.WRONG_SECRET


async def test_a_mistyped_key_never_reaches_the_database(tmp_path) -> None:
    database = open_database(DatabaseUrl.parse(f"sqlite:///{tmp_path}/none/none.db"))
    authenticator = Authenticator(database, cheap_passwords())
    text = new_key().text
    for wrong in ("", "lmb_", text[:-1] + ("a" if text[-1] != "a" else "b")):
        assert await reason(authenticator, wrong) is Reason.MALFORMED_KEY
    await database.close()


async def test_the_last_use_is_written_at_most_once_a_minute(database, authenticator, clock) -> None:
    await add_user(database, "ada")
    made = await add_key(database, "ada", ["exports:read"])

    async def use_at(moment: datetime) -> datetime | None:
        clock.now = moment
        assert isinstance(await authenticator.authenticate_key(made.text.text), Principal)
        await authenticator.close()
        async with database.session() as session:
            return (await find_key(session, made.key.key_id)).last_used_at

    first = clock.now
    assert await use_at(first) == first
    assert await use_at(first + timedelta(seconds=59)) == first
    assert await use_at(first + timedelta(seconds=60)) == first + timedelta(seconds=60)
    # Another process, which read the key before, doesn't write once more.
    other = Authenticator(database, cheap_passwords())
    other._last_uses.note(made.key.key_id, None, first + timedelta(seconds=90))
    await other.close()
    assert await use_at(first + timedelta(seconds=91)) == first + timedelta(seconds=60)


async def test_no_request_waits_for_the_last_use_to_be_written(sqlite_url: str) -> None:
    database = open_database(DatabaseUrl.parse(sqlite_url), busy_timeout_seconds=0.05)
    passwords = cheap_passwords()
    authenticator = Authenticator(database, passwords)
    await add_user(database, "ada")
    made = await add_key(database, "ada", ["exports:read"])
    async with database.session() as session:
        await session.execute(sa.update(ApiKey).values(name="held"))
        for _ in range(3):
            assert isinstance(await authenticator.authenticate_key(made.text.text), Principal)
        await authenticator.close()  # the write failed, and no request did
    async with database.session() as session:
        assert (await find_key(session, made.key.key_id)).last_used_at is None
    passwords.close()
    await database.close()


async def test_a_key_beyond_its_owner_is_refused(either_database) -> None:
    await add_user(either_database, "ada")
    await add_user(either_database, "bob", "viewer")
    for values, message in (
        ({"scopes": ["exports:write"]}, "allowed: exports:read, sources:read"),
        ({"scopes": []}, "at least one scope"),
        ({"kinds": ["flows"]}, "allowed: logs, anomalies, ips"),
        ({"kinds": []}, "at least one kind"),
        ({"expires_at": datetime.now(UTC)}, "is in the past"),
    ):
        with pytest.raises(ConfigError, match=message):
            await add_key(either_database, "bob", **{"scopes": ["exports:read"], **values})
    async with either_database.session() as session:
        bob = await set_disabled(session, "bob", True)
        with pytest.raises(UserStateError):
            await create_key(session, bob, "key", ["exports:read"])
        assert await list_keys(session) == []


async def test_a_key_beyond_the_one_who_creates_it_is_refused(either_database) -> None:
    ada = await add_user(either_database, "ada")
    own = ada.principal.with_key("k", ["admin", "exports:read"], ["logs"])
    with pytest.raises(ConfigError, match="allowed: exports:read, admin"):
        await add_key(either_database, "ada", ["exports:write"], within=own)
    with pytest.raises(ConfigError, match="allowed: logs"):
        await add_key(either_database, "ada", ["exports:read"], kinds=["ips"], within=own)
    assert (await add_key(either_database, "ada", ["exports:read"], within=own)).key.kinds == ("logs",)


async def test_keys_are_listed_found_and_revoked_for_one_account_only(database) -> None:
    ada, bob = await add_user(database, "ada"), await add_user(database, "bob")
    first, second = await add_key(database, "ada", ["admin"]), await add_key(database, "bob", ["admin"])
    async with database.session() as session:
        assert {key.key_id for key in await list_keys(session)} == {first.key.key_id, second.key.key_id}
        assert await list_keys(session, bob.user_id) == [second.key]
        for call in (find_key, revoke_key):
            with pytest.raises(KeyNotFound):
                await call(session, first.key.key_id, bob.user_id)
            with pytest.raises(KeyNotFound):
                await call(session, "%")
        assert (await find_key(session, first.key.key_id, ada.user_id)).state is KeyState.ACTIVE
        await set_disabled(session, "bob", True)
        assert (await find_key(session, second.key.key_id)).state is KeyState.OWNER_DISABLED
        assert (await find_account(session, "bob")).is_disabled


async def test_a_key_is_created_with_the_rights_that_the_owner_has_then(either_database) -> None:
    await add_user(either_database, "ada")
    before = await add_user(either_database, "bob", "exporter")
    async with either_database.session() as session:
        await set_role(session, "bob", "viewer")
    async with either_database.session() as session:
        with pytest.raises(ConfigError, match="allowed: exports:read, sources:read"):
            await create_key(session, before, "key", ["exports:write"])
        await delete_account(session, "bob")
        with pytest.raises(UserNotFound):
            await create_key(session, before, "key", ["exports:read"])
