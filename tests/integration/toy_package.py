"""Packages that extend Lumber, installed the way pip leaves them, and Lumber with one on its path."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lumber.catalog.operators import all_operators
from lumber.catalog.registry import built_in_kinds
from lumber.formats import all_formats
from tests.integration.processes import lumber_process


def install(folder: Path, name: str, module: str, entry_points: Mapping[str, Mapping[str, str]]) -> Path:
    """Install a package of one module; `entry_points`: group -> name -> object of the module."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / f"{name}.py").write_text(module)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for group, offered in entry_points.items():
        lines += [f"[{group}]", *(f"{each} = {name}:{target}" for each, target in offered.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


@contextmanager
def on_path(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process know an installed package for the block."""
    with monkeypatch.context() as patched:
        patched.syspath_prepend(package)
        _forget()
        yield
    _forget()


def _forget() -> None:
    for find in (built_in_kinds, all_operators, all_formats):
        find.cache_clear()


class Installation:
    """Lumber as processes with the package on their path, and a database."""

    def __init__(self, package: Path, url: str) -> None:
        self._url = url
        self._environment = {
            "PYTHONPATH": os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")]),
            "LUMBER_WORKERS": "1",
            "LUMBER_PARTITION_ROWS": "30",
        }

    def run(self, *arguments: object, code: int) -> dict[str, Any]:
        """Run a command and return what it prints as JSON."""
        command = [*arguments, "--database-url", self._url, "--json"]
        done = lumber_process(*command, **self._environment)
        assert done.returncode == code, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
