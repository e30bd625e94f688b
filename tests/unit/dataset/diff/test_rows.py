"""Rows of two datasets against each other, as plain dicts say it, in every format and amount of memory."""

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.dataset.diff import Change, Difference, RowChange, diff_datasets
from lumber.dataset.diff.listing import ChangeList
from lumber.errors import DatasetDamaged, DatasetMissing
from lumber.formats import all_formats
from tests.examples import examples
from tests.unit.dataset.diff.made import SCHEMA, Row, make_dataset

START = datetime(2026, 1, 1, tzinfo=UTC)
Rows = Mapping[int, tuple[str, Row]]  # by id: the split and the rest of the row


def in_splits(rows: Rows) -> dict[str, list[Row]]:
    splits: dict[str, list[Row]] = {}
    for id_, (split, row) in rows.items():
        splits.setdefault(split, []).append({"id": id_, **row})
    return splits


def expected(a: Rows, b: Rows) -> dict[int, RowChange]:
    """Compare two dicts of rows."""
    found = {}
    for id_ in a.keys() | b.keys():
        (split_a, row_a), (split_b, row_b) = (rows.get(id_, (None, {})) for rows in (a, b))
        columns = None
        if id_ not in a or id_ not in b:
            changes = [Change.ADDED if id_ in b else Change.REMOVED]
        else:
            changes = [Change.CHANGED] if row_a != row_b else []
            changes += [Change.MOVED] if split_a != split_b else []
            if row_a != row_b:
                columns = {name: (shown(row_a, name), shown(row_b, name)) for name in row_a}
                columns = {name: values for name, values in columns.items() if values[0] != values[1]}
        if changes:
            found[id_] = RowChange("logs", id_, tuple(changes), split_a, split_b, columns)
    return found


def shown(row: Row, name: str) -> Any:
    value = row[name]
    if name == "extra" and value is not None:
        return json.loads(value)
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def listed(found: Difference) -> dict[int, RowChange]:
    return {row.id: row for row in found.kinds["logs"].examples}


some_rows = st.dictionaries(
    st.integers(0, 30) | st.sampled_from([-(2**63), 2**63 - 1]),
    st.tuples(
        st.sampled_from(["train", "test"]),
        st.fixed_dictionaries(
            {
                "timestamp": st.integers(0, 3).map(lambda second: START + timedelta(seconds=second)),
                "message": st.sampled_from(["", None, "a", "=1", "'=1", "a\nb", "ä"]),
                "score": st.sampled_from([None, 0.1, 0.5, 1e-7]),
                "extra": st.sampled_from([None, "{}", '{"a":[1,null]}', "7"]),
            }
        ),
    ),
    max_size=25,
)


