"""Test sets are frozen from files of every kind, and kept under a name."""

from pathlib import Path

import polars as pl
import pytest

from lumber.dataset.sketches.test_set import hashes_of
from lumber.errors import ConfigError
from lumber.exports.gates.freezing import find_test_set, freeze, save
from lumber.settings import Settings

LINES = ["link up", "link down", "link up"]
EXPECTED = sorted(set(hashes_of(LINES).tolist()))


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.jsonl", "a.arrow", "a.txt", "a.log"])
def test_all_kinds_of_files_give_the_same_hashes(tmp_path: Path, name: str) -> None:
    path, frame = tmp_path / name, pl.DataFrame({"message": LINES, "other": [1, 2, 3]})
    writers = {
        ".parquet": frame.write_parquet,
        ".csv": frame.write_csv,
        ".jsonl": frame.write_ndjson,
        ".arrow": frame.write_ipc,
    }
    if path.suffix in writers:
        writers[path.suffix](path)
    else:
        path.write_text("\n".join(LINES))
    assert freeze([path, path], "logs").tolist() == EXPECTED


def test_another_column_may_have_the_text(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    pl.DataFrame({"text": LINES}).write_csv(path)
    assert freeze([path], "logs", "text").tolist() == EXPECTED
    with pytest.raises(ConfigError, match="no column message"):
        freeze([path], "logs")


@pytest.mark.parametrize(("name", "content"), [("a.pdf", "x"), ("a.parquet", "x"), ("a.txt", None)])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: str | None) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=name):
        freeze([tmp_path / name], "logs")


def test_a_kept_test_set_is_not_overwritten_by_another(tmp_path: Path) -> None:
    test_set = find_test_set(Settings(data_dir=tmp_path), "mine")
    save(test_set, hashes_of(LINES))
    save(test_set, hashes_of(LINES))
    with pytest.raises(ConfigError, match="exists with 2 rows"):
        save(test_set, hashes_of(["another"]))
    save(test_set, hashes_of(["another"]), may_replace=True)
    assert test_set.read()[0].tolist() == hashes_of(["another"]).tolist()


@pytest.mark.parametrize("name", ["../mine", "", "A", "a/b", "-a"])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="not a name"):
        find_test_set(Settings(data_dir=tmp_path), name)
