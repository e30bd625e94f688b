"""Rows for a person to look at: limits on time, conditions of every type, samples, and damaged files."""

import datetime as dt
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lumber.catalog.kind import TIMESTAMP, json_field, optional, required
from lumber.dataset.manifest import field_entries
from lumber.dataset.rows import heads, sorting
from lumber.dataset.rows.conditions import Conditions, operators_of, parse_conditions
from lumber.dataset.rows.heads import look_at_columns
from lumber.dataset.rows.looking import Look, look
from lumber.dataset.rows.reader import RowReader
from lumber.dataset.rows.sorting import Order, look_in_order, rows_at, sort_refusal
from lumber.dataset.rows.table import RowFile, RowTable
from lumber.errors import ConfigError, DatasetDamaged
from lumber.exports.viewing import Viewings
from lumber.formats import Compression, WriteOptions, get_format
from lumber.formats.columnar import RowBuffer
from lumber.formats.naming import ShardName
from tests.unit.formats.records import batch_of, write_shard

SCHEMA = pa.schema(
    [
        required("id", pa.int64()),
        optional("at", TIMESTAMP),
        optional("score", pa.float64()),
        optional("text", pa.string()),
        optional("is_new", pa.bool_()),
        json_field("extra"),
    ]
)
FIELDS = tuple(field_entries(SCHEMA))
BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ROWS = [
    {
        "id": n,
        "at": BEGIN + dt.timedelta(minutes=n) if n % 10 else None,
        "score": n / 8 if n % 3 else None,
        "text": (None, "Straße (a+b)", "plain", "%_.*")[n % 4],
        "is_new": n % 2 == 0,
        "extra": f'{{"n":{n}}}',
    }
    for n in range(100)
]


def reader_of(
    folder: Path,
    rows: Sequence[dict[str, Any]] = ROWS,
    *,
    format: str = "parquet",
    files: int = 2,
    missing: int = 0,
) -> RowReader:
    """Write rows into several files of two splits, and return what reads them."""
    options = WriteOptions(format, Compression.NONE)
    size = -(-len(rows) // files)
    found, paths = [], {}
    for number, start in enumerate(range(0, len(rows), size)):
        part = list(rows[start : start + size])
        split = "train" if number < files - 1 else "test"
        name = ShardName("logs", split, number, files, get_format(format), Compression.NONE)
        path, _ = write_shard(folder, [batch_of(part, SCHEMA)], options, SCHEMA)
        file = RowFile(f"logs/{split}-{number}", path.stat().st_size, len(part) + missing, name)
        found.append(file)
        paths[file.path] = path
    table = RowTable("logs", FIELDS, tuple(found), is_escaped=False, is_derived=False)
    return RowReader(table, lambda file: paths[file.path].open("rb"))


def seen(reader: RowReader, conditions: Conditions, **given: Any) -> Look:
    """Look without a limit on time, unless one is given."""
    asked = {"place": 0, "limit": 200, "seconds": 1e9, **given}
    place, limit = asked.pop("place"), asked.pop("limit")
    return look(reader, conditions, place, limit, most_characters=50, **asked)


def ids(found: Look) -> list[int]:
    return [row.values["id"] for row in found.rows]


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"id": 7}, lambda row: row["id"] == 7),
        ({"id": {"ne": 7}}, lambda row: row["id"] != 7),
        ({"id": [1, 2, 200]}, lambda row: row["id"] in (1, 2)),
        ({"text": {"not_in": ["plain", "x"]}}, lambda row: row["text"] != "plain"),
        ({"text": {"ne": "plain"}}, lambda row: row["text"] != "plain"),
        ({"score": {"gt": 2, "lte": 5.5}}, lambda row: row["score"] is not None and 2 < row["score"] <= 5.5),
        ({"at": {"gte": "2026-01-01T01:00:00Z"}}, lambda row: row["at"] and row["at"].hour >= 1),
        ({"at": {"lt": "2026-01-01T02:00:00+01:00"}}, lambda row: row["at"] and row["at"].hour < 1),
        ({"at": {"is_null": True}}, lambda row: row["at"] is None),
        ({"text": {"is_null": False}}, lambda row: row["text"] is not None),
        ({"text": {"contains": "(a+b)"}}, lambda row: "(a+b)" in (row["text"] or "")),
        ({"text": {"starts_with": "%_"}}, lambda row: (row["text"] or "").startswith("%_")),
        ({"is_new": True}, lambda row: row["is_new"]),
        ({"extra": {"contains": '"n":9'}}, lambda row: str(row["id"]).startswith("9")),
    ],
)
@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
def test_filters_mean_what_they_say(tmp_path: Path, format: str, filters: Any, wanted: Any) -> None:
    conditions = parse_conditions(FIELDS, None, json.dumps(filters))
    found = ids(seen(reader_of(tmp_path, format=format), conditions))
    assert found == [row["id"] for row in ROWS if wanted(row)]
    assert found


