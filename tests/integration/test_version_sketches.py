"""An export's sketches: the same for the same rows in all formats, and merged with those of the parent."""

from pathlib import Path

import polars as pl
import pytest

from lumber.catalog.registry import get_kind
from lumber.dataset.layout import SKETCHES
from lumber.dataset.sketches.columns import merged
from lumber.dataset.sketches.document import Sketches
from lumber.dataset.sketches.shards import SketchedShards, SketchSpec, joined, sketch_shards
from lumber.dataset.sketches.test_set import TestSet, hashes_of, test_set_text
from lumber.exports.gates.sketching import SketchFacts, version_sketches
from lumber.formats import WriteOptions, open_shard, resolve_compression
from tests.sketches import batches

ROWS = 5_000
SCHEMA = get_kind("logs").schema


def lines(rows: int, first: int = 0) -> pl.DataFrame:
    numbers = range(first, first + rows)
    frame = pl.DataFrame(
        {
            "id": pl.Series(numbers),
            "timestamp": pl.Series(numbers).cast(pl.Datetime("us", "UTC")),
            "log_level": ["ERROR" if each % 10 == 0 else "INFO" for each in numbers],
            "message": [f"line {each % 1_000}" for each in numbers],
            "structured_data": ['{"a": 1}'] * rows,
        }
    )
    missing = [field.name for field in SCHEMA if field.name not in frame.columns]
    return frame.with_columns(pl.lit(None).alias(name) for name in missing).select(SCHEMA.names)


def shard(folder: Path, name: str, frame: pl.DataFrame, format: str) -> tuple[Path, int]:
    options = WriteOptions(format=format, compression=resolve_compression(format, False))
    writer = open_shard(folder / name, SCHEMA, options)
    for batch in batches(frame, 1_000):
        writer.write(batch.cast(SCHEMA))
    writer.close()
    return folder / name, frame.height


def sketched(shards: list[tuple[Path, int]], format: str, test_set: TestSet | None = None) -> SketchedShards:
    options = WriteOptions(format=format, compression=resolve_compression(format, False))
    return sketch_shards(SketchSpec(shards, SCHEMA, options, ("message",), test_set))


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "arrow"])
def test_the_format_leaves_no_trace(tmp_path: Path, format: str) -> None:
    found = sketched([shard(tmp_path, "a", lines(ROWS), format)], format)
    assert found == sketched([shard(tmp_path, "b", lines(ROWS), "parquet")], "parquet")
    assert found.sketch.rows == ROWS
    levels = found.sketch.columns["log_level"].top
    assert levels is not None
    assert levels.counts == {"INFO": 4_500, "ERROR": 500}
    assert "structured_data" not in found.sketch.columns


def test_several_shards_are_one_sketch(tmp_path: Path) -> None:
    whole = [
        shard(tmp_path, "a", lines(3_000), "parquet"),
        shard(tmp_path, "b", lines(2_000, 3_000), "parquet"),
    ]
    test_set = TestSet("mine", tmp_path / "mine.txt")
    test_set.path.write_text(test_set_text(hashes_of(["line 7", "line 8"])))
    one = sketched(whole, "parquet", test_set)
    several = joined([sketched([each], "parquet", test_set) for each in whole])
    assert one.in_test_set == several.in_test_set == 10
    assert (one.sketch.rows, one.sketch.columns.keys()) == (
        several.sketch.rows,
        several.sketch.columns.keys(),
    )
    for name, column in one.sketch.columns.items():
        assert several.sketch.columns[name].distinct == column.distinct
        assert several.sketch.columns[name].nulls == column.nulls


def test_an_increment_is_added_to_the_sketches_of_its_parent(tmp_path: Path) -> None:
    first = sketched([shard(tmp_path, "a", lines(3_000), "parquet")], "parquet")
    second = sketched([shard(tmp_path, "b", lines(2_000, 3_000), "parquet")], "parquet")
    parent = version_sketches({"logs": first, "ips": first}, SketchFacts())
    assert parent.added == {}
    assert parent.new == parent.kinds
    found = version_sketches({"logs": second, "ips": second}, SketchFacts(["logs"], parent))
    assert found.kinds == {"logs": merged(first.sketch, second.sketch), "ips": second.sketch}
    assert found.added == {"logs": second.sketch}
    assert found.new == {"logs": second.sketch, "ips": second.sketch}
    assert Sketches.model_validate_json(found.as_text()) == found


def test_what_a_parent_without_sketches_has_stays_unknown(tmp_path: Path) -> None:
    own = sketched([shard(tmp_path, "a", lines(100), "parquet")], "parquet")
    found = version_sketches({"logs": own}, SketchFacts(["logs"], None))
    assert found.kinds == {}
    assert found.new == {"logs": own.sketch}


def test_the_document_is_no_part_of_the_reproducibility_hash() -> None:
    from lumber.dataset.reproducibility import reproducibility_hash

    entry = {"path": SKETCHES, "sha256": "0" * 64}
    plain = {"plan": {}, "config": {}, "files": []}
    assert reproducibility_hash(plain) == reproducibility_hash({**plain, "files": [entry]})
