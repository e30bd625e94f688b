"""The folder of an export is removed, never what a link leads to; an interrupted removal is found again."""

from pathlib import Path

import pytest

from lumber.exports.removal import REMOVED, remove_export_folder
from lumber.files.folder import Folder

ID = "3f0e1f0a-0000-4000-8000-000000000001"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "precious").write_text("x")
    return tmp_path / "victim"


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    (tmp_path / "exports").mkdir()
    return tmp_path / "exports"


def test_a_folder_goes_with_everything_in_it_and_links_are_not_followed(exports: Path, victim: Path) -> None:
    (exports / ID / "logs").mkdir(parents=True)
    (exports / ID / "link").symlink_to(victim)
    (exports / ID / "logs" / "link").symlink_to(victim / "precious")
    assert remove_export_folder(exports, ID)
    assert list(exports.iterdir()) == []
    assert (victim / "precious").read_text() == "x"


def test_a_link_in_the_place_of_the_folder_stays(exports: Path, victim: Path) -> None:
    (exports / ID).symlink_to(victim)
    assert not remove_export_folder(exports, ID)
    assert (exports / ID).is_symlink()
    assert (victim / "precious").read_text() == "x"


def test_what_is_gone_already_counts_as_removed(exports: Path, tmp_path: Path) -> None:
    assert remove_export_folder(exports, ID)
    assert remove_export_folder(tmp_path / "missing", ID)


def test_a_removal_that_was_interrupted_is_completed_by_the_next(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (exports / ID).mkdir()
    (exports / ID / "part").write_text("rows")

    def interrupted(self: Folder, path: str) -> None:
        if self.find(path) is not None:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "remove", interrupted)
        with pytest.raises(KeyboardInterrupt):
            remove_export_folder(exports, ID)
    assert [path.name for path in exports.iterdir()] == [f"{REMOVED}{ID}"]
    assert remove_export_folder(exports, f"{REMOVED}{ID}")
    assert list(exports.iterdir()) == []
