"""Fixtures for every test."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

pytest_plugins = ["tests.databases"]

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def loghub() -> Path:
    """The folder of real log samples, which lies beside the checkout and is not part of it."""
    folder = CHECKOUT.parent / "shared" / "data" / "loghub"
    if not folder.is_dir():
        pytest.skip("the log samples (../shared/data/loghub) are not on this machine")
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
