"""Rows that a manifest lists are read, or opening and comparing fail: there is never a shorter table."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import lumber
from lumber.errors import DatasetDamaged
from tests.unit.dataset.diff.made import make_dataset

Manifest = dict[str, Any]
Change = Callable[[Path, Manifest], None]
START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(*ids: int) -> list[dict[str, Any]]:
    return [{"id": id_, "timestamp": START, "message": f"line {id_}"} for id_ in ids]


def made(folder: Path) -> Path:
    return make_dataset(folder, {"train": rows(1, 2, 3), "test": rows(4, 5)}, shard_rows=2)


def problems(folder: Path) -> set[tuple[str, str]]:
    return {(found.path, found.problem) for found in lumber.open(folder).verify().problems}


def renamed(name: str) -> Change:
    """Give the last shard another name, on the disk too."""

    def change(folder: Path, manifest: Manifest) -> None:
        entry = manifest["files"][-1]
        (folder / entry["path"]).rename(folder / name)
        entry["path"] = name

    return change


def one_row_more(_: Path, manifest: Manifest) -> None:
    """Let the manifest list a row that is in no shard, and count it."""
    manifest["files"][-1]["rows"] += 1
    manifest["kinds"]["logs"]["written"] += 1


def without_a_shard(folder: Path, manifest: Manifest) -> None:
    (folder / manifest["files"].pop(1)["path"]).unlink()


def without_rows(_: Path, manifest: Manifest) -> None:
    manifest["files"][-1]["rows"] = None
    manifest["kinds"]["logs"]["written"] -= 2


CHANGES: dict[str, Change] = {
    "no name of a shard": renamed("logs/last.parquet"),
    "a format that is not installed": renamed("logs/test-00000-of-00001.orc"),
    "the name of another split": renamed("logs/train-00002-of-00003.parquet"),
    "a row that is in no shard": one_row_more,
    "a shard that is not listed": without_a_shard,
    "a shard without a number of rows": without_rows,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_rows_that_cannot_be_read_are_an_error(tmp_path: Path, change: Change) -> None:
    folder, other = made(tmp_path / "a"), made(tmp_path / "b")
    assert lumber.open(folder).to_polars("logs")["id"].to_list() == [1, 2, 3, 4, 5]
    assert lumber.diff(folder, other).is_same
    before = problems(folder)

    manifest = json.loads((folder / "manifest.json").read_text())
    change(folder, manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    dataset = lumber.open(folder)
    with pytest.raises(DatasetDamaged, match="lumber verify"):
        dataset.to_polars("logs")
    with pytest.raises(DatasetDamaged, match="lumber verify"):
        lumber.diff(folder, other)
    assert problems(folder) - before


def test_a_format_that_is_not_installed_says_what_to_do(tmp_path: Path) -> None:
    folder = made(tmp_path / "a")
    manifest = json.loads((folder / "manifest.json").read_text())
    renamed("logs/test-00000-of-00001.orc")(folder, manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DatasetDamaged, match=r"test-00000-of-00001\.orc.*install the package"):
        lumber.open(folder).to_polars("logs")
    assert any("install the package" in problem for _, problem in problems(folder))
