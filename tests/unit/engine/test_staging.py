"""The output folder: locked, whole at the very end, and clean after any crash."""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.layout import MANIFEST
from lumber.engine.staging import OutputFolder
from lumber.errors import DiskFull, OutputError, OutputOccupied, OutputUnwritable

NESTED = "logs/train/date=2026-11-24/one.csv"
MOVES = {
    "a": "logs/train-00000-of-00002.csv",
    "b": "logs/train-00001-of-00002.csv",
    "c": "rejects/logs.jsonl",
    "d": "README.md",
}

# Opens the folder given, stages two files and commits them, but dies without a word at step N of the commit:
# a step is a rename or an fsync.
CRASHING = """
import os, sys
from pathlib import Path
from lumber.engine.staging import OutputFolder

folder, at = OutputFolder(Path(sys.argv[1])), int(sys.argv[2])
steps = 0

def dying(original):
    def step(*arguments, **options):
        global steps
        steps += 1
        if steps == at:
            os._exit(9)
        return original(*arguments, **options)
    return step

folder.open()
for name in ("a", "b"):
    (folder.staging / name).write_text(name)
os.rename, os.fsync = dying(os.rename), dying(os.fsync)
first = sys.argv[3] if len(sys.argv) > 3 else "logs/one.csv"
folder.commit({"a": first, "b": "two.csv"}, b"{}")
print(steps)
"""

# Holds a folder until its standard input ends.
HOLDING = """
import sys
from pathlib import Path
from lumber.engine.staging import OutputFolder

folder = OutputFolder(Path(sys.argv[1]))
folder.open()
(folder.staging / "shard").write_text("rows")
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out"


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def opened(path: Path) -> OutputFolder:
    folder = OutputFolder(path)
    folder.open()
    return folder


def stage(folder: OutputFolder) -> None:
    for name in MOVES:
        (folder.staging / name).write_text(name)


def run_child(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLDING, str(path)], text=True, **pipes) as process:
        assert process.stdout.readline() == "open\n"
        yield
        process.stdin.close()


# The way of a dataset


@pytest.mark.parametrize("exists", [False, True])
def test_a_commit_leaves_exactly_the_dataset(target: Path, exists: bool) -> None:
    if exists:
        target.mkdir()
    folder = opened(target)
    stage(folder)
    assert not (target / "README.md").exists()
    folder.commit(MOVES, b"{}")
    assert files_of(target) == {*MOVES.values(), MANIFEST}
    assert {name: (target / path).read_text() for name, path in MOVES.items()} == {
        name: name for name in MOVES
    }
    assert (target / MANIFEST).read_bytes() == b"{}"
    assert not folder.staging.exists()


def test_missing_parents_are_made(target: Path) -> None:
    folder = opened(target / "deep" / "down")
    stage(folder)
    folder.commit(MOVES, b"{}")
    assert (target / "deep" / "down" / MANIFEST).exists()


def test_the_manifest_comes_last(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    rename = os.rename

    def watched(source: str, to: str, **options: Any) -> None:
        order.append(to)
        rename(source, to, **options)

    monkeypatch.setattr(os, "rename", watched)
    folder = opened(target)
    stage(folder)
    folder.commit(MOVES, b"{}")
    assert order == [*(Path(path).name for path in MOVES.values()), MANIFEST]


# Refusals


def test_a_dataset_is_never_written_over(target: Path) -> None:
    target.mkdir()
    (target / MANIFEST).write_text("{}")
    (target / "logs.csv").write_text("rows")
    folder = OutputFolder(target)
    with pytest.raises(OutputOccupied, match="already holds a dataset"):
        folder.open()
    folder.discard()
    assert files_of(target) == {MANIFEST, "logs.csv"}
    assert not folder.staging.exists()


def test_a_folder_that_is_not_empty_is_refused_and_left_as_it_was(target: Path) -> None:
    (target / "sub").mkdir(parents=True)
    for name in ("notes.txt", "a.csv", "sub/b.csv"):
        (target / name).write_text("mine")
    folder = OutputFolder(target)
    with pytest.raises(OutputOccupied, match=r"is not empty \(it holds a.csv, notes.txt, sub\)"):
        folder.open()
    folder.discard()
    assert files_of(target) == {"notes.txt", "a.csv", "sub/b.csv"}
    assert not folder.staging.exists()


def test_a_second_export_is_refused_and_takes_nothing_from_the_first(target: Path) -> None:
    with held_by_another_process(target):
        folder = OutputFolder(target)
        with pytest.raises(OutputOccupied, match="Another export is writing to"):
            folder.open()
        folder.discard()
        assert files_of(target) == {".lumber-staging/lock", ".lumber-staging/shard"}


def test_a_second_export_in_the_same_process_is_refused_too(target: Path) -> None:
    first = opened(target)
    stage(first)
    second = OutputFolder(target)
    with pytest.raises(OutputOccupied, match="Another export is writing to"):
        second.open()
    second.discard()
    first.commit(MOVES, b"{}")
    assert files_of(target) == {*MOVES.values(), MANIFEST}


def test_the_lock_of_a_dead_export_is_free(target: Path) -> None:
    with held_by_another_process(target):
        pass
    folder = opened(target)
    assert files_of(target) == {".lumber-staging/lock"}
    folder.discard()


def test_a_lock_on_a_file_that_was_taken_away_counts_for_nothing(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening the lock file and locking it, another export ended and removed it."""
    flock = fcntl.flock
    calls: list[Any] = []

    def late(file: Any, flags: int) -> None:
        if not calls:
            (target / ".lumber-staging" / "lock").unlink()
            (target / ".lumber-staging").rmdir()
        calls.append(file)
        flock(file, flags)

    monkeypatch.setattr(fcntl, "flock", late)
    folder = opened(target)
    assert len(calls) == 2
    assert folder.staging.is_dir()
    with pytest.raises(OutputOccupied):
        OutputFolder(target).open()
    folder.discard()