@examples(60)
@given(
    a=some_rows,
    b=some_rows,
    formats=st.tuples(st.sampled_from(list(all_formats())), st.sampled_from(list(all_formats()))),
    memory=st.sampled_from([1, 5, 1_000]),
    shard_rows=st.sampled_from([2, 1_000]),
)
def test_it_is_what_dicts_say(
    a: Rows, b: Rows, formats: tuple[str, str], memory: int, shard_rows: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = [
            make_dataset(Path(folder) / name, in_splits(rows), format_=format_, shard_rows=shard_rows)
            for name, rows, format_ in zip("ab", (a, b), formats, strict=True)
        ]
        path = Path(folder) / "rows.jsonl"
        with ChangeList(path) as changes:
            found = diff_datasets(*made, limit=1_000, on_changes=changes.add, most_in_memory=memory)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
    right = expected(a, b)
    assert listed(found) == right
    assert found.is_same is (not right)
    kind = found.kinds["logs"]
    assert (kind.rows_a, kind.rows_b) == (len(a), len(b))
    assert kind.counts == {change: sum(change in row.changes for row in right.values()) for change in Change}
    # The full list has the same rows, in order, and no contents.
    assert lines == [
        {
            "kind": "logs",
            "id": id_,
            "changes": list(right[id_].changes),
            "split_a": right[id_].split_a,
            "split_b": right[id_].split_b,
        }
        for id_ in sorted(right)
    ]


def row(message: str | None = "text", **values: Any) -> Row:
    return {"timestamp": START, "message": message, "score": 0.5, "extra": '{"a":1}', **values}


@pytest.mark.parametrize(("one", "other"), list(product(all_formats(), all_formats())))
def test_formats_make_no_difference(tmp_path: Path, one: str, other: str) -> None:
    texts = ["", None, "=1+1", "'=1", "-5", "null", "a,b", 'q"q', "two\nlines", "😀", " "]
    rows = {number: ("train", row(text)) for number, text in enumerate(texts)}
    rows |= {100 + n: ("test", row(extra=text)) for n, text in enumerate([None, "null", "[1.5e-300]", '"x"'])}
    made = [
        make_dataset(tmp_path / name, in_splits(rows), format_=format_)
        for name, format_ in (("a", one), ("b", other))
    ]
    found = diff_datasets(*made)
    assert found.is_same
    assert listed(found) == {}
    assert found.config == ({} if one == other else {"output_format": (one, other)})


def test_many_rows_are_compared_from_the_disk(tmp_path: Path) -> None:
    before = {number * 7 % 30_011: ("train", row()) for number in range(30_000)}
    after = dict(before)
    for id_ in (5, 17, 29_999):
        after[id_] = ("test", row("other"))
    for id_ in range(100, 150):
        del after[id_]
    after[40_000] = ("train", row())
    made = [make_dataset(tmp_path / name, in_splits(rows)) for name, rows in (("a", before), ("b", after))]
    found = diff_datasets(*made, limit=2, most_in_memory=3_000).kinds["logs"]
    assert found.counts == {Change.ADDED: 1, Change.REMOVED: 50, Change.CHANGED: 3, Change.MOVED: 3}
    assert [example.id for example in found.examples] == [5, 17, 100, 101, 40_000]
    assert found.examples[0].columns == {"message": ("text", "other")}


def test_columns_that_only_one_has_are_told_and_not_compared(tmp_path: Path) -> None:
    other = pa.schema([*[f for f in SCHEMA if f.name != "message"], pa.field("label", pa.int8())])
    other = other.set(other.get_field_index("score"), pa.field("score", pa.float32()))
    rows = {1: ("train", row())}
    made = [
        make_dataset(tmp_path / "a", in_splits(rows)),
        make_dataset(
            tmp_path / "b",
            {"train": [{"id": 1, "timestamp": START, "score": 0.25, "extra": '{"a":1}', "label": 1}]},
            schema=other,
        ),
    ]
    found = diff_datasets(*made)
    kind = found.kinds["logs"]
    assert found.as_json()["kinds"]["logs"]["columns"] == {
        "added": ["label"],
        "removed": ["message"],
        "retyped": {"score": {"a": "double", "b": "float"}},
    }
    assert kind.counts == dict.fromkeys(Change, 0)
    assert not found.is_same
    assert any("another type" in note for note in found.notes)


def test_a_kind_that_only_one_has_is_told(tmp_path: Path) -> None:
    rows = {1: ("train", row()), 2: ("test", row())}
    made = [
        make_dataset(tmp_path / "a", in_splits(rows)),
        make_dataset(tmp_path / "b", in_splits(rows), kind="toys"),
    ]
    found = diff_datasets(*made)
    assert (found.kinds_removed, found.kinds_added) == (("logs",), ("toys",))
    assert found.kinds["logs"].counts == {**dict.fromkeys(Change, 0), Change.REMOVED: 2}
    assert found.kinds["toys"].counts == {**dict.fromkeys(Change, 0), Change.ADDED: 2}


def test_rows_without_ids_are_not_compared(tmp_path: Path) -> None:
    schema = pa.schema([SCHEMA.field("message")])
    made = [
        make_dataset(tmp_path / name, {"train": [{"message": name}] * 3}, schema=schema)
        for name in ("a", "b")
    ]
    found = diff_datasets(*made)
    assert found.kinds["logs"].counts is None
    assert any("cannot be compared" in note for note in found.notes)


def test_configs_are_compared_by_their_parts(tmp_path: Path) -> None:
    configs: list[dict[str, Any]] = [
        {"split": {"mode": "time", "seed": 1}, "filters": {"x": 1}, "old": 1},
        {"split": {"mode": "group", "seed": 1}, "filters": {"x": 1}, "new": [2]},
    ]
    made = [make_dataset(tmp_path / str(number), {}, config=config) for number, config in enumerate(configs)]
    found = diff_datasets(*made)
    assert found.config == {"split.mode": ("time", "group"), "old": (1, None), "new": (None, [2])}
    assert found.is_same


def test_what_makes_a_comparison_doubtful_is_said(tmp_path: Path) -> None:
    rows = in_splits({1: ("train", row())})
    plain = make_dataset(tmp_path / "plain", rows)
    rule = {"addresses": "token", "tokens": [], "secrets": "kept"}
    keyed = [
        make_dataset(tmp_path / key, rows, privacy={**rule, "key_id": key}, config={"privacy": {}})
        for key in ("k1", "k2")
    ]
    sampled = make_dataset(tmp_path / "sampled", rows, section={"sampled_out": 7, "deduplicated": 1})
    assert diff_datasets(plain, plain).notes == []
    assert diff_datasets(keyed[0], keyed[0]).notes == []
    (note,) = diff_datasets(*keyed).notes
    assert "key k1 and key k2" in note
    (note,) = diff_datasets(plain, keyed[0]).notes
    assert "not at all and key k1" in note
    (note,) = diff_datasets(plain, sampled).notes
    assert "B left out 7 rows by its sample or split and 1 row as duplicates of logs" in note


def test_damage_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    rows = {1: ("train", row()), 2: ("train", row())}
    good = make_dataset(tmp_path / "good", in_splits(rows))
    with pytest.raises(DatasetMissing, match="nowhere does not exist"):
        diff_datasets(good, tmp_path / "nowhere")
    changed = make_dataset(tmp_path / "changed", in_splits(rows))
    (changed / "logs/train-00000-of-00001.parquet").write_bytes(b"no Parquet")
    with pytest.raises(DatasetDamaged, match=r"train-00000-of-00001.parquet has 10 bytes"):
        diff_datasets(good, changed)
    (changed / "logs/train-00000-of-00001.parquet").unlink()
    with pytest.raises(DatasetDamaged, match=r"train-00000-of-00001.parquet is missing"):
        diff_datasets(changed, good)
    (changed / "manifest.json").write_text("{")
    with pytest.raises(DatasetDamaged, match="is not JSON"):
        diff_datasets(changed, good)
    twice = make_dataset(tmp_path / "twice", {"train": [{"id": 1, **row()}], "test": [{"id": 1, **row()}]})
    with pytest.raises(DatasetDamaged, match="twice: the id 1 is there more than once"):
        diff_datasets(good, twice)


def test_a_list_that_is_not_finished_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), ChangeList(path):
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_progress_counts_the_rows_of_both(tmp_path: Path) -> None:
    rows = in_splits({number: ("train", row()) for number in range(10)})
    made = [make_dataset(tmp_path / name, rows, shard_rows=4) for name in ("a", "b")]
    told: list[tuple[int, int, str]] = []
    diff_datasets(*made, on_progress=lambda *values: told.append(values))
    assert told[-1][:2] == (20, 20)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_a_difference_is_told_as_json(tmp_path: Path) -> None:
    a = make_dataset(tmp_path / "a", in_splits({1: ("train", row()), 2: ("train", row())}))
    b = make_dataset(tmp_path / "b", in_splits({1: ("test", row("other")), 3: ("test", row())}))
    found = diff_datasets(a, b).as_json()
    # `--json` prints the keys in this order.
    assert list(found) == ["same", "a", "b", "kinds", "kinds_added", "kinds_removed", "config", "notes"]
    columns = {"added": [], "removed": [], "retyped": {}}
    both = {"kind": "logs", "changes": ["changed", "moved"], "split_a": "train", "split_b": "test"}
    one = {"kind": "logs", "split_a": None, "split_b": None}
    assert found["kinds"] == {
        "logs": {
            "rows": {"a": 2, "b": 2},
            "added": 1,
            "removed": 1,
            "changed": 1,
            "moved": 1,
            "columns": columns,
            "examples": [
                {**both, "id": 1, "columns": {"message": {"a": "text", "b": "other"}}},
                {**one, "id": 2, "changes": ["removed"], "split_a": "train"},
                {**one, "id": 3, "changes": ["added"], "split_b": "test"},
            ],
        }
    }
    assert list(found["kinds"]["logs"]) == [
        "rows",
        "added",
        "removed",
        "changed",
        "moved",
        "columns",
        "examples",
    ]


def test_rows_without_ids_have_no_counts(tmp_path: Path) -> None:
    schema = pa.schema([field for field in SCHEMA if field.name != "id"])
    rows = {"train": [row()]}
    a, b = (make_dataset(tmp_path / name, rows, schema=schema) for name in ("a", "b"))
    found = diff_datasets(a, b)
    kind = found.as_json()["kinds"]["logs"]
    assert [kind[change] for change in Change] == [None] * 4
    assert found.kinds["logs"].counts is None
    assert found.is_same
