"""Fixtures of the tests of notices."""

from collections.abc import AsyncIterator

import pytest

from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """A SQLite file with Lumber's tables."""
    opened = open_database(DatabaseUrl.parse(sqlite_url))
    yield opened
    await opened.close()


@pytest.fixture
async def each_database(database_url: str) -> AsyncIterator[Database]:
    """A database with Lumber's tables: the test runs once on each kind."""
    opened = open_database(DatabaseUrl.parse(database_url))
    yield opened
    await opened.close()
