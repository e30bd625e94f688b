"""Some columns of a shard: the same values as of the shard read whole, in every format and block size."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.manifest import field_entries
from lumber.formats import Compression, WriteOptions, get_format, json_columns, json_shard, reading
from lumber.formats.naming import format_of_file
from lumber.formats.reading import JsonText, ReadRequest, Unreadable
from tests.unit.formats.records import (
    SCHEMA,
    batch_of,
    hard_rows,
    sliced,
    variant_name,
    variants,
    write_shard,
)

FIELDS = field_entries(SCHEMA)
CHOICES = [
    ["message"],
    ["message", "timestamp"],
    ["message", "id"],
    ["timestamp", "level", "message", "score"],
    ["tags", "id"],
]


def read(path: Path, columns: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return the rows, with the chosen columns."""
    format, compression = format_of_file(path.name)
    json = JsonText.CANONICAL if columns is None or "tags" in columns else JsonText.SKIPPED
    with path.open("rb") as file:
        batches = list(format.reader(file, compression, ReadRequest(FIELDS, columns, json)).batches())
    return [row for batch in batches for row in batch.to_pylist()]


@pytest.mark.parametrize("options", variants(), ids=variant_name)
@pytest.mark.parametrize("has_metadata", [False, True])
def test_chosen_columns_hold_what_the_whole_shard_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: WriteOptions, has_metadata: bool
) -> None:
    if has_metadata:
        options = replace(options, metadata={"kind": "logs", "text": "],\n"})
    rows = hard_rows()
    path, _ = write_shard(tmp_path, sliced(batch_of(rows), 50), options)
    whole = read(path, None)
    assert len(whole) == len(rows)
    for block_bytes in (2_000, 1_000_000):
        monkeypatch.setattr(json_columns, "_BLOCK_BYTES", block_bytes)
        for columns in CHOICES:
            shown = [name for name in SCHEMA.names if name in columns]
            assert read(path, columns) == [{name: row[name] for name in shown} for row in whole]


@pytest.mark.parametrize("options", variants(), ids=variant_name)
@pytest.mark.parametrize("has_metadata", [False, True])
def test_a_shard_without_rows_has_none_in_its_columns(
    tmp_path: Path, options: WriteOptions, has_metadata: bool
) -> None:
    if has_metadata:
        options = replace(options, metadata={"kind": "logs"})
    path, _ = write_shard(tmp_path, [], options)
    assert read(path, ["message"]) == []


def test_csv_without_its_escape_is_what_was_written(tmp_path: Path) -> None:
    rows = hard_rows()
    (csv,) = [each for each in variants() if variant_name(each) == "csv-none"]
    path, _ = write_shard(tmp_path, [batch_of(rows)], replace(csv, csv_escape_formulas=True))
    assert b"'=1+2" in path.read_bytes()
    request = ReadRequest(FIELDS, is_escaped=True)
    with path.open("rb") as file:
        batches = list(get_format("csv").reader(file, Compression.NONE, request).batches())
    assert [row["message"] for batch in batches for row in batch.to_pylist()] == [
        row["message"] for row in rows
    ]


@pytest.mark.parametrize("content", ['{"data": 7}', "{}", '[{"message": 1}', '[\n{"message": "a"},\n{'])
def test_a_document_of_another_layout_is_unreadable(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(content)
    with pytest.raises(Unreadable, match="cannot be read"):
        read(path, ["message"])


def test_a_tiny_file_takes_no_work_that_only_many_rows_are_worth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dataset may have 100,000 files: Polars began anew for each column of each of them."""
    options = WriteOptions("jsonl", Compression.NONE)
    path, _ = write_shard(tmp_path, [batch_of(hard_rows()[:3])], options)
    expected = read(path, None)
    made: list[str] = []
    series = json_shard.pl.Series
    monkeypatch.setattr(
        json_shard.pl, "Series", lambda *args, **named: made.append("x") or series(*args, **named)
    )
    named: list[str] = []
    monkeypatch.setattr(reading.pa, "type_for_alias", named.append)
    assert read(path, None) == expected
    assert (made, named) == ([], [])
