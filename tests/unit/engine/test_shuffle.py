"""Shuffling: one order for the same ids and seed, whatever the runs and the jobs; no row lost or doubled."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumber.catalog.registry import get_kind
from lumber.engine.shuffle import StagedRuns, check_shuffled, shuffle_range, shuffle_specs
from lumber.errors import Unbalanced
from lumber.formats import Compression, WriteOptions
from lumber.formats.staged_file import StagedFile
from lumber.steps.cast import cast_batch
from lumber.steps.order import ShuffleRule
from lumber.steps.recipe import PLAIN, Recipe
from lumber.steps.transform import DataTransformer
from tests.unit.engine.batches import NOON, batch_of

LOGS = get_kind("logs")
OPTIONS = WriteOptions("parquet", Compression.NONE)


def logs(count: int) -> pa.RecordBatch:
    rows = [{"id": number, "timestamp": NOON + timedelta(seconds=number)} for number in range(count)]
    return DataTransformer(LOGS).apply(cast_batch(batch_of(LOGS, *rows), LOGS).frame)


def shuffled(
    folder: Path, records: pa.RecordBatch, *, seed: int, runs: int, rows_per_job: int, fields: tuple[str, ...]
) -> tuple[list[StagedFile], pa.Table]:
    """Write the rows as so many runs, shuffle them, and return the shards and what they hold in order."""
    folder.mkdir()
    rule = ShuffleRule(seed)
    recipe = Recipe(fields=fields)
    schema = recipe.written(LOGS).schema
    staged = []
    size = -(-records.num_rows // runs)
    for number in range(runs):
        run = StagedRuns(folder / f"{number}.arrow", LOGS, schema, "train", rule)
        for start in range(number * size, min((number + 1) * size, records.num_rows), 100):
            run.add(records.slice(start, min(100, (number + 1) * size - start)))
        staged += run.finish()
    jobs = shuffle_specs("logs", staged, recipe, OPTIONS, 1 << 30, folder, rows_per_job)
    shards = [shard for job in jobs for shard in shuffle_range(job).shards]
    check_shuffled("logs", shards, records.num_rows)
    return shards, pa.concat_tables([pq.read_table(folder / shard.name) for shard in shards])


def test_the_order_depends_on_ids_and_seed_alone(tmp_path: Path) -> None:
    records = logs(2_000)
    columns = ("message", "id")
    _, once = shuffled(tmp_path / "a", records, seed=1, runs=1, rows_per_job=10_000, fields=columns)
    shards, again = shuffled(tmp_path / "b", records, seed=1, runs=7, rows_per_job=300, fields=columns)
    _, other = shuffled(tmp_path / "c", records, seed=2, runs=3, rows_per_job=500, fields=columns)
    assert len(shards) == 7
    assert once == again
    assert once.column_names == list(columns)
    ids = once.column("id").to_pylist()
    assert sorted(ids) == list(range(2_000))
    assert ids != other.column("id").to_pylist() != list(range(2_000))
    # Nothing of time is left in it: neighbours lie as far from each other as chance puts them.
    steps = [abs(later - earlier) for earlier, later in pairwise(ids)]
    assert 600 < sum(steps) / len(steps) < 730


def test_columns_that_are_not_written_still_make_the_keys(tmp_path: Path) -> None:
    shards, table = shuffled(
        tmp_path / "a", logs(50), seed=1, runs=2, rows_per_job=50, fields=("message", "log_level")
    )
    assert table.column_names == ["message", "log_level"]
    assert shards[0].first_key is not None
    assert shards[0].rows == 50


def test_cells_whose_formula_is_escaped_are_counted(tmp_path: Path) -> None:
    rule = ShuffleRule(1)
    recipe = Recipe(fields=("message",))
    rows = [{"id": id_, "timestamp": NOON, "message": text} for id_, text in enumerate(("=1", "a", "+2"))]
    records = DataTransformer(LOGS).apply(cast_batch(batch_of(LOGS, *rows), LOGS).frame)
    run = StagedRuns(tmp_path / "run", LOGS, recipe.written(LOGS).schema, "train", rule)
    run.add(records)
    options = WriteOptions("csv", Compression.NONE)
    (job,) = shuffle_specs("logs", run.finish(), recipe, options, 1 << 30, tmp_path, 100)
    made = shuffle_range(job)
    assert made.escaped_cells == 2
    assert (tmp_path / made.shards[0].name).read_text().count("'") == 2


def test_missing_rows_are_noticed(tmp_path: Path) -> None:
    shards, _ = shuffled(tmp_path / "a", logs(10), seed=1, runs=1, rows_per_job=10, fields=("id",))
    with pytest.raises(Unbalanced, match="11 rows to be shuffled, the shards hold 10"):
        check_shuffled("logs", shards, 11)


def test_no_rows_make_no_shards() -> None:
    assert shuffle_specs("logs", [], PLAIN, OPTIONS, 1, Path(), 10) == []
