"""What was done to accounts and keys is in the audit trail, and was done only if it is there."""

from collections.abc import AsyncIterator

import pytest

from lumber.audit.actor import Actor, ActorKind
from lumber.errors import UserStateError
from lumber.identity.api_keys import create_key, revoke_key
from lumber.identity.audited import actor_of
from lumber.identity.rights import Principal
from lumber.identity.users import create_account, delete_account, set_disabled, set_password, set_role
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl
from tests.integration.accounts import stored

BY = Actor(ActorKind.USER, "root", "1", address="127.0.0.1")


@pytest.fixture
async def database(either_database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(either_database_url))
    yield opened
    await opened.close()


async def lines(database: Database) -> list[tuple[str, str, str]]:
    question = "SELECT action, target_id, details FROM audit_lines ORDER BY seq"
    return [tuple(row) for row in await stored(database, question)]


async def test_every_change_is_recorded_once_and_only_what_changed(database: Database) -> None:
    async with database.session() as session:
        await create_account(session, "ada", "admin", password_hash="$argon2id$1", by=BY)
        bob = await create_account(session, "bob", "viewer", by=BY)
        for _ in range(2):
            await set_role(session, "bob", "exporter", by=BY)
            await set_disabled(session, "bob", True, by=BY)
        await set_disabled(session, "bob", False, by=BY)
        await set_password(session, "bob", "$argon2id$2", by=BY)
        made = await create_key(session, bob, "nightly", ["exports:read"], kinds=["logs"], by=BY)
        for _ in range(2):
            await revoke_key(session, made.key.key_id, by=BY)
        await delete_account(session, "bob", by=BY)
    found = await lines(database)
    assert [(action, target) for action, target, _ in found[1:]] == [
        ("user_created", bob.user_id), ("role_changed", bob.user_id), ("user_disabled", bob.user_id),
        ("user_enabled", bob.user_id), ("password_changed", bob.user_id), ("key_created", made.key.key_id),
        ("key_revoked", made.key.key_id), ("user_deleted", bob.user_id),
    ]  # fmt: skip
    text = str(found)
    assert all('"name":"' in details for _, _, details in found)
    assert '"after":"exporter","before":"viewer"' in text
    assert '"keys":1' in text
    assert '"kinds":["logs"]' in text
    assert "argon2" not in text
    assert made.text.text[-49:] not in text
    assert set(await stored(database, "SELECT actor_name, address FROM audit_lines")) == {
        ("root", "127.0.0.1")
    }


async def test_what_was_refused_left_nothing(database: Database) -> None:
    async with database.session() as session:
        await create_account(session, "ada", "admin")

    async def refused() -> None:
        async with database.session() as session:
            await create_account(session, "bob", "viewer")
            await delete_account(session, "ada")

    with pytest.raises(UserStateError):
        await refused()
    assert [action for action, _, _ in await lines(database)] == ["user_created"]
    [(kind,)] = await stored(database, "SELECT actor_kind FROM audit_lines")
    assert kind == "local"


def test_a_principal_is_an_actor() -> None:
    ada = Principal.of_user("1", "ada", "viewer")
    assert actor_of(ada) == Actor(ActorKind.USER, "ada", "1")
    assert actor_of(ada.with_key("k", ["exports:read"], None)) == Actor(ActorKind.KEY, "ada", "1", "k")
    assert actor_of(Principal.local()) == Actor(ActorKind.LOCAL, "local")
