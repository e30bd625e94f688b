"""sketches.json: read back as it was written, and refused in words if it is damaged."""

from pathlib import Path

import polars as pl
import pytest

from lumber.dataset.layout import SKETCHES
from lumber.dataset.sketches.columns import merged
from lumber.dataset.sketches.document import Sketches, read_sketches
from lumber.errors import DatasetDamaged
from tests.sketches import sketch_of

FRAME = pl.DataFrame({"level": ["a", None, "ä"], "score": [1.0, 2.0, None]})


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = Sketches(kinds={"logs": sketch_of(FRAME)})
    (tmp_path / SKETCHES).write_text(written.as_text(), encoding="utf-8")
    found = read_sketches(tmp_path)
    assert found == written
    assert found is not None
    assert found.as_text() == written.as_text()
    assert found.new == found.kinds


def test_a_dataset_may_have_none(tmp_path: Path) -> None:
    assert read_sketches(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "JSON|Expecting"),
        ('{"sketches_version": 3, "kinds": {}}', "version 3"),
        ('{"sketches_version": 1, "kinds": {"logs": {"rows": -1, "columns": {}}}}', "kinds.logs.rows"),
    ],
)
def test_a_damaged_document_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / SKETCHES).write_text(text)
    with pytest.raises(DatasetDamaged, match=reason):
        read_sketches(tmp_path)


@pytest.mark.parametrize("damage", ["", "!", "AAAA"])
@pytest.mark.parametrize("part", ["distinct", "quantiles"])
def test_a_damaged_sketch_is_refused(damage: str, part: str) -> None:
    sound = sketch_of(FRAME).model_dump()
    column = sound["columns"]["score"]
    column[part]["theta" if part == "distinct" else "digest"] = damage
    damaged = type(sketch_of(FRAME)).model_validate(sound)
    with pytest.raises(DatasetDamaged, match="Export the version again"):
        merged(damaged, sketch_of(FRAME))
