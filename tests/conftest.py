"""Fixtures for every test."""

import logging
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.log_samples import write_log_samples

pytest_plugins = ["tests.databases", "tests.budget"]

CHECKOUT = Path(__file__).resolve().parent.parent

# No deadlines: a busy machine is slow at times, whatever the code does. `make test-all` takes the full number
# of examples with `--hypothesis-profile=full`.
settings.register_profile("quick", deadline=None, max_examples=25)
settings.register_profile("full", deadline=None, max_examples=100)
settings.load_profile("quick")

# A shell that starts the suite in the background lets it ignore Ctrl-C, which tests send to themselves and to
# what they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
