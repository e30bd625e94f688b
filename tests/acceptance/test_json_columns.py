"""Columns of JSON open in `datasets` with the values that were exported, whatever they hold."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.open import Dataset
from lumber.dataset.verify import verify_dataset
from tests.acceptance.exporting import export
from tests.acceptance.hub import Hub
from tests.acceptance.reading import manifest_of, plain_bytes, shards
from tests.clones import make_tables

BUDGET_REASON = "Exports of columns whose values vary are opened by `datasets`, which takes seconds to load."

# Values of a column, and the formats in which readers couldn't open them, or would change them.
CASES: dict[str, tuple[list[str | None], set[str]]] = {
    "one type": (['{"a":1,"b":[1]}', '{"a":2,"b":[]}', None], set()),
    "other members": (['{"a":1}', '{"b":"x"}'], set()),
    "members of other types": (['{"a":1}', '{"a":"x"}'], {"json"}),
    "objects and numbers": (['{"a":1}', "5"], {"json"}),
    "objects and lists": (['{"a":{"b":[]}}', "[1,2]", "{}", "true"], {"json"}),
    "lists of anything": (['[1,"x"]', "[null]"], {"json"}),
    "over 63 bits": (['{"a":9223372036854775808}', '{"a":18446744073709551615}'], {"json"}),
    "over 64 bits": (['{"a":18446744073709551616}', '{"a":-9223372036854775809}'], {"json", "jsonl"}),
    "long and broken numbers": (['{"a":9007199254740993}', '{"a":0.5}'], {"json"}),
    "texts like numbers": (['"5"', '"007"', '"null"'], {"json", "jsonl"}),
    "texts": (['"five"', '"seven"'], set()),
}
FORMATS = ("json", "jsonl")
QUICK = {
    ("members of other types", "json"),
    ("objects and numbers", "json"),
    ("over 63 bits", "json"),
    ("over 63 bits", "jsonl"),
    ("over 64 bits", "jsonl"),
    ("texts like numbers", "json"),
}


def fill(path: Path, values: list[str | None]) -> str:
    """Make a database with a line for each value; return its URL."""
    url = f"sqlite:///{path}"
    make_tables(url)
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO log_entries (timestamp, message, device_id, structured_data) "
            "VALUES (?, ?, '007', ?)",
            [(1_767_225_600_000_000 + at, f"line {at}", value) for at, value in enumerate(values)],
        )
    connection.close()
    return url


def parsed(values: list[str | None]) -> list[Any]:
    return [None if value is None else json.loads(value) for value in values]


def without_nulls(value: Any) -> Any:
    """Take out null members, which `datasets` adds to the objects of a JSON document."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("case", "format_"),
    [
        pytest.param(case, format_, marks=() if (case, format_) in QUICK else [pytest.mark.slow])
        for case in CASES
        for format_ in FORMATS
    ],
)
def test_datasets_opens_what_the_card_says(hub: Hub, tmp_path: Path, case: str, format_: str) -> None:
    values, as_text = CASES[case]
    folder = tmp_path / "out"
    # Partitions of one row: only all of them together vary.
    export(
        fill(tmp_path / "lumber.db", values),
        folder,
        kinds=["logs"],
        output_format=format_,
        settings={"partition_rows": 1},
    )
    is_text = format_ in as_text
    answer = hub.load(str(folder), "logs")
    assert not isinstance(answer, str), answer
    types, rows = answer["train"]
    assert types["structured_data"] == ("string" if is_text else "Json(decode=True)")
    found = parsed([row["structured_data"] for row in rows])
    assert without_nulls(found) == without_nulls(parsed(values))
    assert (found == parsed(values)) or (format_, case) == ("json", "other members")
    assert [row["device_id"] for row in rows] == ["007"] * len(values)

    card = (folder / "README.md").read_text()
    assert ("`structured_data` is JSON text" in card) == is_text
    (field,) = [
        field
        for field in manifest_of(folder)["kinds"]["logs"]["schema"]
        if field["name"] == "structured_data"
    ]
    assert field.get("stored") == ("text" if is_text else None)
    checked = verify_dataset(folder)
    assert (checked.problems, checked.notes) == ([], [])
    opened = Dataset(folder).to_polars("logs")["structured_data"].to_list()
    assert parsed(opened) == parsed(values)


@pytest.mark.parametrize("format_", FORMATS)
def test_json_that_becomes_text_is_shuffled_split_and_private_as_before(
    hub: Hub, tmp_path: Path, format_: str
) -> None:
    values = ['{"a":18446744073709551616,"ip":"203.0.113.7"}', '{"a":"203.0.113.8"}', None, "[1]"] * 5
    url = fill(tmp_path / "lumber.db", list(values))
    config: dict[str, Any] = {
        "kinds": ["logs"],
        "output_format": format_,
        "compression": "zstd",
        "order": {"by": "shuffle", "seed": 3},
        "split": {"mode": "time", "ratios": {"train": 0.5, "test": 0.5}},
        "privacy": {"addresses": "prefix_preserving"},
    }
    found = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        settings = {"partition_rows": 3, "privacy_key": "9f4c1e7ab2d85036cc17f0e9a45b38d1"}
        export(url, folder, workers=workers, settings=settings, **config)
        assert verify_dataset(folder).problems == []
        loaded = hub.load(str(folder), "logs")
        assert not isinstance(loaded, str), loaded
        texts = [row["structured_data"] for split in loaded.values() for row in split[1]]
        assert len(texts) == len(values)
        assert sum("18446744073709551616" in (text or "") for text in texts) == 5
        assert "203.0.113" not in str(texts)
        document = [plain_bytes(path).partition(b'"export_metadata"')[0] for path in shards(folder, "logs")]
        found.append(document)
    assert found[0] == found[1]


def test_a_format_that_holds_text_anyway_says_nothing_of_it(tmp_path: Path) -> None:
    values, _ = CASES["objects and numbers"]
    for format_ in ("csv", "parquet"):
        folder = tmp_path / format_
        export(fill(tmp_path / f"{format_}.db", values), folder, kinds=["logs"], output_format=format_)
        assert "is JSON text" not in (folder / "README.md").read_text()
        assert '"stored"' not in (folder / "manifest.json").read_text()
