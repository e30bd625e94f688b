"""Loads texts with `lumber ingest`, and reads what is stored then."""

import json
from pathlib import Path

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi

from lumber.store.url import DatabaseUrl
from tests.commands import lumber


def rows(url: str, query: str) -> list[tuple]:
    """Run a query while nothing else has the database open."""
    return results(url, query)[0]


def results(url: str, *queries: str) -> list[list[tuple]]:
    """Run queries over one connection while nothing else has the database open; return the rows of each."""
    parsed = DatabaseUrl.parse(url)
    driver = adbc_driver_sqlite if parsed.dialect == "sqlite" else adbc_driver_postgresql
    with driver.dbapi.connect(parsed.adbc_uri(read_only=True)) as connection, connection.cursor() as cursor:
        found = []
        for query in queries:
            cursor.execute(query)
            found.append(cursor.fetchall())
        return found


def load(url: str, folder: Path, kind: str, *texts: str, code: int = 0, options: tuple = ()) -> dict:
    """Load each text as a file of its own in `folder`; return what the command printed."""
    files = []
    for number, text in enumerate(texts, start=1):
        files.append(folder / f"{number}.log")
        files[-1].write_text(text)
    command = ("ingest", kind, *files, *options, "--database-url", url, "--json")
    done = lumber(*command, LUMBER_DATA_DIR=folder / "data")
    assert done.returncode == code, done.stderr + done.stdout
    return json.loads(done.stdout)
