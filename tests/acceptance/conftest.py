"""Fixtures of the acceptance tests: databases that are filled once and then only read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.exporting import lumber


@pytest.fixture(scope="session")
def sample_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database with what `lumber sample --rows 5000 --seed 7` makes."""
    folder: Path = tmp_path_factory.mktemp("sample")
    url = f"sqlite:///{folder / 'lumber.db'}"
    lumber("sample", "--rows", "5000", "--seed", "7", "--database-url", url)
    return url
