"""A folder held open: no name is looked up through a link, and what was opened is what was checked."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumber.files.folder import Folder, PathRefused, is_plain_path
from lumber.files.modes import open_new_folder, open_to_others


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "victim" / "inner").mkdir(parents=True)
    (tmp_path / "victim" / "precious").write_text("x")
    (tmp_path / "place" / "logs").mkdir(parents=True)
    (tmp_path / "place" / "logs" / "a.csv").write_text("rows")
    return tmp_path / "place"


@pytest.fixture
def folder(place: Path) -> Iterator[Folder]:
    with Folder.open(place) as opened:
        yield opened


@pytest.mark.parametrize(
    "path", ["", ".", "..", "/etc", "../victim/precious", "logs/..", "logs/", "logs//a.csv", "a\0", "a\\b"]
)
def test_only_plain_paths_are_followed(folder: Folder, path: str) -> None:
    assert not is_plain_path(path)
    for use in (folder.file, folder.folder, folder.state, folder.unlink, folder.remove, folder.rmdir):
        with pytest.raises(PathRefused, match="is not a path inside the folder"):
            use(path)


@pytest.mark.parametrize("link", ["logs", "logs/inner", "logs/a.csv"])
def test_a_link_at_any_part_of_a_path_is_refused(folder: Folder, place: Path, link: str) -> None:
    if link == "logs":
        (place / "logs" / "a.csv").unlink()
        (place / "logs").rmdir()
    (place / link).unlink(missing_ok=True)
    (place / link).symlink_to(place.parent / "victim")
    for path in (link, f"{link}/precious"):
        with pytest.raises(PathRefused, match="link"):
            folder.file(path)
    for use in (folder.folder, lambda path: folder.make_folder(path, 0o700)):
        for path in (link, f"{link}/inner"):
            with pytest.raises(PathRefused, match="link"):
                use(path)
    for use in (folder.unlink, folder.remove):
        with pytest.raises(PathRefused, match="link"):
            use(f"{link}/precious")
    folder.remove(link)
    assert (place.parent / "victim" / "precious").read_text() == "x"


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device"])
def test_only_regular_files_are_opened_and_nothing_is_waited_for(
    folder: Folder, place: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    if kind == "pipe":
        os.mkfifo("x")
    elif kind == "folder":
        Path("x").mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("x")
    else:
        folder = Folder.open(Path("/dev"))
    with pytest.raises(PathRefused, match="is not a regular file"):
        folder.file("null" if kind == "device" else "x")
    if kind == "device":
        folder.close()


def test_a_link_that_takes_a_files_place_after_the_look_is_not_followed(
    folder: Folder, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = Folder.state

    def swapped(self: Folder, path: str) -> os.stat_result:
        found = state(self, path)
        (place / "logs" / "a.csv").unlink()
        (place / "logs" / "a.csv").symlink_to(place.parent / "victim" / "precious")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "state", swapped)
        with pytest.raises(PathRefused, match="link"):
            folder.file("logs/a.csv")


def test_a_folder_that_is_moved_away_stays_the_same(folder: Folder, place: Path) -> None:
    place.rename(place.parent / "away")
    (place.parent / "victim" / "logs").mkdir()
    place.symlink_to(place.parent / "victim")
    with folder.file("logs/a.csv") as file:
        assert file.read() == b"rows"
    folder.remove("logs")
    assert (place.parent / "victim" / "logs").is_dir()


def test_everything_inside_is_found_and_links_are_not_entered(folder: Folder, place: Path) -> None:
    (place / "logs" / "link").symlink_to(place.parent / "victim")
    assert {path for path, _ in folder.walk()} == {"logs", "logs/a.csv", "logs/link"}
    assert folder.names() == ["logs"]


@pytest.mark.parametrize("umask", [0o077, 0o027, 0o022, 0o007])
def test_new_folders_get_their_rights_whatever_the_processs_umask_is(place: Path, umask: int) -> None:
    before = os.umask(0o027)
    try:
        open_new_folder(place / "new" / "inner", umask).close()
    finally:
        os.umask(before)
    for path in (place / "new", place / "new" / "inner"):
        assert path.stat().st_mode & 0o777 == 0o777 & ~umask


def test_folders_that_are_there_keep_their_rights(place: Path) -> None:
    place.chmod(0o755)
    open_new_folder(place, 0o077).close()
    assert place.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("above", "mode", "umask", "expected"),
    [
        (0o755, 0o644, 0o077, 0o044),
        (0o755, 0o644, 0o027, 0o004),
        (0o755, 0o640, 0o027, 0),
        (0o700, 0o666, 0o077, 0),
        (0o710, 0o644, 0o077, 0o040),
    ],
)
def test_rights_that_others_have_beyond_the_umask_are_found(
    above: int, mode: int, umask: int, expected: int
) -> None:
    # Not in `tmp_path`, which lies in a folder that keeps others out.
    with tempfile.TemporaryDirectory(prefix="lumber-test-") as name:
        shared = Path(name)
        shared.chmod(0o755)
        (shared / "above").mkdir()
        (shared / "above" / "file").write_text("x")
        (shared / "above" / "file").chmod(mode)
        (shared / "above").chmod(above)
        assert open_to_others(shared / "above" / "file", umask) == expected
        assert open_to_others(shared / "missing", umask) == 0
