"""A later attempt takes an output folder over: what the earlier one does from then on leads nowhere."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lumber.dataset.layout import MANIFEST
from lumber.engine.staging import Holder, OutputFolder
from lumber.errors import LeaseLost, OutputOccupied
from lumber.files.staged import STAGING

ID = "3f0e1f0a-0000-4000-8000-000000000001"
MOVES = {"a": "logs/one.csv", "b": "logs/two.csv", "document-README.md": "README.md"}
DATASET = {*MOVES.values(), MANIFEST}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out"


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def attempt(path: Path, fence: int, keep: set[str] | None = None) -> OutputFolder:
    folder = OutputFolder(path, Holder(ID, fence))
    folder.open(keep or set())
    return folder


def staged(folder: OutputFolder) -> OutputFolder:
    for name in MOVES:
        (folder.staging / name).write_text(name)
    return folder


def manifest(fence: int) -> bytes:
    return f'{{"export_id": "{ID}", "fence": {fence}}}'.encode()


def test_the_next_attempt_keeps_what_is_finished_and_removes_the_rest(target: Path) -> None:
    staged(attempt(target, 1)).suspend()
    later = attempt(target, 2, keep={"a", "b"})
    assert files_of(later.staging) == {"a", "b"}
    assert later.staging.name == f"{ID}.2"
    assert [item.name for item in (target / STAGING).iterdir() if item.is_dir()] == [f"{ID}.2"]
    (later.staging / "document-README.md").write_text("new")
    later.commit(MOVES, manifest(2))
    assert files_of(target) == DATASET


def test_an_earlier_attempt_neither_adds_nor_commits_nor_removes_anything(target: Path) -> None:
    earlier = staged(attempt(target, 1))
    later = attempt(target, 2, keep={*MOVES})  # while the earlier one still holds its lock
    with pytest.raises(FileNotFoundError):
        (earlier.staging / "c").write_text("late")
    with pytest.raises(LeaseLost, match="taken over"):
        earlier.commit(MOVES, manifest(1))
    earlier.discard()
    assert files_of(later.staging) == {*MOVES}
    later.commit(MOVES, manifest(2))
    assert files_of(target) == DATASET
    assert not (target / STAGING).exists()
    assert (target / MANIFEST).read_bytes() == manifest(2)


def test_an_earlier_fence_cannot_take_a_folder_back(target: Path) -> None:
    later = attempt(target, 2)
    with pytest.raises(LeaseLost, match="A later attempt"):
        attempt(target, 1)
    staged(later).commit(MOVES, manifest(2))
    assert files_of(target) == DATASET


@pytest.mark.parametrize("step", range(1, 20))
def test_an_attempt_that_sleeps_in_its_commit_and_wakes_up_commits_nothing(
    target: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """At every step of the commit the next attempt takes over and commits itself."""
    taken: list[OutputFolder] = []
    calls = 0

    def sleeping(original: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls == step and not taken:
                taken.append(OutputFolder(target, Holder(ID, 2)))
                taken[0].open({*MOVES})
            return original(*arguments, **options)

        return call

    earlier = staged(attempt(target, 1))
    monkeypatch.setattr(os, "rename", sleeping(os.rename))
    monkeypatch.setattr(os, "fsync", sleeping(os.fsync))
    try:
        earlier.commit(MOVES, manifest(1))
        is_committed = True
    except LeaseLost:
        is_committed = False
    monkeypatch.undo()
    if not taken:  # the commit has fewer steps
        assert is_committed
        assert step > 9
        return
    (later,) = taken
    assert later.is_committed == is_committed
    if is_committed:
        later.finish()
    else:
        earlier.discard()
        assert files_of(later.staging) == {*MOVES}
        later.commit(MOVES, manifest(2))
    assert files_of(target) == DATASET
    assert (target / MANIFEST).read_bytes() == manifest(1 if is_committed else 2)


def test_a_lock_of_another_export_still_counts(target: Path) -> None:
    first = attempt(target, 1)
    with pytest.raises(OutputOccupied, match="Another export is writing to"):
        OutputFolder(target, Holder("another", 7)).open()
    assert first.staging.is_dir()
    first.discard()
    assert not target.exists()


def test_the_dataset_of_another_export_is_no_commit_of_ours(target: Path) -> None:
    staged(attempt(target, 1)).commit(MOVES, b'{"export_id": "another"}')
    with pytest.raises(OutputOccupied, match="already holds a dataset"):
        attempt(target, 2)
    assert files_of(target) == DATASET


def test_what_another_crashed_export_left_is_removed(target: Path) -> None:
    other = OutputFolder(target, Holder("another", 3))
    other.open()
    staged(other).suspend()
    ours = attempt(target, 1)
    assert [item.name for item in (target / STAGING).iterdir() if item.is_dir()] == [f"{ID}.1"]
    ours.discard()
