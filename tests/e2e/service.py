"""Databases and services for the browser tests."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from tests.integration.processes import lumber

P = ParamSpec("P")
T = TypeVar("T")


def aside(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Call what brings an event loop of its own: this thread has Playwright's, and can have one only."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments, **named).result()


def fill_with_sample(url: str, rows: int = 3_000) -> None:
    """Fill a database with believable rows of every kind, a few damaged ones among them."""
    done = lumber("sample", "--rows", rows, "--damaged", 0.01, "--database-url", url)
    assert done.returncode == 0, done.stderr


def copy_of(database: Path, target: Path) -> str:
    """Copy a SQLite database that nobody has open; return its URL."""
    shutil.copyfile(database, target)
    return f"sqlite:///{target}"
