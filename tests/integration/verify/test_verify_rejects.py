"""Damage to the rejects."""

from typing import Any

import pytest

from tests.integration.verify.datasets import BLANK, Dataset, assert_found, entry_of


def test_a_lost_reject_is_found(dataset: Dataset) -> None:
    path = "rejects/logs.jsonl"
    dataset.rewrite_rows(path, dataset.rows(path)[1:], more=-1)
    assert_found(
        dataset,
        (path, "holds 3 rejected rows, the manifest says 4"),
        (path, "counts by rule [message.no_nul 1, message.required 2, process_name.no_nul 1] differ"),
    )


def test_a_file_of_rejects_that_is_not_listed_is_found(dataset: Dataset) -> None:
    path = "rejects/logs.jsonl"
    (dataset.folder / path).unlink()
    dataset.edit(lambda manifest: manifest["files"].remove(entry_of(manifest, path)))
    assert_found(dataset, ("manifest.json", f"logs: rejected is 4, but {path} is not listed"))


def test_a_row_both_rejected_and_written_is_found(dataset: Dataset) -> None:
    path = "rejects/logs.jsonl"
    rows = dataset.rows(path)
    lost = next(row for row in rows if row["id"] == BLANK[0])
    lost["id"] = 41
    dataset.rewrite_rows(path, rows)
    assert_found(dataset, (path, "holds 1 row that the shards hold too, the first has the id 41"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"id": None}, "cannot be read: line 2 has no id that a row can have: None"),
        ({"id": True}, "cannot be read: line 2 has no id that a row can have: True"),
        ({"kind": "ips"}, "cannot be read: line 2 is of the kind 'ips', not 'logs'"),
        ({"reason": None}, "cannot be read: line 2 has no text in reason"),
        ({"value": 3}, "cannot be read: line 2 has neither text nor null in value"),
        ({"more": 3}, "cannot be read: line 2 is not an object of kind, id, "),
    ],
)
def test_a_reject_that_is_none_is_found(dataset: Dataset, change: dict[str, Any], expected: str) -> None:
    path = "rejects/logs.jsonl"
    rows = dataset.rows(path)
    rows[1].update(change)
    dataset.rewrite_rows(path, rows)
    assert_found(dataset, (path, expected))