@pytest.mark.parametrize(
    ("search", "wanted"),
    [
        ("STRASSE", 0),  # case folds letters, it doesn't spell them out
        ("straße (A+B)", 25),
        ("%_.*", 25),
        ("97", 5),  # as an id, in JSON, and in the hundredths of no time
        ("2026-01-01 00:3", 0),
        ("2026-01-01T00:3", 9),
        ("nothing", 0),
    ],
)
def test_a_search_looks_in_all_columns(tmp_path: Path, search: str, wanted: int) -> None:
    found = ids(seen(reader_of(tmp_path), parse_conditions(FIELDS, search)))
    texts = {
        row["id"]: [
            str(row["id"]),
            "" if row["at"] is None else f"{row['at']:%Y-%m-%dT%H:%M:%S.000000Z}",
            "" if row["score"] is None else str(row["score"]),
            row["text"] or "",
            row["extra"].replace(" ", ""),
        ]
        for row in ROWS
    }
    assert found == [id for id, each in texts.items() if any(search.lower() in text.lower() for text in each)]
    assert search == "97" or len(found) == wanted


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"none": 1}, "filters.none"),
        ({"extra": {"gt": 1}}, "filters.extra.gt"),
        ({"id": 2**63}, "filters.id.eq"),
        ({"at": "yesterday"}, "filters.at.eq"),
        ({"text": {"contains": ["a"]}}, "filters.text.contains"),
        ({"is_new": "perhaps"}, "filters.is_new.eq"),
        ({"text": {"is_null": 3}}, "filters.text.is_null"),
        ({"text": {"eq": {"a": 1}}}, "filters.text.eq"),
        (7, "filters"),
    ],
)
def test_a_wrong_filter_is_named(filters: Any, field: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_conditions(FIELDS, None, json.dumps(filters))
    assert [problem.field for problem in error.value.problems] == [field]


def test_columns_offer_the_operators_of_their_type() -> None:
    offered = {field.name: {each.name for each in operators_of(field)} for field in FIELDS}
    assert {"gte", "lt", "eq", "in", "is_null"} <= offered["at"]
    assert {"contains", "starts_with", "not_in"} <= offered["text"]
    assert offered["extra"] == {"contains", "is_null"}
    assert "contains" not in offered["id"]


def test_a_look_stops_in_time_and_says_where_to_look_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lumber.dataset.rows.looking._SEARCH_BATCH_ROWS", 10)
    reader = reader_of(tmp_path)
    rare = parse_conditions(FIELDS, None, '{"id": 95}')
    places, found, place = [], [], 0
    while True:
        # Each look at the clock takes a second.
        part = seen(reader, rare, place=place, seconds=2.5, now=itertools.count().__next__)
        found += ids(part)
        assert part.looked == 30 or part.next is None
        if part.next is None:
            break
        place = part.next
        places.append(place)
    assert (places, found) == ([30, 60, 90], [95])


def test_a_page_ends_with_the_row_that_fills_it(tmp_path: Path) -> None:
    even = parse_conditions(FIELDS, None, '{"is_new": true}')
    part = seen(reader_of(tmp_path), even, limit=5)
    assert (ids(part), part.looked, part.next) == ([0, 2, 4, 6, 8], 9, 9)
    last = seen(reader_of(tmp_path), even, place=98, limit=5)
    assert (ids(last), last.next) == ([98], None)


def test_long_texts_are_cut_and_named(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "text": "x" * 60, "id": 2**53 + 1, "score": float("inf")}]
    [row] = seen(reader_of(tmp_path, rows, files=1), Conditions()).rows
    assert (row.values["text"], row.cut) == ("x" * 50, ["text"])
    assert (row.values["id"], row.values["score"]) == (str(2**53 + 1), "inf")


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_rows_at_places_in_any_order(tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "_FAR_ROWS", 5)
    found = rows_at(reader_of(tmp_path, format=format, files=3), [99, 3, 50, 4, 49], 50)
    assert {place: row.values["id"] for place, row in found.items()} == {n: n for n in (3, 4, 49, 50, 99)}


