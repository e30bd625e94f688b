"""The files of a dataset: what was checked is what is read, whatever happens to its path meanwhile."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lumber.errors import ExportFileNotFound, OutputOccupied
from lumber.exports.copying import copy_dataset, zip_dataset
from lumber.exports.download import DatasetFiles

SHA256 = "94a3f2c3c5b4b9d4ac7ae0f0d4cd2d8e1c1a2f4b0a9d8c7e6f5a4b3c2d1e0f9a"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.csv").write_text("pass")
    return tmp_path / "secret"


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetFiles:
    folder = tmp_path / "set"
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "a.csv").write_text("rows")
    (folder / "manifest.json").write_text("{}")
    listed: Any = SimpleNamespace(id="1", path="logs/a.csv", size_bytes=4, sha256=SHA256)
    return DatasetFiles("an-export", ("logs",), folder, (listed,))


def swap_file(folder: Path, secret: Path) -> None:
    (folder / "logs" / "a.csv").unlink()
    (folder / "logs" / "a.csv").symlink_to(secret / "a.csv")


def swap_folder(folder: Path, secret: Path) -> None:
    (folder / "logs").rename(folder / "before")
    (folder / "logs").symlink_to(secret)


def swap_for_pipe(folder: Path, secret: Path) -> None:
    (folder / "logs" / "a.csv").unlink()
    os.mkfifo(folder / "logs" / "a.csv")


SWAPS = pytest.mark.parametrize("swap", [swap_file, swap_folder, swap_for_pipe])
Swap = Callable[[Path, Path], None]


@SWAPS
def test_a_path_that_changes_after_the_check_gives_the_file_that_was_checked(
    dataset: DatasetFiles, secret: Path, swap: Swap
) -> None:
    with dataset.open("logs/a.csv", 4) as file:
        swap(dataset.folder, secret)
        assert file.read() == b"rows"
    with pytest.raises(ExportFileNotFound, match="has changed since the export"):
        dataset.open("logs/a.csv", 4)


@SWAPS
def test_a_zip_that_is_being_sent_has_nothing_of_what_a_link_leads_to(
    dataset: DatasetFiles, secret: Path, swap: Swap
) -> None:
    archive = dataset.archive()
    swap(dataset.folder, secret)
    with pytest.raises(ExportFileNotFound, match="has changed since the export"):
        b"".join(archive.finalize())


@pytest.mark.parametrize("path", ["../secret/a.csv", "/etc/hostname", "logs/../../secret/a.csv", "."])
def test_a_path_of_the_ledger_that_leads_out_of_the_dataset_is_not_opened(
    dataset: DatasetFiles, secret: Path, path: str
) -> None:
    with pytest.raises(ExportFileNotFound):
        dataset.open(path)


def test_a_copy_that_fails_leaves_nothing(dataset: DatasetFiles, tmp_path: Path) -> None:
    for copy in (copy_dataset, zip_dataset):
        with pytest.raises(ExportFileNotFound, match="was changed after the export"):
            copy(dataset, tmp_path / "copies" / "copy")
        assert [*(tmp_path / "copies").iterdir()] == []


def test_a_copy_does_not_replace_a_link(dataset: DatasetFiles, secret: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").symlink_to(secret / "a.csv")
    (tmp_path / "dangling").symlink_to(secret / "new")
    for target in ("copy", "dangling"):
        with pytest.raises(OutputOccupied):
            zip_dataset(dataset, tmp_path / target)
    assert [path.name for path in secret.iterdir()] == ["a.csv"]
