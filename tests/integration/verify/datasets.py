"""A dataset to damage, and what must then be found."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lumber.dataset.verify import verify_dataset

LOGS = 230
# Rows that validation rejects: a blank message, and NUL in two columns of one row.
BLANK = (40, 80, 120)
NULS = 200
WRITTEN = LOGS - len(BLANK) - 1

_FOLLOWS = re.compile(
    r"manifest[.]json: reproducibility_hash is |(SHA256SUMS|croissant[.]json): (says of|names|does not name) "
)

Problems = list[tuple[str, str]]
Manifest = dict[str, Any]


class Dataset:
    """A copy of a dataset, to be damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_edited = False
        self.suffix = next(iter(sorted(folder.glob("logs/*")))).name.split(".", 1)[1]

    def shard(self, index: int) -> str:
        """Return the path of a shard of the logs."""
        return f"logs/train-{index:05d}-of-00005.{self.suffix}"

    def edit(self, change: Callable[[Manifest], object]) -> None:
        """Change the manifest."""
        path = self.folder / "manifest.json"
        manifest = json.loads(path.read_text())
        change(manifest)
        path.write_text(json.dumps(manifest))
        self.is_edited = True

    def rewrite(self, path: str, content: bytes, rows: int | None = 0) -> None:
        """Change a file and list it as it is now, with `rows` more rows; None: it holds none."""
        (self.folder / path).write_bytes(content)

        def relist(manifest: Manifest) -> None:
            entry = entry_of(manifest, path)
            entry["bytes"], entry["sha256"] = len(content), hashlib.sha256(content).hexdigest()
            if rows is not None:
                entry["rows"] += rows

        self.edit(relist)

    def lines(self, path: str) -> list[bytes]:
        return (self.folder / path).read_bytes().splitlines(keepends=True)

    def rows(self, path: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines(path)]

    def rewrite_rows(self, path: str, rows: list[Any], more: int = 0) -> None:
        self.rewrite(path, "".join(json.dumps(row) + "\n" for row in rows).encode(), more)

    def problems(self) -> Problems:
        """Return what is found, without what every change of the manifest makes untrue too."""
        found = [(item.path, item.problem) for item in verify_dataset(self.folder).problems]
        return [item for item in found if not self.is_edited or not _FOLLOWS.match(": ".join(item))]


def entry_of(manifest: Manifest, path: str) -> dict[str, Any]:
    return next(entry for entry in manifest["files"] if entry["path"] == path)


def assert_found(dataset: Dataset, *expected: tuple[str, str]) -> None:
    """Assert that exactly these problems are found: the path, and how the sentence begins."""
    found = dataset.problems()
    assert len(found) == len(expected), found
    for (path, problem), (wanted_path, wanted) in zip(found, expected, strict=True):
        assert (path, problem[: len(wanted)]) == (wanted_path, wanted)
