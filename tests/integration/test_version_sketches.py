"""An export's sketches: the same for the same rows in all formats, and merged with those of the parent."""

from pathlib import Path

import polars as pl
import pytest

from lumber.catalog.registry import get_kind
from lumber.dataset.layout import SKETCHES, sketches_path
from lumber.dataset.sketches.columns import merged
from lumber.dataset.sketches.document import Sketches
from lumber.dataset.sketches.shards import (
    ShardSketcher,
    SketchedShards,
    SketchRule,
    SketchSpec,
    joined,
    packed,
    read_sketch,
    sketch_name,
    sketch_shard,
    unpacked,
)
from lumber.dataset.sketches.test_set import TestSet, hashes_of, test_set_text
from lumber.errors import DatasetDamaged, DatasetMissing
from lumber.exports.gates.sketching import SketchFacts, version_sketches
from lumber.formats import WriteOptions, open_shard, resolve_compression
from lumber.formats.staged_file import StagedFile
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


def rule(test_set: TestSet | None) -> SketchRule:
    return SketchRule() if test_set is None else SketchRule(test_set, test_set.read()[1])


def sketched(shards: list[tuple[Path, int]], format: str, test_set: TestSet | None = None) -> SketchedShards:
    """Sketch finished shards one by one and join what they have."""
    options = WriteOptions(format=format, compression=resolve_compression(format, False))
    names = []
    for path, rows in shards:
        listed = StagedFile(path.name, rows, path.stat().st_size, "0" * 64)
        spec = SketchSpec(path.parent, listed, SCHEMA, options, ("message",), rule(test_set))
        names.append(path.parent / sketch_shard(spec))
    found = joined(map(read_sketch, names))
    assert found is not None
    return found


def written(frame: pl.DataFrame, test_set: TestSet | None = None) -> SketchedShards:
    """Sketch rows while they are written."""
    sketcher = ShardSketcher(rule(test_set), SCHEMA, ("message",))
    for batch in batches(frame, 700):
        sketcher.add(batch.cast(SCHEMA))
    return sketcher.finish()


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "arrow"])
def test_the_format_leaves_no_trace(tmp_path: Path, format: str) -> None:
    found = sketched([shard(tmp_path, "a", lines(ROWS), format)], format)
    assert found == sketched([shard(tmp_path, "b", lines(ROWS), "parquet")], "parquet")
    assert found.sketch.rows == ROWS
    levels = found.sketch.columns["log_level"].top
    assert levels is not None
    assert levels.counts == {"INFO": 4_500, "ERROR": 500}
    assert "structured_data" not in found.sketch.columns


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "arrow", "parquet"])
def test_rows_have_the_sketch_that_their_shard_has(tmp_path: Path, format: str) -> None:
    test_set = TestSet("mine", tmp_path / "mine.txt")
    test_set.path.write_text(test_set_text(hashes_of(["line 7", "line 8"])))
    frame = lines(ROWS)
    assert written(frame, test_set) == sketched([shard(tmp_path, "a", frame, format)], format, test_set)


def test_a_shard_begins_without_the_rows_of_the_one_before(tmp_path: Path) -> None:
    test_set = TestSet("mine", tmp_path / "mine.txt")
    test_set.path.write_text(test_set_text(hashes_of(["line 7", "line 8"])))
    sketcher = ShardSketcher(rule(test_set), SCHEMA, ("message",))
    found = []
    for frame in (lines(3_000), lines(2_000, 3_000)):
        for batch in batches(frame, 1_000):
            sketcher.add(batch.cast(SCHEMA))
        found.append(sketcher.finish())
    assert found == [written(lines(3_000), test_set), written(lines(2_000, 3_000), test_set)]
    assert [each.in_test_set for each in found] == [6, 4]
    whole, parts = written(lines(ROWS), test_set), joined(found)
    assert parts is not None
    assert parts.in_test_set == whole.in_test_set == 10
    assert (parts.sketch.rows, parts.sketch.columns.keys()) == (
        whole.sketch.rows,
        whole.sketch.columns.keys(),
    )
    for name, column in whole.sketch.columns.items():
        assert parts.sketch.columns[name].distinct == column.distinct
        assert parts.sketch.columns[name].nulls == column.nulls


def test_a_test_set_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    test_set = TestSet("mine", tmp_path / "mine.txt")
    test_set.path.write_text(test_set_text(hashes_of(["line 7"])))
    before = rule(test_set)
    test_set.path.write_text(test_set_text(hashes_of(["line 8"])))
    with pytest.raises(DatasetMissing, match="mine isn't the one that the export began with"):
        ShardSketcher(before, SCHEMA, ("message",))
    assert sketch_name("a", before) != sketch_name("a", rule(test_set))


def test_the_sketches_of_shards_are_read_as_they_were_written() -> None:
    found = {"a" * 64: written(lines(100)), "b" * 64: written(lines(50, 100))}
    content = packed(found.items())
    assert unpacked(content) == found
    assert packed(found.items()) == content
    for damaged in (content[:-9], b"x", packed([])[:5]):
        with pytest.raises(DatasetDamaged, match="can't be read"):
            unpacked(damaged)


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

    plain = {"plan": {}, "config": {}, "files": []}
    for path in (SKETCHES, sketches_path("logs", 3)):
        entry = {"path": path, "sha256": "0" * 64}
        assert reproducibility_hash(plain) == reproducibility_hash({**plain, "files": [entry]})