@pytest.mark.parametrize("name", ["README.md", "logs/train-00001-of-00002.csv", MANIFEST])
def test_what_somebody_puts_into_the_folder_meanwhile_is_not_written_over(target: Path, name: str) -> None:
    folder = opened(target)
    stage(folder)
    (target / name).parent.mkdir(exist_ok=True)
    (target / name).write_text("mine")
    with pytest.raises(OutputOccupied, match="came into being"):
        folder.commit(MOVES, b"{}")
    folder.discard()
    assert files_of(target) == {name}
    assert (target / name).read_text() == "mine"


# Failures


@pytest.mark.parametrize(
    ("number", "error", "text"),
    [
        (errno.ENOSPC, DiskFull, "is full. Free some space"),
        (errno.EDQUOT, DiskFull, "is full. Free some space"),
        (errno.EACCES, OutputUnwritable, "cannot be written: Permission denied. Choose another --output"),
        (errno.EROFS, OutputUnwritable, "cannot be written: Read-only file system"),
    ],
)
@pytest.mark.parametrize("step", ["open", "commit"])
def test_what_the_disk_refuses_becomes_a_clear_error(
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    number: int,
    error: type[OutputError],
    text: str,
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    folder = OutputFolder(target)
    if step == "open":
        monkeypatch.setattr(os, "mkdir", refused)
        with pytest.raises(error, match=text) as caught:
            folder.open()
    else:
        folder.open()
        stage(folder)
        monkeypatch.setattr(os, "rename", refused)
        with pytest.raises(error, match=text) as caught:
            folder.commit(MOVES, b"{}")
    assert str(target) in str(caught.value)
    folder.discard()
    assert not target.exists()


def test_a_file_in_the_place_of_the_folder_is_refused(target: Path) -> None:
    target.write_text("mine")
    folder = OutputFolder(target)
    with pytest.raises(OutputUnwritable):
        folder.open()
    folder.discard()
    assert target.read_text() == "mine"


@pytest.mark.parametrize("step", range(len(MOVES) + 1))
def test_a_commit_that_fails_at_any_step_can_be_discarded_whole(
    target: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    rename, done = os.rename, []

    def failing(source: str, to: str, **options: Any) -> None:
        if len(done) == step:
            raise OSError(errno.EIO, "Input/output error")
        done.append(to)
        rename(source, to, **options)

    folder = opened(target)
    stage(folder)
    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", failing)
        with pytest.raises(OutputUnwritable):
            folder.commit(MOVES, b"{}")
    assert len(done) == step
    assert not (target / MANIFEST).exists()
    folder.discard()
    assert not target.exists()


def test_discarding_keeps_a_folder_that_was_there_before(target: Path) -> None:
    target.mkdir()
    folder = opened(target)
    stage(folder)
    folder.discard()
    folder.discard()
    assert list(target.iterdir()) == []


def test_discarding_after_the_commit_keeps_the_dataset(target: Path) -> None:
    folder = opened(target)
    stage(folder)
    folder.commit(MOVES, b"{}")
    folder.discard()
    assert files_of(target) == {*MOVES.values(), MANIFEST}


def test_discarding_what_was_never_opened_does_nothing(target: Path) -> None:
    OutputFolder(target).discard()
    assert not target.exists()


# Crashes


def steps_of_a_commit(path: Path) -> int:
    done = run_child(CRASHING, path, 0)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_crash_at_any_step_of_the_commit_leaves_a_whole_dataset_or_none(tmp_path: Path) -> None:
    steps = steps_of_a_commit(tmp_path / "whole")
    assert steps >= 8
    outcomes = []
    for step in range(1, steps + 1):
        target = tmp_path / f"step-{step}"
        assert run_child(CRASHING, target, step).returncode == 9
        outcomes.append((target / MANIFEST).exists())
        check_after_crash(target)
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {False, True}


@pytest.mark.parametrize("step", [4, *(pytest.param(step, marks=pytest.mark.slow) for step in range(5, 12))])
def test_a_crash_leaves_no_folder_inside_another(target: Path, step: int) -> None:
    assert run_child(CRASHING, target, step, NESTED).returncode == 9
    if not (target / MANIFEST).exists():
        assert (target / NESTED).exists()
        check_after_crash(target)


def test_every_folder_of_a_path_is_durable_before_the_manifest(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    original = os.fsync

    def fsync(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        original(handle)

    folder = opened(target)
    (folder.staging / "a").write_text("a")
    monkeypatch.setattr(os, "fsync", fsync)
    folder.commit({"a": NESTED}, b"{}")
    manifest = next(place for place, path in enumerate(synced) if path.endswith(MANIFEST))
    folders = {target, *(target / parent for parent in Path(NESTED).parents)}
    assert {str(path) for path in folders} <= set(synced[:manifest])


def check_after_crash(target: Path) -> None:
    """A dataset is whole and kept; anything less is cleaned away by the next export."""
    if (target / MANIFEST).exists():
        assert {"logs/one.csv", "two.csv", MANIFEST} <= files_of(target)
        before = files_of(target)
        with pytest.raises(OutputOccupied, match="already holds a dataset"):
            OutputFolder(target).open()
        assert files_of(target) == before
        return
    folder = opened(target)
    assert files_of(target) == {".lumber-staging/lock"}
    assert {path.name for path in target.iterdir()} == {".lumber-staging"}
    (folder.staging / "new").write_text("new")
    folder.commit({"new": "logs/new.csv"}, b"{}")
    assert files_of(target) == {"logs/new.csv", MANIFEST}


def crashed(target: Path, write: Callable[[Path], None] = lambda _folder: None) -> None:
    """Leave the folder as a crash after the first moves of a commit does."""
    assert run_child(CRASHING, target, 4).returncode == 9
    assert files_of(target) == {
        "logs/one.csv",
        *(f".lumber-staging/{name}" for name in ("b", "commit.json", "lock")),
    }
    write(target)


def test_files_of_others_keep_a_folder_refused_and_as_it_was(target: Path) -> None:
    crashed(target, lambda folder: (folder / "logs" / "mine.txt").write_text("mine"))
    before = files_of(target)
    folder = OutputFolder(target)
    with pytest.raises(OutputOccupied, match=r"it holds logs/mine\.txt"):
        folder.open()
    folder.discard()
    assert files_of(target) == before


@pytest.mark.parametrize("content", ["", '{"a": "logs/o', "5", "null", "[]", '{"a": 5}', '{"a": ["b"]}'])
def test_a_torn_list_of_moves_means_that_nothing_was_moved(target: Path, content: str) -> None:
    opened(target).suspend()
    (target / ".lumber-staging" / "commit.json").write_text(content)
    folder = opened(target)
    assert files_of(target) == {".lumber-staging/lock"}
    folder.discard()
