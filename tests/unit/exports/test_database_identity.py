"""How a database differs from the one that a version read, in words."""

from typing import Any

import pytest

from lumber.exports.versions.identity import why_other_database

KNOWN = "7581/1/16384/16400"
OTHERS = {
    "9999/1/16384/16400": "another PostgreSQL cluster",
    "9999/2/16385/16401": "another PostgreSQL cluster",
    "7581/2/16384/16400": "restored or promoted: its timeline was 1, now 2",
    "7581/1/16385/16400": "another database of the PostgreSQL cluster",
    "7581/1/16384/16401": "tables were dropped and made again",
    "unknown/16384/16400": "another database",
    None: "another database",
}


@pytest.mark.parametrize("identity", OTHERS, ids=str)
async def test_another_database_is_told_in_words(identity: str | None) -> None:
    connection: Any = None
    found = await why_other_database(connection, {"database": KNOWN}, identity)
    assert OTHERS[identity] in str(found)


async def test_a_sqlite_file_is_restored_with_its_record() -> None:
    connection: Any = None
    assert await why_other_database(connection, {"database": None}, None) is None
