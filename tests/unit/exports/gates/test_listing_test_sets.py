"""The list of frozen test sets, which gates may name."""

from pathlib import Path

from lumber.dataset.sketches.test_set import hashes_of
from lumber.exports.gates.freezing import find_test_set, list_test_sets, save
from lumber.settings import Settings


def test_frozen_test_sets_are_listed_by_name_with_their_rows(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert list_test_sets(settings) == []
    save(find_test_set(settings, "plant"), hashes_of(["one", "two", "three"]))
    save(find_test_set(settings, "empty"), hashes_of([]))
    folder = tmp_path / "test-sets"
    (folder / ".plant.txt.123").write_text("being written")
    (folder / "notes.md").write_text("not a test set")
    assert [(each.name, each.rows) for each in list_test_sets(settings)] == [("empty", 0), ("plant", 3)]
