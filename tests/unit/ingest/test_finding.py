"""Folders and patterns of names as sources."""

import errno
import os
from pathlib import Path

import pytest

from lumber.ingest.finding import find_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.log").write_text("x")
    root = tmp_path / "logs"
    for name in ("b.log", "a.log", ".hidden.log", "deep/er/c.log", ".git/d.log", "deep/e.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    (root / "link.log").symlink_to(outside / "secret.log")
    (root / "linked").symlink_to(outside)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe")
    return root


def _names(root: Path, found: list[str]) -> list[str]:
    return [str(Path(name).relative_to(root)) for name in found]


def test_a_folder_stands_for_its_files_without_hidden_ones_and_links(folder) -> None:
    found = find_sources([str(folder)])
    assert _names(folder, found.names) == ["a.log", "b.log", "deep/e.txt", "deep/er/c.log"]
    assert found.counts == {str(folder): 4}


def test_a_pattern_stands_for_the_files_that_match(folder) -> None:
    assert _names(folder, find_sources([f"{folder}/[ab].log"]).names) == ["a.log", "b.log"]
    assert _names(folder, find_sources([f"{folder}/d*/**/*"]).names) == ["deep/e.txt", "deep/er/c.log"]
    assert _names(folder, find_sources([f"{folder}/**/c*"]).names) == ["deep/er/c.log"]
    assert _names(folder, find_sources([f"{folder}/deep/**"]).names) == ["deep/e.txt", "deep/er/c.log"]
    assert _names(folder, find_sources([f"{folder}/.h*"]).names) == [".hidden.log"]


def test_a_wrong_pattern_is_an_error(folder) -> None:
    (name, error), *_ = find_sources([f"{folder}/**c"]).failed
    assert name == f"{folder}/**c"
    assert "**" in str(error)


@pytest.mark.parametrize("pattern", ["", "/**", "/**/*.log", "/*/*/*"])
def test_a_folder_that_cannot_be_read_is_told_and_the_rest_is_found(folder, pattern, monkeypatch) -> None:
    """The operating system says no also if the test runs as root."""
    real, locked = os.scandir, f"{folder}/deep/locked"
    for name in ("deep/locked/hidden.log", "deep/er/most/f.log"):
        (folder / name).parent.mkdir()
        (folder / name).write_text("x")

    def scan(path):
        if str(path) == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scan)
    found = find_sources([f"{folder}{pattern}"])
    assert "deep/er/c.log" in _names(folder, found.names)
    (name, error), *others = found.failed
    assert (name, others) == (locked, [])
    assert str(error) == f"{locked} cannot be read: Permission denied."


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(folder) -> None:
    (folder / "[ab].log").write_text("x")
    found = find_sources([f"{folder}/[ab].log"])
    assert (_names(folder, found.names), found.counts) == (["[ab].log"], {})


def test_no_file_is_found_twice_and_the_reject_file_is_left_out(folder) -> None:
    names = [f"{folder}/b.log", str(folder), "-"]
    found = find_sources(names, without=folder / "a.log").names
    assert (_names(folder, found[:-1]), found[-1]) == (["b.log", "deep/e.txt", "deep/er/c.log"], "-")


def test_a_folder_or_pattern_without_files_is_an_error_of_its_own(folder, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    found = find_sources([str(tmp_path / "empty"), f"{folder}/*.none", f"{folder}/a.log"])
    assert [str(error).split(" ")[0] for _, error in found.failed] == ["The", "No"]
    assert _names(folder, found.names) == ["a.log"]
