"""Damage to the files of a dataset, and paths that lead elsewhere."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.verify import verify_dataset
from tests.integration.verify.datasets import Dataset, Manifest, assert_found, entry_of


def test_a_flipped_bit_is_found(dataset: Dataset) -> None:
    path = dataset.folder / dataset.shard(1)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    assert_found(dataset, (dataset.shard(1), "was changed: its sha256 is"))


def test_a_truncated_file_is_found(dataset: Dataset) -> None:
    path = dataset.folder / dataset.shard(4)
    size = path.stat().st_size
    os.truncate(path, size - 1)
    assert_found(dataset, (dataset.shard(4), f"has {size - 1:,} bytes, the manifest lists {size:,}"))


@pytest.mark.parametrize("path", ["logs/train-00002-of-00005.jsonl", "README.md", "rejects/logs.jsonl"])
def test_a_removed_file_is_found(dataset: Dataset, path: str) -> None:
    (dataset.folder / path).unlink()
    assert_found(dataset, (path, "is missing"))


@pytest.mark.parametrize("path", ["quality_report.json", "README.md"])
def test_a_changed_document_is_found(dataset: Dataset, path: str) -> None:
    content = (dataset.folder / path).read_bytes()
    (dataset.folder / path).write_bytes(content[:-2] + b"!\n")
    assert_found(dataset, (path, "was changed"))


def test_a_file_that_is_not_listed_is_found(dataset: Dataset) -> None:
    (dataset.folder / "logs" / "train-00005-of-00005.jsonl").write_bytes(b"")
    (dataset.folder / "rejects" / "\udcff").write_bytes(b"")
    (dataset.folder / "elsewhere").symlink_to("/")
    assert_found(
        dataset,
        ("elsewhere", "is not listed"),
        ("logs/train-00005-of-00005.jsonl", "is not listed"),
        ("rejects/\\udcff", "is not listed"),
    )


def test_leftovers_in_staging_are_a_remark_only(dataset: Dataset) -> None:
    (dataset.folder / ".lumber-staging").mkdir()
    (dataset.folder / ".lumber-staging" / "lock").touch()
    report = verify_dataset(dataset.folder)
    assert report.is_ok
    assert [note.path for note in report.notes] == [".lumber-staging"]


def test_shards_swapped_on_disk_are_found(dataset: Dataset) -> None:
    first, second = dataset.folder / dataset.shard(0), dataset.folder / dataset.shard(1)
    content = first.read_bytes()
    second.rename(first)
    second.write_bytes(content)
    assert {path for path, _ in dataset.problems()} == {dataset.shard(0), dataset.shard(1)}
    assert len(dataset.problems()) == 2


def test_shards_swapped_with_their_entries_are_out_of_order(dataset: Dataset) -> None:
    first, second = dataset.shard(0), dataset.shard(1)
    content = (dataset.folder / first).read_bytes()
    (dataset.folder / second).rename(dataset.folder / first)
    (dataset.folder / second).write_bytes(content)

    def swap(manifest: Manifest) -> None:
        one, other = entry_of(manifest, first), entry_of(manifest, second)
        one["path"], other["path"] = second, first

    dataset.edit(swap)
    assert_found(dataset, (second, f"begins before {first} ends"))


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "/etc/hostname",
        "logs/../../secret",
        "./README.md",
        "logs//x",
        "",
        ".",
        "a\\b",
        "a\0b",
        "manifest.json",
    ],
)
def test_paths_that_leave_the_dataset_are_not_opened(
    dataset: Dataset, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dataset.folder.parent / "secret").write_text("secret")
    dataset.edit(lambda manifest: manifest["files"].append(_listed(path)))
    opened: list[Any] = []
    original = os.open
    monkeypatch.setattr(
        os, "open", lambda *args, **more: (opened.append(args[0]), original(*args, **more))[1]
    )
    assert_found(dataset, (path, "is not a path inside the dataset: not opened"))
    assert opened
    assert {Path(item).name for item in opened} & {"secret", "hostname"} == set()


def test_links_out_of_the_dataset_are_not_opened(dataset: Dataset) -> None:
    shard = dataset.folder / dataset.shard(0)
    outside = dataset.folder.parent / "outside"
    shard.rename(outside)
    shard.symlink_to(outside)
    assert_found(dataset, (dataset.shard(0), "is a link: not opened"))


def test_a_folder_of_links_out_of_the_dataset_is_not_opened(dataset: Dataset) -> None:
    shutil.move(dataset.folder / "ips", dataset.folder.parent / "ips")
    (dataset.folder / "ips").symlink_to(dataset.folder.parent / "ips")
    assert_found(dataset, ("ips/train-00000-of-00001.jsonl", "leads through a link: not opened"))


def test_what_is_no_regular_file_is_not_waited_for(dataset: Dataset) -> None:
    (dataset.folder / "README.md").unlink()
    os.mkfifo(dataset.folder / "README.md")
    assert_found(dataset, ("README.md", "is not a regular file"))


def _listed(path: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("kind", "split", "rows", "first_key", "last_key"))
    return {"path": path, "bytes": 6, "sha256": "0" * 64, **nothing}
