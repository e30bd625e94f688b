"""Opens datasets with `datasets.load_dataset`, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.acceptance.reader_process import Ask, reader_process

PROGRAM = Path(__file__).with_name("open_with_datasets.py")


@dataclass(frozen=True)
class Hub:
    """The library `datasets`, offline, with its caches below `_home`."""

    _ask: Ask
    _home: Path

    def load(self, *args: str, **keywords: Any) -> Any:
        """Call `load_dataset`; return {split: (types, rows)}, or the text of the error.

        Each call has a cache of its own: the library takes folders of one name and one card for the same
        dataset, wherever they are.
        """
        with TemporaryDirectory(dir=self._home) as cache_dir:
            return self._ask({"args": args, "cache_dir": cache_dir, **keywords})

    def load_kinds(self, folder: Path, *kinds: str) -> dict[str, Any]:
        """Return what `load_dataset(folder, kind)` gives for each kind."""
        return {kind: self.load(str(folder), kind) for kind in kinds}


@contextmanager
def running_hub(home: Path) -> Iterator[Hub]:
    """Start the library with its caches in `home`."""
    environment = {"HF_HOME": str(home), "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}
    with reader_process(PROGRAM, home / "errors", environment) as ask:
        yield Hub(ask, home)
