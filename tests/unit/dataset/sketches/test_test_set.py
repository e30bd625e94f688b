"""Frozen test sets: hashes that any program can make, and rows found by them."""

import hashlib
from pathlib import Path

import polars as pl
import pytest

from lumber.dataset.sketches.test_set import HEADER, FrozenRows, TestSet, hashes_of, test_set_text
from lumber.errors import DatasetMissing
from tests.sketches import batches


def frozen(folder: Path, *texts: str) -> TestSet:
    path = folder / "mine.txt"
    path.write_text(test_set_text(hashes_of(texts)))
    return TestSet("mine", path)


def test_a_hash_is_the_beginning_of_a_sha256(tmp_path: Path) -> None:
    digests = sorted(hashlib.sha256(text.encode()).hexdigest()[:16] for text in ("a", "link up"))
    assert frozen(tmp_path, "link up", "a", "a").path.read_text().split("\n") == [HEADER, *digests, ""]


def test_rows_with_the_content_of_the_set_are_counted(tmp_path: Path) -> None:
    rows = FrozenRows(frozen(tmp_path, "b", "z"), ("message",))
    for batch in batches(pl.DataFrame({"message": ["a", "b", None, "b", "c"], "other": [1, 2, 3, 4, 5]}), 2):
        rows.add(batch)
    assert rows.matched == 2


def test_several_columns_are_one_content(tmp_path: Path) -> None:
    rows = FrozenRows(frozen(tmp_path, "a\x00,\x00-"), ("kind", "text"))
    for batch in batches(pl.DataFrame({"kind": ["a", "a"], "text": [None, "a"]}), 10):
        rows.add(batch)
    assert rows.matched == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        ("", "first line"),
        (f"{HEADER}\nxyz\n", "line 2"),
        (f"{HEADER}\n{'0' * 16}\nÄ\n", "ascii"),
    ],
)
def test_a_set_that_cannot_be_read_is_refused(tmp_path: Path, content: str | None, reason: str) -> None:
    path = tmp_path / "mine.txt"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetMissing, match=reason) as refused:
        FrozenRows(TestSet("mine", path), ("message",))
    assert "freeze-test" in str(refused.value)
