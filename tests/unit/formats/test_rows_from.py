"""Rows read from any number on, without those before: the same rows in every format and codec."""

import itertools
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lumber.files.expansion import DEFAULT_LIMITS, Expansion
from lumber.formats import WriteOptions, get_format
from lumber.formats.columnar import RowBuffer
from lumber.formats.reading import JsonText, ReadRequest, Unreadable, schema_fields
from lumber.formats.row_places import RowPlaces
from tests.unit.formats.records import SCHEMA, batch_of, hard_rows, variant_name, variants, write_shard

ROWS = hard_rows()


def reader_of(file: Any, options: WriteOptions, **request: Any) -> Any:
    """Open a shard as the viewer does."""
    asked = ReadRequest(
        schema_fields(SCHEMA), json=JsonText.CANONICAL, batch_rows=100, **request, is_escaped=False
    )
    return get_format(options.format).reader(file, options.compression, asked)


@pytest.mark.parametrize("is_bounded", [False, True])
@pytest.mark.parametrize("options", variants(), ids=variant_name)
def test_rows_from_any_number_are_those_of_the_whole(
    tmp_path: Path, options: WriteOptions, is_bounded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RowBuffer.__init__, "__defaults__", (70, 32 * 1024 * 1024))
    monkeypatch.setattr("lumber.formats.row_places._BLOCK_BYTES", 1_500)
    monkeypatch.setattr("lumber.formats.row_places._STEP_ROWS", 20)
    path, _ = write_shard(tmp_path, [batch_of(ROWS)], options)
    places = RowPlaces()
    with path.open("rb") as file:
        whole = list(
            itertools.chain.from_iterable(batch.to_pylist() for batch in reader_of(file, options).batches())
        )
        assert len(whole) == len(ROWS)
        # Forwards, back to places that are known, and past the end.
        for first in (0, 1, 69, 70, 71, len(ROWS) - 1, 200, 35, len(ROWS), len(ROWS) + 5):
            expansion = Expansion(DEFAULT_LIMITS) if is_bounded else None
            batches = reader_of(file, options, expansion=expansion).batches_from(first, places)
            found = [row for batch in batches for row in batch.to_pylist()]
            assert repr(found) == repr(whole[first:]), first


@pytest.mark.parametrize("options", variants(), ids=variant_name)
def test_some_columns_of_rows_from_a_number(tmp_path: Path, options: WriteOptions) -> None:
    path, _ = write_shard(tmp_path, [batch_of(ROWS)], options)
    with path.open("rb") as file:
        batches = reader_of(file, options, columns=["id", "message"]).batches_from(len(ROWS) - 2)
        found = pa.Table.from_batches(batches).to_pylist()
    assert [row["id"] for row in found] == [row["id"] for row in ROWS[-2:]]
    assert [list(row) for row in found] == [["id", "message"]] * 2


@pytest.mark.parametrize("options", variants(), ids=variant_name)
def test_a_shard_without_rows_has_none_from_any_number(tmp_path: Path, options: WriteOptions) -> None:
    path, _ = write_shard(tmp_path, [], options)
    with path.open("rb") as file:
        assert [row for batch in reader_of(file, options).batches_from(0) for row in batch.to_pylist()] == []


@pytest.mark.parametrize("format", ["parquet", "arrow", "csv", "jsonl", "json"])
def test_what_is_no_shard_is_unreadable(tmp_path: Path, format: str) -> None:
    path = tmp_path / "rows"
    path.write_bytes(b'{"data": nothing\n' * 3)
    options = next(each for each in variants() if each.format == format)
    with path.open("rb") as file, pytest.raises(Unreadable):
        list(reader_of(file, options, expansion=Expansion(DEFAULT_LIMITS)).batches_from(0))


def test_only_the_row_groups_that_are_needed_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RowBuffer.__init__, "__defaults__", (70, 32 * 1024 * 1024))
    [options] = [each for each in variants() if variant_name(each) == "parquet-zstd"]
    path, _ = write_shard(tmp_path, [batch_of(ROWS)], options)
    asked: list[list[int]] = []
    reading = pa.parquet.ParquetFile.iter_batches

    def noted(self: Any, size: int, groups: list[int], columns: list[str]) -> Any:
        asked.append(groups)
        return reading(self, size, groups, columns)

    monkeypatch.setattr(pa.parquet.ParquetFile, "iter_batches", noted)
    with path.open("rb") as file:
        next(reader_of(file, options).batches_from(141))
    assert asked == [[2]]


def test_places_are_few(tmp_path: Path) -> None:
    places = RowPlaces()
    for row in (0, 5_000, 5_001, 1_000, 9_999, 3_000, 100_000):
        places.add(row, row * 10)
    assert len(places) == 5
    assert places.before(4_999, 7) == (3_000, 30_000)
    assert places.before(99_999_999, 7) == (100_000, 1_000_000)
    assert RowPlaces().before(12, 7) == (0, 7)
