"""Fixtures for every test."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.log_samples import write_log_samples

pytest_plugins = ["tests.databases"]

CHECKOUT = Path(__file__).resolve().parent.parent
# A file is run by one process: the long ones first, so that none is left over when the rest is done.
LONG_FILES = ("test_chaos.py", "test_resume.py", "test_crash.py", "test_worker_pool.py", "test_frozen.py")

# A busy machine is slow at times, which says nothing about the code.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first."""
    items.sort(key=lambda item: item.path.name not in LONG_FILES)


@pytest.fixture(scope="session")
def loghub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of real log samples, which lies beside the checkout; without it, files like them."""
    folder = CHECKOUT.parent / "shared" / "data" / "loghub"
    if not folder.is_dir():
        folder = tmp_path_factory.mktemp("log-samples")
        write_log_samples(folder)
    return folder


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Undo what a command that ran inside the test set up: its stream is gone afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
