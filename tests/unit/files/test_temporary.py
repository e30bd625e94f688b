"""Temporary folders: they go with their owner, or with the next process, and never while the owner lives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lumber.files.folder import Folder
from lumber.files.temporary import PART, clear_dead, part_folder

# Makes the folder of a process and a semaphore, says its name, and dies when its input ends.
OWNER = """
import multiprocessing, os, sys
from lumber.files.temporary import process_folder

folder = process_folder()
lock = multiprocessing.get_context("forkserver").Lock()
print(folder, lock._semlock.name, flush=True)
sys.stdin.read()
os.kill(os.getpid() if sys.argv[1] == "alone" else 0, 9)
"""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def cleared(folder: Path, prefix: str = PART) -> list[str]:
    with Folder.open(folder) as opened:
        return clear_dead(opened, prefix)


def test_a_folder_goes_at_the_end_of_its_block(tmp_path: Path) -> None:
    with part_folder(tmp_path) as part:
        (part / "inner").mkdir()
        assert part.stat().st_mode & 0o777 == 0o700
    assert names(tmp_path) == set()


def test_a_folder_whose_owner_lives_stays(tmp_path: Path) -> None:
    with part_folder(tmp_path) as first, part_folder(tmp_path) as second:
        assert cleared(tmp_path) == []
        assert names(tmp_path) == {first.name, second.name}


def test_what_dead_owners_left_goes_and_nothing_else(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "precious").write_text("x")
    dead = tmp_path / f"{PART}1-00ff"
    dead.mkdir()
    (dead / "link").symlink_to(victim)
    (tmp_path / f"{PART}2-00ff").symlink_to(victim)
    (tmp_path / f"{PART}3-00ff").write_text("a file")
    for name in (f"{PART}mine", f"{PART}1-00ff-1", f"{PART}1-00FF", "1-00ff"):
        (tmp_path / name).mkdir()
    before = names(tmp_path)
    assert cleared(tmp_path) == [dead.name]
    assert names(tmp_path) == before - {dead.name}
    assert names(victim) == {"precious"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_folders_of_other_users_stay(tmp_path: Path) -> None:
    (tmp_path / f"{PART}1-00ff").mkdir()
    os.chown(tmp_path / f"{PART}1-00ff", 12_345, 12_345)
    assert cleared(tmp_path) == []


def test_the_next_process_clears_what_a_killed_group_left(tmp_path: Path) -> None:
    def start(how: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", OWNER, how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | {"TMPDIR": str(tmp_path)},
        )

    found = []
    with start("group") as living, start("group") as killed:
        for process in (living, killed):
            folder, semaphore = process.stdout.readline().split()  # type: ignore[union-attr]
            found.append((Path(folder), Path("/dev/shm", f"sem.{semaphore.removeprefix('/')}")))
        assert all(each.exists() for both in found for each in both)
        killed.communicate()
        assert all(each.exists() for both in found for each in both)
        with start("group") as following:
            assert following.stdout is not None
            following.stdout.readline()
            assert [[each.exists() for each in both] for both in found] == [[True, True], [False, False]]
            following.communicate()
        living.communicate()
    cleared(tmp_path, "lumber-")
    for _, semaphore_file in found:
        semaphore_file.unlink(missing_ok=True)
