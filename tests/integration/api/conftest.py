"""The service for tests: in this process, or behind a real server on a loopback port."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.settings import Settings
from tests.integration.loaders import forking


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the file out of `make test` that takes seconds to collect and has slow tests only."""
    is_left_out = collection_path.name == "test_document_calls.py" and config.option.markexpr == "not slow"
    return True if is_left_out else None


@pytest.fixture(autouse=True)
def _forked_loaders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that load files are forked: see loaders.py."""
    monkeypatch.setattr(asyncio, "create_subprocess_exec", forking(asyncio.create_subprocess_exec))


@pytest.fixture
def settings(either_database_url: str, tmp_path: Path) -> Settings:
    """Settings for a database with tables. The ledger has its own tests on each kind of database."""
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=either_database_url, workers=1)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """A client of the started service, without a worker."""
    with TestClient(create_app(settings)) as client:
        yield client
