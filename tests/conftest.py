"""Fixtures for every test."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.databases"]

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def loghub() -> Path:
    """The folder of real log samples, which lies beside the checkout and is not part of it."""
    folder = CHECKOUT.parent / "shared" / "data" / "loghub"
    if not folder.is_dir():
        pytest.skip("the log samples (../shared/data/loghub) are not on this machine")
    return folder
