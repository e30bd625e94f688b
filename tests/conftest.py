"""Fixtures for every test."""

import gc
import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.examples import register_profiles
from tests.log_samples import write_log_samples
from tests.worker_server import load_more

pytest_plugins = ["tests.budget", "tests.databases"]

CHECKOUT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 4 * 2**30  # what the suite needs at most, many times over


def _keep_temporary_files_in_memory() -> None:
    """Choose a folder in memory for temporary files, if there is one with room and nobody chose another.

    Measured: a PostgreSQL database costs 20 ms of CPU there, and 150 to 250 ms on ext4.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    disk = os.statvfs(MEMORY)
    if disk.f_bavail * disk.f_frsize > MEMORY_BYTES and not disk.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it is found again


_keep_temporary_files_in_memory()

register_profiles()
load_more()

# A shell that starts the suite in the background lets it ignore Ctrl-C, which tests send to themselves and to
# what they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Leave thousands of collected tests out of garbage collection, which takes 0.4 s with them."""
    gc.collect()
    gc.freeze()


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
