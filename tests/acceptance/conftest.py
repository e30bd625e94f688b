"""Fixtures of the acceptance tests: what is made once in a session and then only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.exporting import lumber
from tests.acceptance.hub import Hub, running_hub
from tests.acceptance.reader_process import reader_process

OPEN_WITH_CROISSANT = Path(__file__).with_name("open_with_croissant.py")

OpenCroissant = Callable[[Path, list[str]], Any]


@pytest.fixture(scope="session")
def sample_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database with what `lumber sample --rows 5000 --seed 7` makes."""
    folder: Path = tmp_path_factory.mktemp("sample")
    url = f"sqlite:///{folder / 'lumber.db'}"
    lumber("sample", "--rows", "5000", "--seed", "7", "--database-url", url)
    return url


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The library `datasets`."""
    with running_hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="session")
def open_croissant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCroissant]:
    """A function that opens a dataset's croissant.json with `mlcroissant` and reads some record sets."""
    log = tmp_path_factory.mktemp("croissant") / "errors"
    with reader_process(OPEN_WITH_CROISSANT, log, {}) as ask:
        yield lambda folder, record_sets: ask([str(folder / "croissant.json"), record_sets])
