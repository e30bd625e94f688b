"""Accounts for tests, with hashes of passwords that take no time."""

import sqlalchemy as sa

from lumber.identity.api_keys import NewKey, create_key
from lumber.identity.passwords import Passwords
from lumber.identity.users import Account, create_account, find_account
from lumber.store.database import Database

PASSWORD = "correct horse battery"
# The least that the settings allow: some milliseconds.
CHEAP_HASHES = {"LUMBER_PASSWORD_MEMORY_BYTES": str(7 * 1024**2), "LUMBER_PASSWORD_ROUNDS": "1"}

CHEAP = {"password_memory_bytes": 7 * 1024**2, "password_rounds": 1}


def cheap_passwords(rounds: int = 1) -> Passwords:
    """Return a hasher with the least that Argon2 allows."""
    return Passwords(memory_bytes=32 * 1024, rounds=rounds)


async def add_user(database: Database, name: str, role: str = "admin", **values: object) -> Account:
    async with database.session() as session:
        return await create_account(session, name, role, **values)


async def add_key(database: Database, name: str, scopes: list[str], **values: object) -> NewKey:
    async with database.session() as session:
        return await create_key(session, await find_account(session, name), "key", scopes, **values)


async def stored(database: Database, statement: str) -> list[tuple]:
    """Return the rows of a query as they are stored."""
    async with database.connect() as connection:
        return [tuple(row) for row in await connection.execute(sa.text(statement))]
