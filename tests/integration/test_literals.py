"""Statements that contain their values mean the same whatever a database's default for backslashes is."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

import lumber
from lumber.engine.source import Source, SourceSpec
from lumber.store.bulk import BulkConnection
from lumber.store.database import open_database
from lumber.store.literal import literal_sql
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute

TEXTS = ["a\\", "a\\' OR true) --", "\\", "\\'", "it's", "plain", "\\n", "E'\\'", "%s :x $1 \\\\"]


@pytest.fixture
def lenient_url(postgres_url: str) -> str:
    """The URL of a PostgreSQL database in which a backslash is an escape by default; with a row per text."""
    name = postgres_url.rpartition("/")[2].partition("?")[0]
    execute(postgres_url, f'ALTER DATABASE "{name}" SET standard_conforming_strings = off')
    execute(postgres_url, f'ALTER DATABASE "{name}" SET backslash_quote = on')
    execute(
        postgres_url,
        "INSERT INTO log_entries (timestamp, message) VALUES (now(), $1)",
        [(text,) for text in TEXTS],
    )
    return postgres_url


def test_every_connection_has_standard_strings(lenient_url: str) -> None:
    url = DatabaseUrl.parse(lenient_url)
    show = "SELECT current_setting('standard_conforming_strings') AS standard"
    with BulkConnection(url) as connection:
        assert connection.query(show) == [("on",)]

    source = Source(SourceSpec("postgresql", url.adbc_uri(read_only=True)))
    try:
        assert [batch.to_pylist() for batch in source.batches(show, 10)] == [[{"standard": "on"}]]
    finally:
        source.close()

    async def ask() -> str:
        database = open_database(url)
        async with database.connect() as connection:
            found = str((await connection.exec_driver_sql(show)).scalar())
        await database.close()
        return found

    assert asyncio.run(ask()) == "on"


@pytest.mark.parametrize("is_standard", ["on", "off"])
def test_a_literal_means_the_same_whatever_the_connection_is_set_to(
    lenient_url: str, is_standard: str
) -> None:
    with BulkConnection(DatabaseUrl.parse(lenient_url)) as connection:
        connection.execute(f"SET standard_conforming_strings = {is_standard}")
        for text in TEXTS:
            statement = sa.select(sa.literal(text, sa.Text()))
            assert connection.query(literal_sql(statement, "postgresql")) == [(text,)]


def test_an_export_finds_values_with_backslashes_and_quotes(lenient_url: str, tmp_path: Path) -> None:
    config = {"data_types": ["logs"], "filters": {"message": TEXTS[:2]}, "output_format": "jsonl"}
    dataset = lumber.export(config, database_url=lenient_url, output=tmp_path / "out")
    assert sorted(dataset.to_polars("logs")["message"]) == sorted(TEXTS[:2])
