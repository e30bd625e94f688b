"""Fixtures of the destinations: real object stores, one of each for all tests of a process."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from lumber.destinations.address import parse_address
from lumber.destinations.opening import open_store
from lumber.destinations.store import Store
from tests.integration.destinations.servers import FaultProxy, Server, failing, rclone, seaweed


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with seaweed(tmp_path_factory.mktemp("weed")) as server:
        yield server


@pytest.fixture(scope="session")
def careless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that ignores preconditions."""
    with rclone(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture
def proxy(s3: Server) -> Iterator[FaultProxy]:
    with failing(s3) as made:
        yield made


@pytest.fixture
def prefix() -> str:
    """A prefix of the bucket that no other test uses."""
    return f"t{uuid4().hex[:12]}"


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, prefix: str) -> Store:
    if request.param == "folder":
        return open_store(parse_address(str(tmp_path / "lake")))
    server: Server = request.getfixturevalue("s3")
    return server.store(prefix)
