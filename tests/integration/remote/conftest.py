"""One service for all tests of a file that change nothing in its settings."""

from collections.abc import Iterator

import pytest

from tests.integration.remote.houses import House, inhabited


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running service with accounts."""
    with inhabited(tmp_path_factory.mktemp("house")) as house:
        yield house
