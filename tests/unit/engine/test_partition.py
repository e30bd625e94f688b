"""One partition from rows to files: a pure function that balances, or leaves nothing."""

import hashlib
import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lumber.catalog.kind import Level
from lumber.engine.partition import (
    Hooks,
    PartitionSpec,
    fit_partition,
    run_partition,
)
from lumber.engine.result import PartitionResult
from lumber.engine.source import SourceSpec
from lumber.errors import ExportCancelled, ExportError, Unbalanced
from lumber.formats import Compression, WriteOptions, all_formats
from lumber.formats.staged_file import Key
from lumber.privacy.rule import PrivacyRule
from lumber.privacy.step import _free
from lumber.steps.cast import Cast
from lumber.steps.recipe import Recipe
from lumber.steps.templates.options import TemplateOptions
from lumber.steps.templates.step import Templates
from lumber.steps.transform import Transform
from lumber.steps.validate import Validate
from lumber.store.types import to_microseconds
from tests.unit.engine.batches import NOON, batch_of

NOON_US = to_microseconds(NOON)


class GivenRows:
    """Stands for the database: it hands out batches of given rows, and may fail after some."""

    def __init__(self, *rows: dict[str, Any], kind: str = "logs", fails_after: int | None = None) -> None:
        self._rows = [{"id": index} | row for index, row in enumerate(rows)]
        self._kind = kind
        self._fails_after = fails_after

    def batches(self, statement: str, batch_size: int) -> Iterator[pa.RecordBatch]:
        assert statement == "SELECT"
        for start in range(0, len(self._rows), batch_size):
            if self._fails_after is not None and start >= self._fails_after:
                raise ExportError("The database failed while it was read.")
            yield batch_of(self._kind, *self._rows[start : start + batch_size])


@pytest.fixture
def spec(tmp_path: Path) -> PartitionSpec:
    return PartitionSpec(
        kind="logs",
        ordinal=3,
        attempt=1,
        planned_rows=10,
        source=SourceSpec("sqlite", "file:nothing"),
        statement="SELECT",
        batch_size=4,
        options=WriteOptions("jsonl", Compression.NONE),
        shard_size_bytes=2**30,
        staging=tmp_path,
        now=NOON,
    )


TEN: list[dict[str, Any]] = [{"message": f"line {index}"} for index in range(10)]
# Of these ten rows, three break a rule.
DAMAGED = [*TEN[:2], {"message": ""}, *TEN[3:6], {"message": b"\xff"}, {"message": "\x00"}, *TEN[8:]]


def run(
    spec: PartitionSpec, *rows: dict[str, Any], hooks: Hooks | None = None, **options: Any
) -> PartitionResult:
    return run_partition(spec, hooks, GivenRows(*rows, **options))  # type: ignore[arg-type]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_row_is_written_in_order(spec: PartitionSpec) -> None:
    result = run(spec, *TEN)
    (shard,) = result.shards
    assert (result.kind, result.ordinal) == ("logs", 3)
    assert (result.read, result.written, result.rejected, result.rejects) == (10, 10, 0, None)
    assert [row["message"] for row in lines_of(spec.staging / shard.name)] == [row["message"] for row in TEN]
    assert (shard.first_key, shard.last_key) == (Key(NOON_US, 0), Key(NOON_US, 9))


def test_rejects_are_kept_beside_with_their_reasons(spec: PartitionSpec) -> None:
    result = run(spec, *DAMAGED)
    assert (result.read, result.written, result.rejected) == (10, 7, 3)
    assert dict(result.rules) == {"message.required": 1, "message.valid_utf8": 1, "message.no_nul": 1}
    assert result.rejects is not None
    found = [
        (line["id"], line["rule"], line["value"]) for line in lines_of(spec.staging / result.rejects.name)
    ]
    assert found == [(2, "required", ""), (6, "valid_utf8", "\\xff"), (7, "no_nul", "\x00")]
    assert result.rejects.rows == 3
    ids = [row["id"] for row in lines_of(spec.staging / result.shards[0].name)]
    assert ids == [0, 1, 3, 4, 5, 8, 9]


def test_entries_say_what_the_files_hold(spec: PartitionSpec) -> None:
    result = run(replace(spec, shard_size_bytes=1), *DAMAGED)
    assert result.rejects is not None
    for file in [*result.shards, result.rejects]:
        content = (spec.staging / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size_bytes, file.sha256)
        assert content.count(b"\n") == file.rows
    assert {path.name for path in spec.staging.iterdir()} == {
        file.name for file in [*result.shards, result.rejects]
    }


def test_a_new_shard_begins_when_one_is_large_enough(spec: PartitionSpec) -> None:
    result = run(replace(spec, shard_size_bytes=1), *TEN)
    assert [shard.rows for shard in result.shards] == [4, 4, 2]
    assert [(shard.first_key, shard.last_key) for shard in result.shards] == [
        (Key(NOON_US, 0), Key(NOON_US, 3)),
        (Key(NOON_US, 4), Key(NOON_US, 7)),
        (Key(NOON_US, 8), Key(NOON_US, 9)),
    ]


def test_nothing_to_write_makes_no_file(spec: PartitionSpec) -> None:
    result = run(replace(spec, planned_rows=0))
    assert (result.read, result.shards, result.rejects) == (0, (), None)
    assert list(spec.staging.iterdir()) == []


