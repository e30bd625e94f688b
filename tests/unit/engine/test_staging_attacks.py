"""Whatever lies in an output folder: an export touches nothing outside it, and nothing that isn't ours."""

import json
import os
import socket
from pathlib import Path

import pytest

from lumber.dataset.layout import MANIFEST
from lumber.engine.moves import list_moves
from lumber.engine.staging import Holder, OutputFolder
from lumber.errors import OutputError, OutputOccupied
from lumber.files.folder import Folder
from lumber.files.staged import STAGING

ID = "3f0e1f0a-0000-4000-8000-000000000001"
OTHER_ID = "3f0e1f0a-0000-4000-8000-000000000002"
MARK = "lumber staging\n"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.mkdir()
    (path / "precious.txt").write_text("precious")
    (path / "inner").mkdir()
    (path / "inner" / "deep.txt").write_text("precious")
    return path


def contents(folder: Path) -> dict[str, str]:
    """Return every path under a folder with what is there: text, the target of a link, or the type."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        else:
            found[name] = path.read_text() if path.is_file() else str(path.stat().st_mode)
    return found


def refused(path: Path, match: str = "") -> None:
    """Open and discard the folder as an export does: it is refused, and all is as it was."""
    before = contents(path)
    folder = OutputFolder(path, Holder(ID, 1))
    with pytest.raises(OutputError, match=match):
        folder.open()
    folder.discard()
    assert contents(path) == before


def left_by_a_crash(path: Path, export_id: str = OTHER_ID, *, moved: bool = True) -> Path:
    """Leave what an export leaves that was killed in its commit. Return its staging folder."""
    folder = OutputFolder(path, Holder(export_id, 1))
    folder.open()
    for name in ("a", "b"):
        (folder.staging / name).write_text(name)
    with Folder.open(folder.staging) as staging:
        listed = list_moves(staging, {"a": "logs/one.csv", "b": "two.csv"}, 0o600)
    (folder.staging / "commit.json").write_bytes(listed)
    if moved:
        (path / "logs").mkdir()
        (folder.staging / "a").rename(path / "logs" / "one.csv")
    folder.suspend()
    return folder.staging


# Staging that isn't ours


def test_staging_that_is_a_link_is_not_followed(target: Path, victim: Path) -> None:
    (target / STAGING).symlink_to(victim)
    before = contents(victim)
    refused(target, "wasn't made by Lumber: it leads through a link")
    assert contents(victim) == before


def test_a_link_in_staging_is_removed_and_not_followed(target: Path, victim: Path) -> None:
    staging = left_by_a_crash(target, moved=False)
    (staging / "link").symlink_to(victim)
    (staging.parent / f"{OTHER_ID}.0").symlink_to(victim)
    (staging.parent / f"{ID}.0").symlink_to(victim)
    before = contents(victim)
    folder = OutputFolder(target, Holder(ID, 1))
    folder.open()
    assert contents(victim) == before
    assert sorted(path.name for path in (target / STAGING).iterdir()) == [f"{ID}.1", "lock"]
    folder.discard()
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("mark", [None, "", "mine", "3f0e1f0a", f"{ID}\n{ID}"])
def test_a_folder_without_our_mark_is_not_touched(target: Path, mark: str | None) -> None:
    (target / STAGING).mkdir()
    (target / STAGING / "notes.txt").write_text("mine")
    if mark is not None:
        (target / STAGING / "lock").write_text(mark)
    refused(target, "wasn't made by Lumber: ")


@pytest.mark.parametrize("mark", [MARK, OTHER_ID])
def test_a_lock_that_is_another_name_of_a_file_is_not_written_to(
    target: Path, victim: Path, mark: str
) -> None:
    precious = victim / "precious.txt"
    precious.write_text(mark)
    (target / STAGING).mkdir()
    os.link(precious, target / STAGING / "lock")
    refused(target, "is not a plain file")
    assert precious.read_text() == mark


@pytest.mark.parametrize("kind", ["link", "pipe", "socket", "folder"])
def test_a_lock_that_is_no_file_is_refused_without_waiting(
    target: Path, victim: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = target / STAGING / "lock"
    lock.parent.mkdir()
    if kind == "link":
        (victim / "precious.txt").write_text(MARK)
        lock.symlink_to(victim / "precious.txt")
    elif kind == "pipe":
        os.mkfifo(lock)
    elif kind == "folder":
        lock.mkdir()
    else:
        # The address of a socket holds 107 bytes: its name is short wherever the checkout and the folder lie.
        monkeypatch.chdir(lock.parent)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(lock.name)
    refused(target, "is not a plain file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_staging_of_another_user_is_not_touched(target: Path) -> None:
    staging = left_by_a_crash(target, moved=False)
    os.chown(staging.parent, 12_345, 12_345)
    refused(target, "it belongs to another user")


def test_staging_of_the_last_version_is_recognised_and_cleared(target: Path) -> None:
    staging = target / STAGING / f"{OTHER_ID}.1"
    staging.mkdir(parents=True)
    (staging.parent / "lock").write_text(OTHER_ID)
    (staging / "part").write_text("rows")
    folder = OutputFolder(target, Holder(ID, 1))
    folder.open()
    assert sorted(path.name for path in (target / STAGING).iterdir()) == [f"{ID}.1", "lock"]
    folder.discard()


# Lists of moves


def forged(target: Path, listed: dict[str, object], folder: str = "x") -> None:
    staging = target / STAGING / folder
    staging.mkdir(parents=True)
    (target / STAGING / "lock").write_text(MARK + OTHER_ID)
    (staging / "commit.json").write_text(json.dumps(listed))


def identity(path: Path) -> list[int]:
    state = path.stat()
    return [state.st_ino, state.st_size, state.st_mtime_ns]


@pytest.mark.parametrize("folder", ["x", f"{OTHER_ID}.1", f"{ID}.0"])
def test_a_listed_path_through_a_link_is_not_followed(target: Path, victim: Path, folder: str) -> None:
    (target / "logs").symlink_to(victim)
    forged(target, {"a": "logs/precious.txt", "b": "logs/inner/deep.txt"}, folder)
    before = contents(victim)
    refused(target, "is not empty")
    assert contents(victim) == before


@pytest.mark.parametrize("folder", ["x", f"{ID}.0"])
@pytest.mark.parametrize(
    ("link", "leads_to", "listed"),
    [
        ("two.csv", "precious.txt", "two.csv"),
        ("logs", ".", "logs/precious.txt"),
        ("logs/deep", "inner", "logs/deep/deep.txt"),
        ("logs/one.csv", "inner/deep.txt", "logs/one.csv"),
    ],
)
def test_a_link_at_any_part_of_a_listed_path_is_not_followed(
    target: Path, victim: Path, link: str, leads_to: str, listed: str, folder: str
) -> None:
    """Even if the list describes the very file that the link leads to."""
    (target / link).parent.mkdir(exist_ok=True)
    (target / link).symlink_to(victim / leads_to)
    forged(target, {"a": [listed, *identity(target / listed)]}, folder)
    before = contents(victim)
    refused(target, "is not empty")
    assert contents(victim) == before


@pytest.mark.parametrize(
    "listed",
    [
        "../victim/precious.txt",
        "logs/../../victim/precious.txt",
        "/etc/hostname",
        ".",
        "",
        "a//b",
        "a\u0000b",
    ],
)
def test_a_list_that_leads_out_of_the_folder_counts_for_nothing(
    target: Path, victim: Path, listed: str
) -> None:
    forged(target, {"a": [listed, *identity(victim / "precious.txt")]})
    before = contents(victim)
    folder = OutputFolder(target, Holder(ID, 1))
    folder.open()
    folder.discard()
    assert contents(victim) == before


@pytest.mark.parametrize("name", ["../../x", "a/b", "..", ""])
def test_a_staged_name_that_leads_elsewhere_counts_for_nothing(target: Path, name: str) -> None:
    (target / "mine.txt").write_text("mine")
    forged(target, {name: ["mine.txt", *identity(target / "mine.txt")]})
    refused(target, "it holds mine.txt")


@pytest.mark.parametrize("listed", ["mine.txt", ["mine.txt", 1, 4, 1]])
def test_a_forged_list_removes_no_file_that_an_export_did_not_write(target: Path, listed: object) -> None:
    """As it could come in an archive that is unpacked over a folder with files."""
    (target / "mine.txt").write_text("mine")
    forged(target, {"a": listed})
    refused(target, "it holds mine.txt")


def test_a_file_with_a_second_name_is_not_taken_for_a_shard(target: Path, victim: Path) -> None:
    os.link(victim / "precious.txt", target / "one.csv")
    forged(target, {"a": ["one.csv", *identity(target / "one.csv")]})
    refused(target, "it holds one.csv")


@pytest.mark.parametrize("content", [b"changed", None])
def test_a_shard_that_somebody_replaced_stays(target: Path, content: bytes | None) -> None:
    left_by_a_crash(target)
    shard = target / "logs" / "one.csv"
    if content is None:
        shard.unlink()
        os.mkfifo(shard)
    else:
        shard.write_bytes(content)
    refused(target, "it holds logs/one.csv")


def test_what_a_crashed_commit_moved_is_removed(target: Path) -> None:
    left_by_a_crash(target)
    folder = OutputFolder(target, Holder(ID, 1))
    folder.open()
    assert [path.name for path in target.iterdir()] == [STAGING]
    folder.discard()
    assert list(target.iterdir()) == []


def test_moves_that_the_last_version_listed_are_undone_by_the_next_attempt_of_the_same_export(
    target: Path,
) -> None:
    (target / "logs").mkdir()
    (target / "logs" / "one.csv").write_text("a")
    forged(target, {"a": "logs/one.csv"}, f"{ID}.1")
    folder = OutputFolder(target, Holder(ID, 2))
    folder.open(keep={"a"})
    assert [path.name for path in folder.staging.iterdir()] == ["a"]
    assert [path.name for path in target.iterdir()] == [STAGING]
    folder.discard()


# While an export runs


def test_a_folder_that_becomes_a_link_while_the_export_runs_is_not_written_to(
    target: Path, victim: Path
) -> None:
    folder = OutputFolder(target, Holder(ID, 1))
    folder.open()
    for name in ("a", "b"):
        (folder.staging / name).write_text(name)
    (target / "logs").symlink_to(victim)
    before = contents(victim)
    with pytest.raises(OutputError):
        folder.commit({"a": "logs/one.csv", "b": "two.csv"}, b"{}")
    folder.discard()
    assert contents(victim) == before
    assert [path.name for path in target.iterdir()] == ["logs"]


def test_staging_that_becomes_a_link_while_the_export_runs_is_not_followed(
    target: Path, victim: Path, tmp_path: Path
) -> None:
    folder = OutputFolder(target, Holder(ID, 1))
    folder.open()
    (folder.staging / "a").write_text("a")
    (target / STAGING).rename(tmp_path / "away")
    (victim / folder.staging.name).mkdir()
    (victim / folder.staging.name / "a").write_text("precious")
    (target / STAGING).symlink_to(victim)
    before = contents(victim)
    folder.discard()
    assert contents(victim) == before


def test_a_dataset_that_is_refused_keeps_its_staging(target: Path) -> None:
    left_by_a_crash(target)
    (target / MANIFEST).write_text("{}")
    refused(target, "already holds a dataset")


def test_a_link_to_an_empty_folder_may_be_chosen(target: Path, tmp_path: Path) -> None:
    (tmp_path / "chosen").symlink_to(target)
    folder = OutputFolder(tmp_path / "chosen", Holder(ID, 1))
    folder.open()
    (folder.staging / "a").write_text("a")
    folder.commit({"a": "logs/one.csv"}, b"{}")
    assert sorted(path.name for path in target.iterdir()) == ["logs", MANIFEST]
    with pytest.raises(OutputOccupied):
        OutputFolder(tmp_path / "chosen", Holder(ID, 2)).open()
