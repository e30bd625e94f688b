"""The service for tests: in this process, or behind a real server on a loopback port."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.settings import Settings


@pytest.fixture
def settings(either_database_url: str, tmp_path: Path) -> Settings:
    """Settings for a database with tables. The ledger has its own tests on each kind of database."""
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=either_database_url, workers=1)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """A client of the started service, without a worker."""
    with TestClient(create_app(settings)) as client:
        yield client