def test_rejected_rows_alone_make_no_shard(spec: PartitionSpec) -> None:
    result = run(replace(spec, planned_rows=5), *[{"message": ""}] * 5)
    assert (result.written, result.rejected, result.shards) == (0, 5, ())
    assert [path.name for path in spec.staging.iterdir()] == [result.rejects.name]


@pytest.mark.parametrize("batch_size", [1, 3, 4, 10, 1000])
def test_the_batch_size_leaves_no_trace_in_the_shards(spec: PartitionSpec, batch_size: int) -> None:
    whole = run(replace(spec, batch_size=10), *DAMAGED)
    result = run(replace(spec, batch_size=batch_size), *DAMAGED)
    assert [shard.sha256 for shard in result.shards] == [shard.sha256 for shard in whole.shards]
    assert (result.rules, result.changes, result.quality) == (whole.rules, whole.changes, whole.quality)


def test_another_run_writes_the_same_bytes_under_other_names(spec: PartitionSpec) -> None:
    one, other = run(spec, *DAMAGED), run(spec, *DAMAGED)
    assert one.rejects is not None
    assert other.rejects is not None
    assert one.shards[0].sha256 == other.shards[0].sha256
    assert one.rejects.sha256 == other.rejects.sha256
    assert len(list(spec.staging.iterdir())) == 4


@pytest.mark.parametrize("planned", [9, 11])
def test_rows_that_came_or_went_since_the_plan_fail_the_partition(spec: PartitionSpec, planned: int) -> None:
    with pytest.raises(Unbalanced, match=f"read 10 rows, but planned were {planned}: "):
        run(replace(spec, planned_rows=planned), *DAMAGED)
    assert list(spec.staging.iterdir()) == []


@pytest.mark.parametrize("output_format", list(all_formats()))
def test_a_failure_in_the_middle_leaves_no_file(spec: PartitionSpec, output_format: str) -> None:
    options = WriteOptions(output_format, Compression.NONE)
    with pytest.raises(ExportError, match="failed while it was read"):
        run(replace(spec, options=options, shard_size_bytes=1), *DAMAGED, fails_after=8)
    assert list(spec.staging.iterdir()) == []


def test_a_cancelled_partition_stops_at_the_next_batch_and_leaves_no_file(spec: PartitionSpec) -> None:
    done: list[int] = []
    hooks = Hooks(on_rows=done.append, is_cancelled=lambda: len(done) == 2)
    with pytest.raises(ExportCancelled):
        run(spec, *DAMAGED, hooks=hooks)
    assert done == [4, 4]
    assert list(spec.staging.iterdir()) == []


def test_progress_is_reported_for_each_batch(spec: PartitionSpec) -> None:
    done: list[int] = []
    run(spec, *TEN, hooks=Hooks(on_rows=done.append))
    assert done == [4, 4, 2]


def test_the_level_decides_what_is_rejected(spec: PartitionSpec) -> None:
    rows = [{"message": "", "severity_text": "loud"}, {"severity_text": "loud"}]
    rejected = {}
    for level in Level:
        recipe = Recipe((Cast(), Validate(level), Transform()))
        rejected[level] = run(replace(spec, planned_rows=2, recipe=recipe), *rows).rejected
    assert rejected == {Level.NONE: 0, Level.BASIC: 1, Level.STRICT: 2}


def test_changes_of_every_step_are_counted(spec: PartitionSpec) -> None:
    options = WriteOptions("csv", Compression.NONE, csv_escape_formulas=True)
    rows = [
        {"message": "=1+1", "severity_text": "loud", "structured_data": '{"a": 1}'},
        {"message": "", "severity_text": "loud"},
    ]
    result = run(replace(spec, planned_rows=2, options=options), *rows)
    assert dict(result.changes) == {
        "formula_cells_escaped": 1,
        "severity_text_unknown": 1,
        "structured_data_canonicalised": 1,
    }


def test_a_spec_can_be_sent_to_another_process_and_shows_no_secret(spec: PartitionSpec) -> None:
    secret = replace(spec, source=SourceSpec("postgresql", "postgresql://u:s3cret@h/db"))
    assert pickle.loads(pickle.dumps(secret)) == secret
    assert "s3cret" not in repr(secret)


def test_a_pass_over_the_rows_begins_with_what_the_first_one_learned(spec: PartitionSpec) -> None:
    """Both rewrite the same texts: the second one searches none of them again."""
    rule = PrivacyRule(key=bytes.fromhex("9f4c1e7ab2d85036cc17f0e9a45b38d16e02937bd4a8f51c80b6e32f7d19ca54"))
    recipe = Recipe((Cast(), Validate(), Transform(), rule, Templates(TemplateOptions())))
    spec = replace(spec, planned_rows=3)
    rows = [{"message": f"{word} refused 8.8.4.4"} for word in ("ssh", "dns", "ntp")]
    fit_partition(replace(spec, recipe=recipe), 4, GivenRows(*rows))  # type: ignore[arg-type]
    (learned,) = _free.values()
    run(replace(spec, recipe=Recipe((Cast(), Validate(), Transform(), rule))), *rows)
    assert list(_free.values()) == [learned]
