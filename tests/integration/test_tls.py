"""PostgreSQL over TLS: each driver checks the server and shows who it is, or there is no connection."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumber.cli.main import run
from lumber.errors import DatabaseError
from lumber.store.bulk import BulkConnection
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.databases import PostgresServer
from tests.integration.datasets import fill
from tests.integration.tls import certificates, encrypting


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return certificates(tmp_path)


@pytest.fixture
def address(postgres_server: PostgresServer, postgres_url: str, files: Path) -> Iterator[str]:
    """The same database behind TLS; `{host}` is left open."""
    with encrypting(postgres_server.port, files) as port:
        yield f"postgresql://postgres@{{host}}:{port}/{postgres_url.rpartition('/')[2]}"


def trusting(files: Path, *, root: str = "ca.crt", mode: str = "verify-full") -> str:
    chosen = f"sslmode={mode}&sslrootcert={files / root}"
    return f"?{chosen}&sslcert={files / 'client.crt'}&sslkey={files / 'client.key'}"


def by_asyncpg(url: str) -> None:
    async def connect() -> None:
        database = open_database(DatabaseUrl.parse(url))
        try:
            async with database.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")
        finally:
            await database.close()

    asyncio.run(connect())


def by_libpq(url: str) -> None:
    with BulkConnection(DatabaseUrl.parse(url), busy_timeout_seconds=1):
        pass


def test_an_export_goes_through_tls(
    address: str, postgres_url: str, files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(postgres_url, 20)
    url = address.format(host="localhost") + trusting(files)
    command = ["export", "--data-type", "logs", "--output", str(tmp_path / "out"), "--json"]
    assert run([*command, "--database-url", url]) == 0
    assert json.loads(capsys.readouterr().out)["kinds"]["logs"]["written"] == 20


@pytest.mark.parametrize("connect", [by_asyncpg, by_libpq])
@pytest.mark.parametrize(
    ("host", "chosen"),
    [
        ("127.0.0.1", {}),  # the certificate is for another name
        ("localhost", {"root": "client.crt"}),
        ("localhost", {"root": "client.crt", "mode": "verify-ca"}),
    ],
)
def test_a_server_that_is_not_trusted_is_refused(
    address: str, files: Path, connect: object, host: str, chosen: dict[str, str]
) -> None:
    with pytest.raises(DatabaseError):
        connect(address.format(host=host) + trusting(files, **chosen))


@pytest.mark.parametrize("connect", [by_asyncpg, by_libpq])
def test_the_name_may_differ_where_only_the_issuer_is_checked(
    address: str, files: Path, connect: object
) -> None:
    connect(address.format(host="127.0.0.1") + trusting(files, mode="verify-ca"))


@pytest.mark.parametrize("connect", [by_asyncpg, by_libpq])
def test_a_server_that_asks_for_a_certificate_gets_it(address: str, files: Path, connect: object) -> None:
    without = f"?sslmode=verify-full&sslrootcert={files / 'ca.crt'}"
    with pytest.raises(DatabaseError):
        connect(address.format(host="localhost") + without)
    connect(address.format(host="localhost") + trusting(files))