def test_an_order_puts_missing_values_last_and_keeps_equal_ones(tmp_path: Path) -> None:
    reader = reader_of(tmp_path)
    order = Order("text", is_descending=True)
    found = look_in_order(reader, Conditions(), order, 0, 200, most_characters=50)
    texts = [row.values["text"] for row in found.rows]
    assert texts == ["plain"] * 25 + ["Straße (a+b)"] * 25 + ["%_.*"] * 25 + [None] * 25
    assert ids(found)[:3] == [2, 6, 10]
    empty = look_in_order(reader, parse_conditions(FIELDS, "zzz"), order, 0, 5, most_characters=50)
    assert (empty.rows, empty.next) == ([], None)


def test_more_rows_are_sorted_in_columns_than_in_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "MOST_ROWS_OF_TEXT", 99)
    assert sort_refusal(reader_of(tmp_path).table) is None
    refusal = sort_refusal(reader_of(tmp_path, format="csv").table)
    assert refusal is not None
    assert "99 rows of a split in text formats" in refusal


def test_a_date_far_away_flattens_no_histogram(tmp_path: Path) -> None:
    rows = [{**ROWS[1], "id": n, "at": BEGIN + dt.timedelta(minutes=n)} for n in range(1_000)]
    rows[500]["at"] = dt.datetime(2610, 5, 3, tzinfo=dt.UTC)
    found = {head.name: head for head in look_at_columns(reader_of(tmp_path, rows), seconds=1e9).columns}
    assert found["at"].outside == 1
    assert found["at"].maximum.startswith("2026-01-01T16:")
    assert min(each.rows for each in found["at"].bins) > 30
    assert (found["id"].minimum, found["id"].maximum, found["id"].outside) == (0.0, 999.0, 0)
    assert [(each.value, each.rows) for each in found["is_new"].top] == [(False, 1_000)]
    assert found["extra"].distinct == 1


@pytest.mark.parametrize(("format", "note"), [("parquet", "24 places"), ("csv", "the first ")])
def test_heads_of_many_rows_are_those_of_a_sample(
    tmp_path: Path, format: str, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "SAMPLE_ROWS", 50)
    monkeypatch.setattr(heads, "_BATCH_ROWS", 2)
    monkeypatch.setattr("lumber.formats.row_places._BLOCK_BYTES", 1_000)
    monkeypatch.setattr(RowBuffer.__init__, "__defaults__", (10, 32 * 1024 * 1024))
    found = look_at_columns(reader_of(tmp_path, format=format), seconds=1e9)
    assert 24 <= found.looked < 100
    assert note in (found.note or "")
    if format == "parquet":
        # From all over the table.
        assert (found.columns[0].minimum, found.columns[0].maximum) == (0.0, 95.0)


def test_a_sample_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "_BATCH_ROWS", 5)
    found = look_at_columns(reader_of(tmp_path), seconds=2.5, now=itertools.count().__next__)
    assert (found.looked, found.note) == (15, "Of the first 15 rows of 100.")


@pytest.mark.parametrize(("missing", "text"), [(1, "the dataset lists 51"), (-1, "more rows than")])
@pytest.mark.parametrize("format", ["parquet", "jsonl"])
def test_a_file_with_other_rows_than_listed_is_damaged(
    tmp_path: Path, missing: int, text: str, format: str
) -> None:
    with pytest.raises(DatasetDamaged, match=text):
        seen(reader_of(tmp_path, missing=missing, format=format), Conditions())


def test_pages_soon_after_one_another_are_one_viewing() -> None:
    clock = [0.0]
    viewings = Viewings(now=lambda: clock[0])
    for minutes, is_new in ((0, True), (20, False), (45, False), (80, True)):
        clock[0] = minutes * 60.0
        assert viewings.is_new("user", "export") is is_new, minutes
        viewings.keep("user", "export")
        assert viewings.is_new("other", "export")
