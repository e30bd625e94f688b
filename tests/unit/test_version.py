"""The version is said in one place, and what is built and what is asked say the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import lumber
from lumber.version import __version__

_ROOT = Path(__file__).parents[2]


def test_what_is_built_has_the_version_of_the_one_place() -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "version"], cwd=_ROOT, capture_output=True, text=True, check=True
    )
    assert built.stdout.strip() == __version__ == lumber.__version__


def test_nothing_else_says_a_version() -> None:
    declared = (_ROOT / "pyproject.toml").read_text()
    assert 'dynamic = ["version"]' in declared
    assert f'version = "{__version__}"' not in declared
